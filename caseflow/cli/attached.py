"""Servers for the time of one command."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from caseflow import bootstrap
from caseflow.config import Settings, read_settings


@contextmanager
def attached(*, migrated: bool = True) -> Iterator[Settings]:
    """Yield settings whose servers answer: those of a live ``caseflow run``, the given ones, or some of our own.

    ``migrated``: bring the database to the newest migration first. A server that cannot be had is a sentence and
    exit code 1; a wrong environment raises ``ConfigurationError``.
    """
    settings = read_settings()
    try:
        with bootstrap.attach_or_start(settings) as complete:
            if migrated and complete.database_url is not None:
                bootstrap.migrate(complete.database_url)
            yield complete
    except bootstrap.ServerError as error:
        raise click.ClickException(str(error)) from error
    except bootstrap.DATABASE_AWAY as error:
        reason = str(error.orig).strip().splitlines()[0]
        message = (
            f"the database went away ({reason}). What was not acknowledged was not written: run the command again."
        )
        raise click.ClickException(message) from error


@contextmanager
def throw_away_database() -> Iterator[str]:
    """Yield the address of an empty database on an embedded server of its own, gone afterwards.

    Raises ``ServerError``.
    """
    home = Path(tempfile.mkdtemp(prefix="caseflow-check-"))
    try:
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        servers = bootstrap.EmbeddedServers(home, valkey=False)
        try:
            yield str(servers.start().database_url)
        finally:
            servers.stop()
    finally:
        shutil.rmtree(home)
