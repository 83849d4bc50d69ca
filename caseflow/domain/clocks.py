"""Running time limits: stopped, resumed, lengthened, met or missed, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.law.model import Binds, Late, Rule, Unit
from caseflow.domain.law.reckoning import Extension, Reckoning, Toll, reckon, recount
from caseflow.domain.law.reckoning_text import explain, reckoning_from_json, reckoning_to_json
from caseflow.domain.law.refusals import LawRefusal
from caseflow.domain.words import Words

__all__ = [
    "Clock",
    "ClockRefusal",
    "Extension",
    "Reckoning",
    "Toll",
    "begin_anew",
    "clock_from_json",
    "clock_to_json",
    "explain",
    "extend",
    "has_run_out",
    "meet",
    "miss",
    "recheck",
    "reckon",
    "reckoning_from_json",
    "reckoning_to_json",
    "recompute",
    "restart",
    "resume",
    "start",
    "stop",
    "toll",
]

Status = Literal["open", "met", "missed", "stopped", "tolled"]


class ClockRefusal(LawRefusal):
    """What was asked of a clock does not fit the state it is in."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit that runs (or ran) on a case.

    ``tolled_on`` is the day it stopped counting, None when it counts; ``ended_on`` the day it was met, missed or
    stopped; ``restarted`` the reasons for which it was started again.
    """

    rule_id: str
    reckoning: Reckoning
    status: Status = "open"
    tolled_on: date | None = None
    ended_on: date | None = None
    id: str | None = None
    restarted: tuple[Words, ...] = ()

    @property
    def due_on(self) -> date:
        """Return the last day on which the limit can be kept."""
        return self.reckoning.due_on

    @property
    def missed_by(self) -> Binds | None:
        """Return whose miss it was: the one the rule binds; None unless missed."""
        return self.reckoning.binds if self.status == "missed" else None

    @property
    def consequence(self) -> Late | None:
        """Return what the law attaches to the miss; None unless missed."""
        return self.reckoning.late if self.status == "missed" else None


def start(rule: Rule, *, trigger_on: date, calendar: WorkingCalendar, applies_on: date | None = None) -> Clock:
    """Start a clock. Raises as :func:`~caseflow.domain.law.reckoning.reckon`."""
    return Clock(rule.id, reckon(rule, trigger_on=trigger_on, calendar=calendar, applies_on=applies_on))


def toll(clock: Clock, on: date, reason: Words) -> Clock:
    """Stop the counting from ``on`` (that day no longer counts). Raises :class:`ClockRefusal`."""
    _require(clock, "open")
    reckoning = clock.reckoning
    if reckoning.direction == "before":
        raise ClockRefusal(Words("A limit counted back from an event cannot stand still.", "倒计期限不能中止。"))
    begin = max(on, reckoning.trigger_on + timedelta(days=1))
    if begin > reckoning.due_on:
        raise ClockRefusal(
            Words(f"The limit ended on {reckoning.due_on}, before {on}.", f"期限已于{reckoning.due_on}届满。")
        )
    if any(toll_.until is None or toll_.until > begin for toll_ in reckoning.tolls):
        raise ClockRefusal(Words(f"The limit already stood still on {begin}.", f"期限在{begin}已处于中止状态。"))
    stretch = Toll(begin, None, reason)
    stopped = replace(reckoning, tolls=(*reckoning.tolls, stretch))
    return replace(clock, status="tolled", tolled_on=begin, reckoning=stopped)


def resume(clock: Clock, on: date, calendar: WorkingCalendar) -> Clock:
    """Let the counting go on; ``on`` counts again. Raises :class:`ClockRefusal`."""
    _require(clock, "tolled")
    last = clock.reckoning.tolls[-1]
    tolls = (*clock.reckoning.tolls[:-1], replace(last, until=max(on, last.from_)))
    return replace(clock, status="open", tolled_on=None, reckoning=recount(clock.reckoning, calendar, tolls=tolls))


def extend(clock: Clock, length: int, unit: Unit, reason: Words, calendar: WorkingCalendar) -> Clock:
    """Lengthen a running clock; the extra time follows its last day before any roll. Raises :class:`ClockRefusal`."""
    _require(clock, "open", "tolled")
    if length <= 0 or clock.reckoning.direction == "before":
        raise ClockRefusal(Words("An extension must lengthen the limit.", "延长期限须为正数，且不适用于倒计期限。"))
    extensions = (*clock.reckoning.extensions, Extension(length, unit, reason))
    return replace(clock, reckoning=recount(clock.reckoning, calendar, extensions=extensions))


def restart(clock: Clock, rule: Rule, *, trigger_on: date, reason: Words, calendar: WorkingCalendar) -> Clock:
    """Count the limit anew from a later day under the same version of the law.

    Used where the law moves the start: an agreed instalment plan moves the court application to the plan's end
    (APL 2021 article 72 paragraph 2). Raises :class:`ClockRefusal` when the day is earlier than before.
    """
    _require(clock, "open", "tolled")
    if trigger_on < clock.reckoning.trigger_on:
        raise ClockRefusal(
            Words("A limit may only be started anew later, never earlier.", "期限只能推后重新起算，不得提前。")
        )
    reckoning = reckon(rule, trigger_on=trigger_on, calendar=calendar, applies_on=clock.reckoning.applies_on)
    return replace(
        clock, reckoning=reckoning, status="open", tolled_on=None, restarted=(*clock.restarted, reason)
    )  # fmt: skip


def begin_anew(
    clock: Clock, rule: Rule, *, trigger_on: date, calendar: WorkingCalendar, applies_on: date | None = None
) -> Clock:
    """Count a running clock from another day, because the limit at whose end it begins has moved.

    Its extensions stay, and what it stood still after the new beginning. Raises :class:`ClockRefusal` for an ended
    clock and as :func:`~caseflow.domain.law.reckoning.reckon`.
    """
    _require(clock, "open", "tolled")
    fresh = reckon(rule, trigger_on=trigger_on, calendar=calendar, applies_on=applies_on)
    kept = clock.reckoning
    tolls = tuple(toll_ for toll_ in kept.tolls if toll_.until is None or toll_.until > trigger_on)
    if tolls or kept.extensions:
        fresh = recount(fresh, calendar, tolls=tolls, extensions=kept.extensions)
    return replace(clock, reckoning=fresh)


def meet(clock: Clock, on: date) -> Clock:
    """Record that the act was done on ``on``: met, or missed when it came after the due date.

    A tolled clock is met. Raises :class:`ClockRefusal` when the clock has already ended.
    """
    _require(clock, "open", "tolled")
    late = clock.status == "open" and on > clock.due_on
    return replace(clock, status="missed" if late else "met", ended_on=on)


def miss(clock: Clock, on: date) -> Clock:
    """Record that the limit ran out without the act. Raises :class:`ClockRefusal` while it still runs."""
    _require(clock, "open")
    if not has_run_out(clock, on):
        raise ClockRefusal(Words(f"The limit still runs until {clock.due_on}.", f"期限至{clock.due_on}尚未届满。"))
    return replace(clock, status="missed", ended_on=on)


def stop(clock: Clock, on: date) -> Clock:
    """End a clock that no longer matters. Raises :class:`ClockRefusal` when it has already ended."""
    _require(clock, "open", "tolled")
    return replace(clock, status="stopped", ended_on=on)


def has_run_out(clock: Clock, on: date) -> bool:
    """Say whether the limit is over on ``on``: its due date is past and it does not stand still."""
    return clock.status != "tolled" and on > clock.due_on


def recompute(clock: Clock, calendar: WorkingCalendar) -> Clock:
    """Count again under another calendar (a holiday was added, a year published).

    Only running clocks move; an ended clock is returned as it is.
    """
    if clock.status not in ("open", "tolled"):
        return clock
    return replace(clock, reckoning=recount(clock.reckoning, calendar))


def recheck(clock: Clock, rule: Rule, calendar: WorkingCalendar) -> tuple[Reckoning, tuple[str, ...]]:
    """Reckon a stored clock again from the law itself; return the fresh reckoning and the fields that differ.

    Nothing of the stored result is trusted: only the trigger, the date that chose the version, the tolls and the
    extensions are taken from it. Raises as :func:`~caseflow.domain.law.reckoning.reckon`.
    """
    kept = clock.reckoning
    fresh = reckon(rule, trigger_on=kept.trigger_on, calendar=calendar, applies_on=kept.applies_on)
    fresh = recount(fresh, calendar, tolls=kept.tolls, extensions=kept.extensions)
    names = (field.name for field in fields(Reckoning))
    return fresh, tuple(name for name in names if getattr(kept, name) != getattr(fresh, name))


def clock_to_json(clock: Clock) -> dict[str, Any]:
    """Return plain JSON values; dates as ISO text."""
    return {
        "rule_id": clock.rule_id,
        "reckoning": reckoning_to_json(clock.reckoning),
        "status": clock.status,
        "tolled_on": clock.tolled_on.isoformat() if clock.tolled_on else None,
        "ended_on": clock.ended_on.isoformat() if clock.ended_on else None,
        "id": clock.id,
        "restarted": [reason.to_json() for reason in clock.restarted],
    }


def clock_from_json(data: Mapping[str, Any]) -> Clock:
    """Read what :func:`clock_to_json` wrote."""
    return Clock(
        data["rule_id"],
        reckoning_from_json(data["reckoning"]),
        data["status"],
        date.fromisoformat(data["tolled_on"]) if data["tolled_on"] else None,
        date.fromisoformat(data["ended_on"]) if data["ended_on"] else None,
        data["id"],
        tuple(Words(**reason) for reason in data["restarted"]),
    )


def _require(clock: Clock, *statuses: Status) -> None:
    if clock.status not in statuses:
        raise ClockRefusal(
            Words(
                f"{clock.reckoning.title.en}: the clock is {clock.status}, not {' or '.join(statuses)}.",
                f"{clock.reckoning.title.zh}：期限当前状态为“{_STATUS_ZH[clock.status]}”，不能进行此操作。",
            )
        )


_STATUS_ZH = {"open": "计算中", "met": "已履行", "missed": "已逾期", "stopped": "已终止", "tolled": "中止中"}
