"""The working calendar: published holidays, make-up days and the office's own days, which the administrator keeps."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from caseflow.domain.access import Permission
from caseflow.domain.words import Words
from caseflow.services.calendar_days import DayChanged, DayPlan, DayRefused
from caseflow.services.cases import KeyReused
from caseflow.services.ports import OfficeDay
from caseflow.web import display
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application, locale
from caseflow.web.ledger_asked import read_day
from caseflow.web.phrases import _, ngettext
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("calendar_days", __name__)
_INPUTS = ("day", "working", "title_en", "title_zh")
_DAY = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")
_KIND = Words("Choose whether the day is off or worked", "请选择该日休息还是上班")
_USED = Words("This form was used for another day already.", "此表单已用于另一日期。")


@blueprint.get("/calendar")
@needs(Permission.MANAGE_CALENDAR)
def show() -> ResponseReturnValue:
    """Show a year (default: this one) month by month: every day that is not as its weekday."""
    asked = request.args.get("year", type=row_id)
    today = application().time.today()
    published = application().rulebook.published
    last = max(published.last_published.year, today.year) + 1
    first = published.first_day.year
    year = min(max(asked or today.year, first), last)
    listed = application().reminding.calendar_days.listed(actor(), year)
    months = [(number, list(days)) for number, days in groupby(listed.days, key=lambda one: one.day.month)]
    return render_template(
        "calendar.html", listed=listed, months=months, month=_month, weekday=_weekday, first=first, last=last
    )


@blueprint.get("/calendar/new")
@needs(Permission.MANAGE_CALENDAR)
def form() -> ResponseReturnValue:
    """Show the form that adds a day of the office's own."""
    return _form(dict.fromkeys(_INPUTS, ""), Faults(), idempotency_key())


@blueprint.post("/calendar/new")
@needs(Permission.MANAGE_CALENDAR)
def add() -> ResponseReturnValue:
    """Say what would move, then write the day."""
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    key, faults = idempotency_key(), Faults()
    put = _read(typed, faults)
    if put is None:
        return _form(typed, faults, key), 422
    if request.form.get("act") == "back":
        return _form(typed, faults, key)
    days = application().reminding.calendar_days
    try:
        if request.form.get("act") != "confirm":
            return _confirm(days.plan(actor(), put.day, put), typed, key)
        done = days.change(actor(), put, idempotency_key=key)
    except DayRefused as refusal:
        faults.add(refusal.words, refusal.field)
        return _form(typed, faults, key), 422
    except KeyReused:
        faults.add(_USED)
        return _form(typed, faults, key), 422
    return _done(put.day, _("The day is in the calendar."), done)


@blueprint.get("/calendar/<day>/remove")
@needs(Permission.MANAGE_CALENDAR)
def ask(day: str) -> ResponseReturnValue:
    """Say what would move if a day of the office's own were taken away."""
    known = read_day(day)
    if known is None:
        return redirect(url_for("calendar_days.show"))
    try:
        plan = application().reminding.calendar_days.plan(actor(), known, None)
    except DayRefused:
        return redirect(url_for("calendar_days.show", year=known.year))
    return _confirm(plan, {}, idempotency_key())


@blueprint.post("/calendar/<day>/remove")
@needs(Permission.MANAGE_CALENDAR)
def remove(day: str) -> ResponseReturnValue:
    """Take a day of the office's own away."""
    key, known = idempotency_key(), read_day(day)
    if known is None:
        return redirect(url_for("calendar_days.show"))
    try:
        done = application().reminding.calendar_days.remove(actor(), known, idempotency_key=key)
    except (DayRefused, KeyReused):
        flash(_("Nothing was changed: the office has no day of its own on %(day)s.", day=display.day(known)))
        return redirect(url_for("calendar_days.show", year=known.year))
    return _done(known, _("The day is as published again."), done)


def _read(typed: dict[str, str], faults: Faults) -> OfficeDay | None:
    day = read_day(typed["day"])
    if day is None:
        faults.add(_DAY, "day")
    if typed["working"] not in ("off", "worked"):
        faults.add(_KIND, "working")
    if day is None or faults.found:
        return None
    return OfficeDay(day, typed["working"] == "worked", typed["title_en"], typed["title_zh"])


def _form(typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template("calendar_day.html", typed=typed, faults=faults, key=key)


def _confirm(plan: DayPlan, typed: dict[str, str], key: str) -> str:
    rules = sorted(plan.by_rule.values(), key=lambda one: (-one.count, one.rule_id))
    return render_template("confirm_calendar_day.html", plan=plan, rules=rules, typed=typed, key=key, weekday=_weekday)


def _done(day: date, said: str, done: DayChanged) -> ResponseReturnValue:
    moved = done.reckoned.moved
    parts = [said]
    if moved:
        parts.append(
            ngettext("%(num)d deadline moved; who owns its case is told.",
                     "%(num)d deadlines moved; who owns the cases is told.", moved)
        )  # fmt: skip
    if done.pending:
        parts.append(_("The others follow within minutes."))
    flash(display.pick(" ", "").join(parts))
    return redirect(url_for("calendar_days.show", year=day.year))


def _month(number: int) -> str:
    """Return the name of a month."""
    written: str = format_date(date(2000, number, 1), "MMMM" if locale() == "en" else "M月")
    return written


def _weekday(day: date) -> str:
    """Return the name of a day of the week."""
    written: str = format_date(day, "EEEE")
    return written
