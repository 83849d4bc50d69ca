"""How dates, money, names and reasons look to a person; registered as template filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Flask

from caseflow.domain.access import Role
from caseflow.domain.clocks import explain
from caseflow.domain.law import Rule
from caseflow.domain.law.model import RungTo
from caseflow.domain.law.reckoning import Reckoning
from caseflow.domain.law.refusals import Repeal
from caseflow.domain.reminder_words import ADDRESSEE_WORDS, reminder_words, rung_words
from caseflow.domain.reminders import RAN_OUT
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.stepping import ROLE_WORDS
from caseflow.domain.workflow import PHASES, Definition, money_text
from caseflow.services.views import CaseRow, Lateness
from caseflow.web.context import actor, application, locale
from caseflow.web.phrases import _, ngettext

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
_ISO_DAY = re.compile(r"(?<![\d-])(\d{4}-\d{2}-\d{2})(?![\d-])")


class Two(Protocol):
    """Anything with a phrase in each language."""

    @property
    def en(self) -> str:
        """English."""
        ...

    @property
    def zh(self) -> str:
        """Chinese."""
        ...


def words(two: Two) -> str:
    """Return the phrase in the language of the request."""
    return two.zh if locale() == "zh" else two.en


def pick(en: str, zh: str) -> str:
    """Return one of two texts by the language of the request."""
    return zh if locale() == "zh" else en


def day(value: date | str | None) -> str:
    """Return a date written out: ``8 March 2026``, ``2026年3月8日``; nothing for none."""
    if not value:
        return ""
    known = date.fromisoformat(value) if isinstance(value, str) else value
    written: str = format_date(known, "y年M月d日" if locale() == "zh" else "d MMMM y", locale=locale())
    return written


def month_of(value: date) -> str:
    """Return a month written out: ``March 2026``, ``2026年3月``."""
    written: str = format_date(value, "y年M月" if locale() == "zh" else "MMMM y", locale=locale())
    return written


def moment(value: datetime) -> str:
    """Return a moment written out in the office's own zone."""
    local = value.astimezone(OFFICE_ZONE)
    time: str = format_time(local.time(), "HH:mm", locale=locale())
    return f"{day(local.date())} {time}"


def prose(text: str) -> str:
    """Return a sentence with its ISO dates written out."""
    return _ISO_DAY.sub(lambda found: _written_or_same(found[1]), text)


def _written_or_same(text: str) -> str:
    try:
        return day(text)
    except ValueError:
        return text


def yuan(amount_fen: int) -> str:
    """Return fen as yuan with thousands separators and the unit."""
    return f"{money_text(amount_fen)}元" if locale() == "zh" else f"{money_text(amount_fen)} yuan"


def role(name: str) -> str:
    """Return the name of a role."""
    return words(ROLE_WORDS[Role(name)]) if name in {one.value for one in Role} else name


def phase(name: str) -> str:
    """Return the name of a phase."""
    return words(PHASES[name])


def subject(kind: str, definition: Definition) -> str:
    """Return the name that a regime gives to a kind of party."""
    return words(definition.subject_title(kind))


def subjects(definition: Definition) -> str:
    """Return every kind of party a regime is for, as one list in words."""
    return listed(subject(kind, definition) for kind in definition.subjects)


def step_title(definition: Definition, name: str) -> str:
    """Return the title of a step, or of the opening."""
    known = definition.steps.get(name)
    return words(known.title) if known else _("Case opened")


def document_title(definition: Definition, name: str) -> str:
    """Return the title of a document."""
    known = definition.documents.get(name)
    return words(known.title) if known else name


def document_titles(definition: Definition, names: Iterable[str]) -> str:
    """Return the titles of several documents as one list in words."""
    return listed(document_title(definition, name) for name in names)


def listed(names: Iterable[str]) -> str:
    """Return names as one list in words."""
    return pick(", ", "、").join(names)


def answer(definition: Definition, name: str, value: Any) -> str:
    """Return a stored answer as a person reads it."""
    declared = definition.fields.get(name)
    if declared is None or value is None:
        return "" if value is None else str(value)
    if declared.type == "choice" and value in declared.choices:
        return words(declared.choices[value])
    shown: dict[str, Callable[[Any], str]] = {"boolean": _yes_or_no, "staff": _staff_name, "money": yuan, "date": day}
    return shown.get(declared.type, str)(value)


def _yes_or_no(value: Any) -> str:
    return _("Yes") if value else _("No")


def _staff_name(staff_id: int) -> str:
    names = application().staff.names(actor(), {staff_id}).get(staff_id)
    return pick(*names) if names else str(staff_id)


def field_label(definition: Definition, name: str) -> str:
    """Return the label of a field."""
    declared = definition.fields.get(name)
    return words(declared.label) if declared else name


def lateness(group: Lateness) -> str:
    """Return the name of a group of the desk."""
    return {
        Lateness.LONG_OVERDUE: _("Long overdue"),
        Lateness.OVERDUE: _("Overdue"),
        Lateness.DUE_TODAY: _("Due today"),
        Lateness.DUE_IN_7_DAYS: _("Due in 7 days"),
        Lateness.LATER: _("Later"),
        Lateness.WAITING: _("Waiting for somebody else"),
    }[group]


def waiting(name: str) -> str:
    """Return whom a case waits for."""
    return {
        "office": _("the office"),
        "party": _("the party"),
        "court": _("the court"),
        "other": _("another authority"),
    }.get(name, _("nobody"))


def days_until(due_on: date, today: date) -> str:
    """Say in plain words how far off a due date is."""
    days = (due_on - today).days
    if days < 0:
        return ngettext("%(num)d day overdue", "%(num)d days overdue", -days)
    if days == 0:
        return _("due today")
    if days == 1:
        return _("due tomorrow")
    return ngettext("due in %(num)d day", "due in %(num)d days", days)


def standing(due_on: date, today: date, bound: str) -> str:
    """Say how a time limit stands; what somebody else let pass is no delay of the office."""
    if due_on < today and bound != "agency":
        return ngettext(
            "the time of %(whom)s ran out %(num)d day ago",
            "the time of %(whom)s ran out %(num)d days ago",
            (today - due_on).days,
            whom=binds(bound),
        )
    return days_until(due_on, today)


def repeal_of(definition: Definition, today: date) -> Repeal | None:
    """Return the act that ended a regime by ``today``; None while its law is in force."""
    book = application().rulebook
    ended = regime_ended(Rules(definition, book.law, book.calendar), today)
    return ended.repealed_by if ended is not None else None


def wind_down(repeal: Repeal) -> str:
    """Say what an office still has to do with a case whose law is gone."""
    return _("The law behind it was abolished on %(day)s: stop collecting and release the party.", day=day(repeal.on))


def is_late(row: CaseRow, today: date) -> bool:
    """Tell whether the office itself let a time limit pass."""
    limit = rule(row.next_clock) if row.next_clock else None
    return row.next_due_on is not None and row.next_due_on < today and (limit is None or limit.binds == "agency")


def urgency(row: CaseRow, today: date) -> str:
    """Say in plain words why a case stands where it stands on a desk."""
    if row.next_due_on is None or row.next_clock is None:
        return _("to be archived") if row.phase == "closed" else _("no time limit is running")
    limit = rule(row.next_clock)
    when = standing(row.next_due_on, today, limit.binds if limit else "agency")
    if row.waiting_for in ("office", "nobody") or row.next_due_on < today:
        return when
    return _("waiting for %(whom)s, %(when)s", whom=waiting(row.waiting_for), when=when)


def rule(rule_id: str) -> Rule | None:
    """Return a rule of law; None for one that the law files no longer hold, which an old case may still name."""
    return application().rulebook.law.rules.get(rule_id)


def rule_title(rule_id: str) -> str:
    """Return the title of a rule, or its name when the law files no longer hold it."""
    known = rule(rule_id)
    return words(known.title) if known else rule_id


def reasons_for(reckoning: Reckoning) -> list[str]:
    """Return the sentences that answer "why this date?"."""
    return explain(reckoning, locale())


def is_provisional(due_on: date) -> bool:
    """Tell whether a due date lies beyond the published calendar."""
    return application().rulebook.calendar.is_provisional(due_on)


def clock_status(status: str) -> str:
    """Return the state of a clock."""
    return {
        "open": _("running"),
        "tolled": _("suspended"),
        "met": _("met"),
        "missed": _("missed"),
        "stopped": _("no longer of moment"),
    }[status]


def binds(side: str) -> str:
    """Return whom a rule binds."""
    return {"agency": _("the office"), "person": _("the party"), "court": _("the court")}.get(
        side, _("another authority")
    )


def addressee(name: str) -> str:
    """Return whom a rung is for."""
    return words(ADDRESSEE_WORDS[cast("RungTo", name)])


def escalated(name: str) -> str:
    """Say to whom something was escalated."""
    return _("Escalated to %(whom)s", whom=addressee(name))


def ran_out(rule_id: str, due_on: date, *, ended: bool) -> str:
    """Say whose time ran out when, and what the law attaches to it, unless the law of the case has ended."""
    known = rule(rule_id)
    if known is None:
        return f"{rule_id}: {words(rung_words(RAN_OUT))}"
    return words(reminder_words(replace(known, late=None) if ended else known, RAN_OUT, due_on))


def rung(name: str) -> str:
    """Return where a rung stands against the due date."""
    return words(rung_words(name))


def posting(event: str) -> str:
    """Return the name of a ledger event."""
    return {
        "assess": _("assessed"),
        "collect": _("collected"),
        "refund": _("refunded"),
        "write_off": _("written off"),
        "interest": _("deposit interest paid"),
        "waive": _("waived"),
        "annul": _("annulled"),
        "confiscate": _("confiscated"),
        "charge": _("added charge entered"),
    }.get(event, event)


def register(app: Flask) -> None:
    """Offer everything above to the templates."""
    filters: tuple[Callable[..., str], ...] = (
        words, day, month_of, moment, prose, yuan, role, phase, subject, subjects, lateness, waiting, clock_status,
        binds, posting, rule_title, listed, addressee, escalated, rung,
    )  # fmt: skip
    for shown in filters:
        app.add_template_filter(shown)
    calls: tuple[Callable[..., object], ...] = (
        pick, listed, step_title, document_title, document_titles, answer, field_label, urgency, standing, is_late,
        rule, is_provisional, reasons_for, repeal_of, wind_down,
        ran_out,
    )  # fmt: skip
    for call in calls:
        app.add_template_global(call)
