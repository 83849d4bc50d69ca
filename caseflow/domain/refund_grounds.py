"""The grounds on which a paid levy may have to go back, and what a finding says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from caseflow.domain.assessment import CalculationSheet, SheetLine
from caseflow.domain.law import Checked, Citation, Rule, RuleVersion
from caseflow.domain.words import Words

CORRECT: Final = "correct_unlawful_levy"
PROPOSE: Final = "propose_refund"
PROPOSE_HELD: Final = "propose_held_refund"


class Ground(StrEnum):
    """Why money should go back: what the record itself shows."""

    DOUBLE_LEVY = "double_levy"
    AFTER_END = "after_end"
    OVER_CAP = "over_cap"
    OVER_STANDARD = "over_standard"
    OVERPAID = "overpaid"


GROUND_WORDS: Final[Mapping[Ground, Words]] = {
    Ground.DOUBLE_LEVY: Words("Levied twice for the same fact", "同一事实重复征收"),
    Ground.AFTER_END: Words("Charged after the end of the regime", "制度废止后征收"),
    Ground.OVER_CAP: Words("Surcharge above what the law allows", "滞纳金超出法定标准或者上限"),
    Ground.OVER_STANDARD: Words("Fee above base times multiple", "征收数额超出基数与倍数之积"),
    Ground.OVERPAID: Words("More collected than is owed", "多收款项尚未退还"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment that nobody took back: its day and its sum in fen."""

    on: date
    fen: int


@dataclass(frozen=True, slots=True)
class SameFact:
    """Another levied case of the same person and office for the same day of the conduct."""

    case_id: int
    number: str
    number_zh: str
    decided_on: date
    collected_fen: int


@dataclass(frozen=True, slots=True)
class Cited:
    """The law that a finding rests on: the rule in the version used, its article, and how it was checked."""

    rule_id: str
    title: Words
    version_from: date
    cite: Citation
    checked: Checked

    @classmethod
    def of(cls, rule: Rule, version: RuleVersion) -> Cited:
        """Return what a rule says of itself in one version."""
        return cls(rule.id, rule.title, version.from_, version.cite, version.checked)


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a reckoning starts from: what it is, and a day, a sum in fen or a text."""

    label: Words
    day: date | None = None
    fen: int | None = None
    text: str = ""

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        value = self.day.isoformat() if self.day is not None else self.fen if self.fen is not None else self.text
        return {**self.label.to_json(), "value": value}


@dataclass(frozen=True, slots=True)
class ClaimPeriod:
    """Within which time the person may claim: it runs after ``runs_from``, its last day is ``ends_on``.

    ``ends_on`` is None where no rule or calendar on file reaches that day; ``why`` says from which day and why, and
    ``provisional`` that the working days of the last year are not published yet.
    """

    runs_from: date
    ends_on: date | None
    over: bool
    provisional: bool
    why: Words
    law: Cited | None


@dataclass(frozen=True)
class RefundFinding:
    """One ground of one case with its calculation sheet.

    ``back_fen`` is what should go back on this ground alone; ``interest`` what the law adds if it were paid today, or
    ``no_interest`` why it adds nothing.
    """

    ground: Ground
    shown: tuple[Words, ...]
    laws: tuple[Cited, ...]
    inputs: tuple[Input, ...]
    lines: tuple[SheetLine, ...]
    rounding: Words
    back_fen: int
    interest: CalculationSheet | None
    no_interest: Words | None
    claim: ClaimPeriod

    @property
    def interest_fen(self) -> int:
        """What the law adds if the sum goes back today, in fen."""
        return 0 if self.interest is None else self.interest.result_fen


@dataclass(frozen=True)
class CaseFindings:
    """What is found of one case.

    ``back_fen`` counts what several grounds have in common once. ``opens`` are the steps that put it right and leave
    the state the case is in; ``first`` says what comes before them where none does. ``duty`` is what binds the office
    to put it right by itself, also after the claim period.
    """

    findings: tuple[RefundFinding, ...]
    back_fen: int
    opens: tuple[str, ...]
    first: Words | None
    duty: Cited

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The grounds, the gravest first."""
        return tuple(one.ground for one in self.findings)

    @property
    def interest_fen(self) -> int:
        """The interest on the whole sum: the highest of the grounds where they overlap, their sum where they do not."""
        added = sum(one.interest_fen for one in self.findings)
        apart = sum(one.back_fen for one in self.findings) == self.back_fen
        return added if apart else max((one.interest_fen for one in self.findings), default=0)
