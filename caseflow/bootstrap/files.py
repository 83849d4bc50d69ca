"""The files an office may change: law, workflows, chart of accounts, read once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from caseflow.adapters.published_calendar import published_calendar
from caseflow.domain.law import LawBook, parse_law
from caseflow.domain.ledger import Chart, read_chart
from caseflow.domain.workflow import Definition, load_definition
from caseflow.resources import data_directory, read_yaml


def load_law(directory: Path | None = None) -> LawBook:
    """Read every law file of ``directory`` (default: the shipped ones). Raises ``FileRefused``."""
    folder = directory or data_directory("workflows") / "law"
    documents = [read_yaml(path) for path in sorted(folder.rglob("*.yaml"))]
    return parse_law(documents, calendar=published_calendar())


@cache
def shipped_law() -> LawBook:
    """Return the law as shipped, read once a process."""
    return load_law()


def load_definitions(directory: Path | None = None, law: LawBook | None = None) -> dict[str, Definition]:
    """Read every workflow file of ``directory`` (default: the shipped ones), by regime. Raises ``FileRefused``."""
    folder = directory or data_directory("workflows")
    book = law or shipped_law()
    loaded = [load_definition(read_yaml(path), book) for path in sorted(folder.glob("*.yaml"))]
    return {definition.regime: definition for definition in loaded}


@cache
def shipped_chart() -> Chart:
    """Return the chart of accounts as shipped, read once a process. Raises ``FileRefused``."""
    return read_chart(read_yaml(data_directory("workflows") / "accounts" / "chart_of_accounts.yaml"))


@cache
def shipped_definitions() -> dict[str, Definition]:
    """Return the workflow definitions as shipped, read and judged once a process."""
    return load_definitions()
