"""Runs of a wind-down: what somebody asks for, how it is judged, and what is shown of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from caseflow.domain.wind_down_classes import WindDown
from caseflow.domain.wind_down_steps import is_ahead
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, unwritable
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.wind_down import ClassifiedRow, PlanFilter, Run, RunCase
from caseflow.services.wind_down.plan import Winding

MOST_CASES = 10_000
LONGEST_REASON = 5000
LONGEST_PAPER = 200
_AT_ONCE = 2_000


class NoSuchRun(LookupError):
    """No such run in the actor's office."""


class RunRefused(Exception):
    """What was asked for cannot be; ``field`` names the input (empty: none). Nothing was written."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


@dataclass(frozen=True)
class BeginRun:
    """What somebody typed to prepare a run: classes, or cases by id, or both; the reason; the day (ISO).

    An empty reason means that each case gets the legal reason of its class, an empty day today. Fields of
    :class:`RunRefused`: ``classes``, ``cases``, ``reason``, ``day``, ``finance_paper_no``, ``refusal_reason``.
    """

    idempotency_key: str
    classes: Sequence[str] = ()
    case_ids: Sequence[int] = ()
    reason: str = ""
    day: str = ""


@dataclass(frozen=True)
class RunPage:
    """A run with some of its cases and the position that continues them.

    ``by_class`` are (class, stage, number of cases); ``needs_paper``: it cannot be approved without the number of the
    finance department's paper.
    """

    run: Run
    cases: Sequence[RunCase] = field(default_factory=list)
    next_key: int | None = None
    by_class: Sequence[tuple[str, str, int]] = ()
    needs_paper: bool = False


@dataclass(frozen=True)
class Judged:
    """What was typed, judged: the reason, the day and the cases that a run would have."""

    reason: str
    day: date
    rows: Sequence[ClassifiedRow]


def chosen_rows(work: UnitOfWork, office_id: int, wound: Winding, asked: BeginRun) -> list[ClassifiedRow]:
    """Return the cases asked for that a run has something to do on and that no other run has in hand.

    At most :data:`MOST_CASES`, the oldest first: what is left is the next run's.
    """
    found: dict[int, ClassifiedRow] = {}
    whole = wound.scope(office_id, PlanFilter())
    for start in range(0, min(len(asked.case_ids), MOST_CASES), _AT_ONCE):
        rows = work.winddown.rows_of(whole, asked.case_ids[start : start + _AT_ONCE])
        found |= {row.id: row for row in _free(work, wound, rows)}
    for name in asked.classes:
        after: int | None = None
        while len(found) < MOST_CASES:
            scope = wound.scope(office_id, PlanFilter(class_name=name))
            rows = work.winddown.rows(scope, after=after, limit=_AT_ONCE)
            found |= {row.id: row for row in _free(work, wound, rows)}
            if len(rows) < _AT_ONCE:
                break
            after = rows[-1].id
    return sorted(found.values(), key=lambda row: row.id)[:MOST_CASES]


def judged(work: UnitOfWork, office_id: int, wound: Winding, asked: BeginRun, today: date) -> Judged:
    """Return what was typed, judged. Raises :class:`RunRefused`."""
    unknown = [name for name in asked.classes if name not in wound.down.classes]
    if unknown or not (asked.classes or asked.case_ids):
        raise RunRefused(Words("Choose classes or cases of the plan.", "请选择清理方案中的类别或者案件。"), "classes")
    reason, day = checked_text(asked.reason, "reason"), _day(asked.day, wound.down.cut_off, today)
    rows = chosen_rows(work, office_id, wound, asked)
    if not rows:
        words = Words(
            "No run has anything to do on these cases now, or another run has them in hand.",
            "所选案件目前没有可以批量办理的步骤，或者已在另一批次办理中。",
        )
        raise RunRefused(words, "cases" if asked.case_ids else "classes")
    return Judged(reason, day, rows)


def checked_text(typed: str, name: str, longest: int = LONGEST_REASON) -> str:
    """Return what was typed, trimmed. Raises :class:`RunRefused` where it cannot be written."""
    said = typed.replace("\r\n", "\n").strip()
    fault = unwritable(said)
    if fault is not None:
        raise RunRefused(fault, name)
    if len(said) > longest:
        raise RunRefused(Words(f"at most {longest} characters", f"最多{longest}个字符"), name)
    return said


def needs_paper(definition: Definition, down: WindDown, owing: Sequence[tuple[str, str, int]]) -> bool:
    """Tell whether cases of a run owe what only the finance department lets the office write off.

    ``owing`` are the classes and stages of those of its cases that owe anything. What waits for the court is counted:
    its balance is written off by the same run, once the court's paper is in.
    """
    asking = {
        name
        for name in down.office_steps
        if name in definition.steps
        and any(down.answers.get(asked) == "finance_paper" for asked in definition.steps[name].asks)
    }
    groups = {(name, stage) for name, stage, _ in owing}
    return any(asking & set(rule.steps) for rule in down.rules if (rule.name, rule.stage) in groups)


def _free(work: UnitOfWork, wound: Winding, rows: Sequence[ClassifiedRow]) -> list[ClassifiedRow]:
    rules = wound.down.rules
    ahead = [row for row in rows if is_ahead(wound.definition, wound.down, rules[row.rule], row.state)]
    taken = work.winddown.in_hand([row.id for row in ahead])
    return [row for row in ahead if row.id not in taken]


def _day(typed: str, cut_off: date, today: date) -> date:
    if not typed.strip():
        return today
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        words = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")
        raise RunRefused(words, "day") from None
    if day > today:
        raise RunRefused(Words(f"must not be after today ({today})", f"不得晚于当日（{today}）"), "day")
    if day <= cut_off:
        words = Words(
            f"must be after {cut_off}, the last day with a law behind the levy",
            f"应晚于{cut_off}（征收依据存续的最后一日）",
        )
        raise RunRefused(words, "day")
    return day
