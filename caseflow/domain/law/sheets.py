"""The calculation sheet: an amount with its inputs, its lines, its citations and its rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.words import Words


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a sheet: what, by which formula, how much (fen, already rounded for display), under which law."""

    label: Words
    formula: str
    amount_fen: int
    cite: Citation
    checked: Checked


@dataclass(frozen=True)
class CalculationSheet:
    """A computed amount in fen that can be printed, stored and computed again.

    ``inputs`` are the arguments of :func:`~caseflow.domain.assessment.added_charge` as plain JSON values.
    """

    rule_id: str
    title: Words
    law_digest: str
    inputs: Mapping[str, Any]
    lines: tuple[SheetLine, ...]
    rounding: Words
    result_fen: int

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; dates as ISO text."""
        return {
            "rule_id": self.rule_id,
            "title": self.title.to_json(),
            "law_digest": self.law_digest,
            "inputs": dict(self.inputs),
            "lines": [_line_to_json(line) for line in self.lines],
            "rounding": self.rounding.to_json(),
            "result_fen": self.result_fen,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CalculationSheet:
        """Read what :meth:`to_json` wrote."""
        return cls(
            data["rule_id"],
            Words(**data["title"]),
            data["law_digest"],
            dict(data["inputs"]),
            tuple(_line_from_json(line) for line in data["lines"]),
            Words(**data["rounding"]),
            data["result_fen"],
        )


def cite_to_json(cite: Citation) -> dict[str, str]:
    """Return a citation as plain JSON values."""
    return {"law": cite.law, "article": cite.article, **cite.text.to_json()}


def cite_from_json(data: Mapping[str, str]) -> Citation:
    """Read what :func:`cite_to_json` wrote."""
    return Citation(data["law"], data["article"], Words(data["en"], data["zh"]))


def checked_to_json(checked: Checked) -> dict[str, str]:
    """Return a checked mark as plain JSON values."""
    return {"on": checked.on.isoformat(), "status": checked.status}


def checked_from_json(data: Mapping[str, Any]) -> Checked:
    """Read what :func:`checked_to_json` wrote."""
    return Checked(date.fromisoformat(data["on"]), data["status"])


def days_to_json(days: Sequence[tuple[date, Words]]) -> list[dict[str, str]]:
    """Return dated words as plain JSON values."""
    return [{"on": day.isoformat(), **words.to_json()} for day, words in days]


def days_from_json(data: Sequence[Mapping[str, str]]) -> tuple[tuple[date, Words], ...]:
    """Read what :func:`days_to_json` wrote."""
    return tuple((date.fromisoformat(item["on"]), Words(item["en"], item["zh"])) for item in data)


def _line_to_json(line: SheetLine) -> dict[str, Any]:
    return {
        "label": line.label.to_json(),
        "formula": line.formula,
        "amount_fen": line.amount_fen,
        "cite": cite_to_json(line.cite),
        "checked": checked_to_json(line.checked),
    }


def _line_from_json(data: Mapping[str, Any]) -> SheetLine:
    return SheetLine(
        Words(**data["label"]),
        data["formula"],
        data["amount_fen"],
        cite_from_json(data["cite"]),
        checked_from_json(data["checked"]),
    )
