"""``caseflow referral``: what goes to the court, and what comes back from it."""

from __future__ import annotations

import click

from caseflow.cli import LazyGroup


@click.group(cls=LazyGroup, places={"replies": "caseflow.cli.court_replies:replies"})
def referral() -> None:
    """Referrals to the court."""
