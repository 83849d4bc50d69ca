"""The command line. A command's module is loaded when the command is used, so that every start is fast."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import click
import structlog

from caseflow.config import ConfigurationError

USAGE_EXIT = 2


class LazyGroup(click.Group):
    """A group whose commands are named as ``module:attribute`` and imported when they are asked for."""

    def __init__(self, *args: Any, places: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = {name: place for name, place in places.items() if find_spec(place.partition(":")[0]) is not None}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order in which they are helped with."""
        return [*self._places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a wrong environment is a sentence and exit code 2."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(f"caseflow: {error}", err=True)
            ctx.exit(USAGE_EXIT)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    places={
        "run": "caseflow.cli.run:run",
        "demo": "caseflow.cli.demo:demo",
        "workflows": "caseflow.cli.workflows:workflows",
        "law": "caseflow.cli.law:law",
        "cases": "caseflow.cli.cases:cases",
        "ledger": "caseflow.cli.ledger:ledger",
        "audit": "caseflow.cli.audit:audit",
        "files": "caseflow.cli.files:files",
        "documents": "caseflow.cli.documents:documents",
        "reminders": "caseflow.cli.reminders:reminders",
        "referral": "caseflow.cli.referral:referral",
        "winddown": "caseflow.cli.winddown:winddown",
        "keys": "caseflow.cli.keys:keys",
        "bench": "caseflow.cli.bench:bench",
        "offices": "caseflow.cli.offices:offices",
        "retention": "caseflow.cli.retention:retention",
        "staff": "caseflow.cli.staff:staff",
        "doctor": "caseflow.cli.doctor:doctor",
    },
)
@click.version_option(version("caseflow-office"), prog_name="caseflow")
def main() -> None:
    """Case management for administrative fees and penalties (行政收费与处罚办案系统)."""
    if not structlog.is_configured():
        # What a command prints may be read by a program; what it logs is for people.
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
