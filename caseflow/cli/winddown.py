"""``caseflow winddown``: what is still to be done for the cases of a regime that has ended."""

from __future__ import annotations

import click

from caseflow.cli import LazyGroup


@click.group(
    cls=LazyGroup,
    places={
        "plan": "caseflow.cli.wind_down_runs:plan",
        "run": "caseflow.cli.wind_down_runs:run",
        "released": "caseflow.cli.wind_down_runs:released",
        "refunds": "caseflow.cli.refunds:refunds",
    },
)
def winddown() -> None:
    """Wind an ended regime down."""
