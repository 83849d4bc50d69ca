"""Commands that hand out people's data leave a row in the read log too, with whoever runs them."""

from __future__ import annotations

import getpass
import os

import click

from caseflow import bootstrap
from caseflow.services.ports.reading import ReadingNotRecorded


def record_reading(application: bootstrap.Application, what: str, case_id: int) -> None:
    """Write down that a command reads a case, before it hands anything out; where that fails, it ends."""
    try:
        application.reading_room.log.record_command(_operator(), what, case_id)
    except ReadingNotRecorded as error:
        message = "the reading cannot be recorded now, so nothing is handed out"
        raise click.ClickException(message) from error


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user on this machine
        return f"uid {os.getuid()}"
