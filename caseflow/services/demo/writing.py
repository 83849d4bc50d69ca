"""What the fictional staff write into the fields of a step."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.cases import Case
from caseflow.domain.workflow import Field, money_text
from caseflow.services.demo.county import County, CountyRefused

_HALF = 2
_THIRD = 3


@dataclass(frozen=True)
class Writer:
    """Writes the answers of one case; ``serial`` numbers its papers and ``chance`` is the case's own."""

    county: County
    regime: str
    given: Mapping[str, str]
    serial: int
    chance: random.Random
    calendar: WorkingCalendar

    def answers(
        self, fields: tuple[Field, ...], own: Mapping[str, str], case: Case | None, day: date, paper: int
    ) -> dict[str, str]:
        """Return the raw answers to ``fields`` on ``day``; ``own`` are those of the step. Raises ``CountyRefused``."""
        written = {}
        for field in fields:
            template = self._template(field, own)
            if template is not None:
                written[field.name] = self._filled(field, template, case, day, paper)
        return written

    def _template(self, field: Field, own: Mapping[str, str]) -> str | None:
        if field.name in own:
            return own[field.name]
        if field.name in self.given:
            return self.given[field.name]
        for group in (self.regime, "all"):
            choices = self.county.answers.get(group, {}).get(field.name)
            if choices:
                return self.chance.choice(choices)
        if field.type == "date":
            return "+0"
        if field.type == "boolean":
            return "no"
        if not field.required:
            return None
        message = f"nobody says what to write into the field '{field.name}' of {self.regime}"
        raise CountyRefused(message)

    def _filled(self, field: Field, template: str, case: Case | None, day: date, paper: int) -> str:
        if field.type == "date":
            return self._day(template, case, day)
        if "{" not in template and "}" not in template:
            return template
        words = {"serial": self.serial, "paper": paper, "year": day.year}
        return template.format(**words, **_sums(case))

    def _day(self, template: str, case: Case | None, day: date) -> str:
        if template.startswith("="):
            return str(case.facts[template[1:]]) if case is not None else ""
        if template[:1] not in "+-":
            return template
        moved = day + timedelta(days=int(template))
        # A day ahead is set for a working day; a day that has been stays what it was.
        return (self.calendar.next_working(moved) if moved > day else moved).isoformat()


def _sums(case: Case | None) -> dict[str, str]:
    if case is None:
        return {}
    money = case.money
    whole_yuan = money.outstanding_fen // 100
    return {
        "outstanding": money_text(money.outstanding_fen),
        "half": money_text(whole_yuan // _HALF * 100),
        "third": money_text(whole_yuan // _THIRD * 100),
        "assessed": money_text(money.assessed_fen),
        "paid": money_text(money.collected_fen - money.refunded_fen),
        "refundable": money_text(money.refundable_fen),
        **{name: money_text(value) for name, value in case.facts.items() if _is_sum(name, value)},
    }


def _is_sum(name: str, value: object) -> bool:
    sums = ("gains_fen", "proposed_fine", "fine_amount", "proposed_fee", "fee_amount")
    return name in sums and isinstance(value, int)
