"""Samples: drawn by the auditor, shown to be printed, judged item by item, drawn again to be checked."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.ledger import Line
from caseflow.domain.sampling import MOST_ITEMS, Method, interval_fen
from caseflow.domain.words import Words
from caseflow.services.ports.auditing import AuditRefused, Population, Sample, SampleItem, Verdict
from caseflow.services.samples import VERDICTS, DrawSample, NoSuchSample, SampleRefused
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.ledger_asked import read_day
from caseflow.web.ledger_words import operations
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("samples", __name__)
_DAY = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")
_SIZE = Words(f"Give a number from 1 to {MOST_ITEMS}.", f"请填写1至{MOST_ITEMS}之间的样本量。")
_LINE = Words("Choose the line", "请选择收支线")
_METHOD = Words("Choose how items are chosen", "请选择抽样方法")
_INPUTS = ("purpose", "line", "operation", "booked_from", "booked_to", "method", "size")


@blueprint.get("/samples")
@needs(Permission.AUDIT)
def show() -> ResponseReturnValue:
    """Show the samples that were drawn, newest first."""
    before = request.args.get("before", type=row_id)
    samples, next_key = application().samples.newest(actor(), before_id=before)
    return render_template("samples.html", samples=samples, next_key=next_key, before=before)


@blueprint.get("/samples/new")
@needs(Permission.AUDIT)
def form() -> ResponseReturnValue:
    """Show the form that draws a sample."""
    today = application().time.today()
    first = {"booked_from": f"{today.year}-01-01", "booked_to": today.isoformat(), "size": "25", "method": "random"}
    first["line"] = request.args.get("line", "")
    return _form({name: first.get(name, "") for name in _INPUTS}, Faults(), idempotency_key())


@blueprint.post("/samples/new")
@needs(Permission.AUDIT)
def draw() -> ResponseReturnValue:
    """Draw the sample, or show again what was typed with what stands in the way."""
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    key, faults = idempotency_key(), Faults()
    asked = _read(typed, faults, key)
    if asked is None:
        return _form(typed, faults, key), 422
    try:
        sample_id = application().samples.draw(actor(), asked)
    except SampleRefused as refusal:
        faults.add(refusal.words, refusal.field)
        return _form(typed, faults, key), 422
    except AuditRefused as refusal:
        faults.add(refusal.words)
        return _form(typed, faults, key), 422
    flash(_("The sample is drawn."))
    return redirect(url_for("samples.one", sample_id=sample_id))


@blueprint.get("/samples/<int:sample_id>")
@needs(Permission.AUDIT)
def one(sample_id: int) -> ResponseReturnValue:
    """Show a sample with its items and what was found of each."""
    sample, items = _known(sample_id)
    return _shown(sample, list(items), {}, Faults(), idempotency_key())


@blueprint.post("/samples/<int:sample_id>/verdicts")
@needs(Permission.AUDIT)
def judge(sample_id: int) -> ResponseReturnValue:
    """Record what was found of the items whose verdict or remark was changed."""
    sample, items = _known(sample_id)
    key, faults = idempotency_key(), Faults()
    typed = {
        item.no: (request.form.get(f"verdict-{item.no}", ""), request.form.get(f"note-{item.no}", "").strip())
        for item in items
    }
    changed = [
        Verdict(item.no, *typed[item.no])
        for item in items
        if typed[item.no][0] in VERDICTS and typed[item.no] != _last(item)
    ]
    # A form that is sent again holds what its first sending recorded, and the use case answers that.
    again = not changed and application().samples.was_judged(actor(), key)
    if not again:
        try:
            application().samples.judge(actor(), sample_id, changed, idempotency_key=key)
        except (SampleRefused, AuditRefused) as refusal:
            faults.add(refusal.words)
            return _shown(sample, list(items), typed, faults, key), 422
    flash(_("What was found is recorded."))
    return redirect(url_for("samples.one", sample_id=sample_id))


@blueprint.get("/samples/<int:sample_id>/again")
@needs(Permission.AUDIT)
def again(sample_id: int) -> ResponseReturnValue:
    """Draw a sample again from its population and its seed, and say whether it comes out the same."""
    try:
        sample, result = application().samples.draw_again(actor(), sample_id)
    except NoSuchSample:
        abort(404)
    return render_template("sample_again.html", sample=sample, result=result)


def _known(sample_id: int) -> tuple[Sample, list[SampleItem]]:
    try:
        sample, items = application().samples.show(actor(), sample_id)
    except NoSuchSample:
        abort(404)
    return sample, list(items)


def _last(item: SampleItem) -> tuple[str, str]:
    return (item.verdict.verdict, item.verdict.note) if item.verdict is not None else ("", "")


def _read(typed: dict[str, str], faults: Faults, key: str) -> DrawSample | None:
    line = Line(typed["line"]) if typed["line"] in {one.value for one in Line} else None
    how = Method(typed["method"]) if typed["method"] in {one.value for one in Method} else None
    first, last = read_day(typed["booked_from"]), read_day(typed["booked_to"])
    size = int(typed["size"]) if typed["size"].isdecimal() and len(typed["size"]) < len(str(MOST_ITEMS)) + 2 else 0
    for missing, words, name in (
        (line is None, _LINE, "line"),
        (first is None, _DAY, "booked_from"),
        (last is None, _DAY, "booked_to"),
        (how is None, _METHOD, "method"),
        (size == 0, _SIZE, "size"),
    ):
        if missing:
            faults.add(words, name)
    if line is None or how is None or first is None or last is None or size == 0:
        return None
    return DrawSample(typed["purpose"], Population(line, typed["operation"] or None, first, last), how, size, key)


def _form(typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "draw_sample.html",
        typed=typed,
        faults=faults,
        key=key,
        lines=list(Line),
        methods=list(Method),
        operations=_offered(typed),
        most=MOST_ITEMS,
    )


def _offered(typed: dict[str, str]) -> list[tuple[Line, list[str]]]:
    """Return the operations of the line that is chosen; of both while none is, and to keep one of the other line."""
    of_line = {line: operations(line) for line in Line}
    only = [(line, names) for line, names in of_line.items() if line.value == typed["line"]]
    fits = bool(only) and (not typed["operation"] or typed["operation"] in only[0][1])
    return only if fits else list(of_line.items())


def _shown(sample: Sample, items: list[SampleItem], typed: dict[int, tuple[str, str]], faults: Faults, key: str) -> str:
    kept = {item.no: typed.get(item.no, _last(item)) for item in items}
    return render_template(
        "sample.html",
        sample=sample,
        items=items,
        kept=kept,
        faults=faults,
        key=key,
        interval=interval_fen(sample.population_fen, sample.size),
        sample_fen=sum(item.transfer.amount_fen for item in items),
    )
