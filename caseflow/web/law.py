"""The law in force on a day: every rule with its row, its article and how it was checked."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.law import CHECKED_WORDS, Rule, RuleVersion
from caseflow.domain.words import Words
from caseflow.web import display
from caseflow.web.context import application
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("law", __name__)
_UNITS = {
    "hour": Words("hours", "小时"),
    "calendar_day": Words("calendar days", "日"),
    "working_day": Words("working days", "个工作日"),
    "month": Words("months", "个月"),
    "year": Words("years", "年"),
}


@blueprint.get("/law")
@needs(Permission.SEE_LAW)
def show() -> ResponseReturnValue:
    """Show the rules in force on a day (default: today), by statute."""
    today = application().time.today()
    typed = request.args.get("on", "").strip()
    fault = ""
    on = today
    if typed:
        try:
            on = date.fromisoformat(typed)
        except ValueError:
            fault = _("Give a day such as 2026-03-08.")
    by_statute: dict[str, list[tuple[Rule, RuleVersion | None]]] = {}
    for rule in sorted(application().rulebook.law.rules.values(), key=lambda one: (one.statute, one.row, one.id)):
        by_statute.setdefault(rule.statute, []).append((rule, rule.version_or_none(on)))
    return render_template(
        "law.html", on=on, typed=typed, fault=fault, by_statute=by_statute, checked=CHECKED_WORDS, says=_says
    )


def _says(rule: Rule, version: RuleVersion) -> str:
    """Return what a version sets, in a few words."""
    if version.length is not None and version.unit is not None:
        unit = display.words(_UNITS[version.unit])
        return f"{version.length} {unit}" if unit.isascii() else f"{version.length}{unit}"
    if version.charge is not None:
        share = float(version.charge.share * 1000)
        per = _("a day") if version.charge.per == "day" else _("a month")
        return _("%(share)s per mille %(per)s", share=f"{share:g}", per=per)
    if version.annual_basis_points:
        return _("%(rate)s%% a year", rate=f"{version.annual_basis_points / 100:g}")
    kinds = {"levy": _("basis of the levy or fine"), "fine_range": _("range of the fine"), "fact": _("fact")}
    return kinds.get(rule.kind, "")
