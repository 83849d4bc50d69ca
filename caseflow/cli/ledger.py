"""``caseflow ledger``: one line of money at a time."""

from __future__ import annotations

import click

from caseflow.cli import LazyGroup


@click.group(cls=LazyGroup, places={"bank-import": "caseflow.cli.bank_import:bank_import"})
def ledger() -> None:
    """Enter bank statements."""
