"""``caseflow files``: check the stored files, and encrypt them with the key of today."""

from __future__ import annotations

import json

import click

from caseflow import bootstrap
from caseflow.config import ConfigurationError, read_settings


@click.group()
def files() -> None:
    """Look after the files of cases."""


@files.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def rekey(context: click.Context, as_json: bool) -> None:
    """Check every stored file and encrypt it with the first key; afterwards older keys may go.

    Exit code 1 names the files that are damaged or that no key opens; those are left as they are.
    """
    settings = read_settings()
    damaged: list[bootstrap.FileDamaged] = []
    checked = 0
    try:
        bootstrap.prepare_files(settings)
        for one in bootstrap.build_file_store(settings).encrypt_anew():
            if isinstance(one, bootstrap.FileDamaged):
                damaged.append(one)
            else:
                checked += 1
    except (bootstrap.FileKeysUnusable, OSError) as error:
        raise ConfigurationError(str(error)) from error
    if as_json:
        found = [{"sha256": one.sha256, "what": str(one)} for one in damaged]
        click.echo(json.dumps({"encrypted": checked, "damaged": found}, indent=2))
    else:
        for one in damaged:
            click.echo(str(one))
        click.echo(f"{checked} files checked and encrypted with the first key, {len(damaged)} damaged")
    if damaged:
        context.exit(1)
