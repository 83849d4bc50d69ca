"""A small sound workflow that the tests break one line at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.workflow import Definition, load_definition
from caseflow.resources import parse_yaml

STALL_FINE = Path(__file__).parents[1] / "data" / "stall_fine.yaml"

Edit = tuple[str, str]


@dataclass
class SmallLaw:
    """A book of four rules; ``silent`` names the clocks whose ladder tells no superior."""

    silent: frozenset[str] = frozenset()
    levy_until: date | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        versions = (SimpleNamespace(until=self.levy_until),)
        kinds = {
            "decide": "time_limit",
            "pay": "time_limit",
            "court": "time_limit",
            "range": "fine_range",
            "levy": "levy",
        }
        self.rules = {
            f"cn.test.{name}": SimpleNamespace(
                id=f"cn.test.{name}", kind=kind, regime="test/stall" if kind == "levy" else None, versions=versions
            )
            for name, kind in kinds.items()
        }

    def ladder_of(self, rule_id: str) -> Any:
        return SimpleNamespace(escalates=rule_id not in self.silent)


def stall_fine(*edits: Edit) -> SourceDocument:
    text = STALL_FINE.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new)
    return parse_yaml(text, "stall_fine.yaml")


@pytest.fixture
def sound() -> Callable[..., Definition]:
    """Load the workflow after some edits, which must leave it sound."""

    def load(*edits: Edit, law: SmallLaw | None = None) -> Definition:
        return load_definition(stall_fine(*edits), law or SmallLaw())

    return load


@pytest.fixture
def refused() -> Callable[..., tuple[Problem, ...]]:
    """Load the workflow after some edits, which must have it refused; return the problems."""

    def load(*edits: Edit, law: SmallLaw | None = None) -> tuple[Problem, ...]:
        with pytest.raises(FileRefused) as refusal:
            load_definition(stall_fine(*edits), law or SmallLaw())
        return refusal.value.problems

    return load


@pytest.fixture
def small_law() -> type[SmallLaw]:
    """The class of the small book of law, to vary it."""
    return SmallLaw


@pytest.fixture
def line_of() -> Callable[..., int]:
    """Return the line (from 1) on which ``text`` stands after some edits."""

    def find(text: str, *edits: Edit) -> int:
        source = STALL_FINE.read_text(encoding="utf-8")
        for old, new in edits:
            source = source.replace(old, new)
        lines = [number for number, line in enumerate(source.splitlines(), start=1) if text in line]
        assert len(lines) == 1, f"{text!r} stands on lines {lines}"
        return lines[0]

    return find
