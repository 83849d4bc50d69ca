"""Findings: raised by the auditor, answered by the supervisor, followed up and closed by the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from caseflow.domain.access import Permission
from caseflow.domain.findings import About, Note, Severity, Standing, Subject
from caseflow.domain.words import Words
from caseflow.services.findings import AddNote, FindingPage, FindingRefused, NoSuchFinding, RaiseFinding
from caseflow.services.ports.auditing import AuditRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.ledger_asked import read_day
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("findings", __name__)
DAYS_TO_REPLY = 14
_INPUTS = ("about", "case_number", "receipt_number", "title", "text", "severity", "reply_due_on")
_GIVEN = (About.ENTRY, About.TRANSFER, About.SAMPLE_ITEM)
_CHOSEN = (About.GENERAL, About.CASE, About.RECEIPT)
_SEVERITY = Words("Choose how grave it is.", "请选择严重程度。")
_ENDINGS = (Note.CLOSING, Note.WITHDRAWAL)
_TOLD: Mapping[Note, Words] = {
    Note.REPLY: Words("The reply is sent.", "答复已提交。"),
    Note.FOLLOW_UP: Words("The office is asked again.", "已再次要求答复。"),
    Note.CLOSING: Words("The finding is closed.", "该审计发现已关闭。"),
    Note.WITHDRAWAL: Words("The finding is withdrawn.", "该审计发现已撤回。"),
}
_LONGEST_NUMBER = 200
_LARGEST_ID = 2**31 - 1


@blueprint.get("/findings")
@needs(Permission.READ_FINDINGS)
def show() -> ResponseReturnValue:
    """Show the findings of the office, newest first, or those that stand in one way."""
    named = request.args.get("standing", "")
    chosen = Standing(named) if named in {one.value for one in Standing} else None
    before = request.args.get("before", type=row_id)
    found, next_key = application().findings.newest(actor(), chosen, before_id=before)
    return render_template(
        "findings.html",
        findings=found,
        next_key=next_key,
        before=before,
        chosen=chosen,
        standings=list(Standing),
        on=application().time.today(),
    )


@blueprint.get("/findings/new")
@needs(Permission.AUDIT)
def form() -> ResponseReturnValue:
    """Show the form that raises a finding on what the address names."""
    due_on = application().time.today() + timedelta(days=DAYS_TO_REPLY)
    subject = _subject(request.args)
    typed = dict.fromkeys(_INPUTS, "")
    typed |= {
        "about": subject.about.value,
        "case_number": subject.case_number,
        "receipt_number": subject.receipt_number,
        "reply_due_on": due_on.isoformat(),
    }
    return _form(subject, typed, Faults(), idempotency_key())


@blueprint.post("/findings/new")
@needs(Permission.AUDIT)
def raise_it() -> ResponseReturnValue:
    """Raise the finding, or show again what was typed with what stands in the way."""
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    key, faults, subject = idempotency_key(), Faults(), _subject(request.form)
    if request.form.get("act") == "back":
        return _form(subject, typed, faults, key)
    severity = Severity(typed["severity"]) if typed["severity"] in {one.value for one in Severity} else None
    if severity is None:
        faults.add(_SEVERITY, "severity")
    asked = RaiseFinding(
        subject, typed["title"], typed["text"], severity or Severity.LOW, read_day(typed["reply_due_on"]), key
    )
    try:
        if severity is None:
            application().findings.check(asked)
            return _form(subject, typed, faults, key), 422
        finding_id = application().findings.raise_one(actor(), asked)
    except (FindingRefused, AuditRefused) as refusal:
        _note(faults, refusal)
        return _form(subject, typed, faults, key), 422
    flash(_("The finding is raised, and the supervisor is told."))
    return redirect(url_for("findings.one", finding_id=finding_id))


@blueprint.get("/findings/<int:finding_id>")
@needs(Permission.READ_FINDINGS)
def one(finding_id: int) -> ResponseReturnValue:
    """Show a finding with everything that was said, and what may be added to it now."""
    return _shown(_page(finding_id), {}, Faults(), idempotency_key())


@blueprint.post("/findings/<int:finding_id>/reply")
@needs(Permission.ANSWER_FINDINGS, confirmed=True)
def reply(finding_id: int) -> ResponseReturnValue:
    """Record the reply of the office."""
    return _add(finding_id, Note.REPLY)


@blueprint.post("/findings/<int:finding_id>/audit")
@needs(Permission.AUDIT, confirmed=True)
def follow(finding_id: int) -> ResponseReturnValue:
    """Record a follow-up; ask once more before a finding is closed or withdrawn."""
    named = request.form.get("kind", "")
    if named not in (Note.FOLLOW_UP, *_ENDINGS):
        abort(400)
    return _add(finding_id, Note(named))


def _add(finding_id: int, kind: Note) -> ResponseReturnValue:
    page, key, faults = _page(finding_id), idempotency_key(), Faults()
    seen = request.form.get("seen", type=row_id)
    if seen is None:
        abort(400)
    typed = {name: request.form.get(name, "").strip() for name in ("text", "due_on")}
    act = request.form.get("act", "")
    if act == "back":
        return _shown(page, typed, faults, key)
    asked = AddNote(finding_id, kind, typed["text"], seen, key, read_day(typed["due_on"]))
    try:
        if kind in _ENDINGS and act != "confirm":
            application().findings.check_note(actor(), asked)
            return render_template("confirm_finding.html", page=page, kind=kind, typed=typed, seen=seen, key=key)
        application().findings.add(actor(), asked)
    except (FindingRefused, AuditRefused) as refusal:
        _note(faults, refusal)
        # Shown anew, so that whoever was overtaken sees by what.
        return _shown(_page(finding_id), typed, faults, key), 422
    flash(display.words(_TOLD[kind]))
    return redirect(url_for("findings.one", finding_id=finding_id))


def _page(finding_id: int) -> FindingPage:
    try:
        return application().findings.show(actor(), finding_id)
    except NoSuchFinding:
        abort(404)


def _note(faults: Faults, refusal: FindingRefused | AuditRefused) -> None:
    if isinstance(refusal, AuditRefused):
        faults.add(refusal.words)
        return
    for name, words in refusal.faults:
        faults.add(words, name)


def _subject(values: MultiDict[str, str]) -> Subject:
    named = values.get("about", "")
    about = About(named) if named in {one.value for one in About} else About.GENERAL

    def number(name: str) -> int:
        found = values.get(name, type=row_id)
        return found if found is not None and 0 < found <= _LARGEST_ID else 0

    def written(name: str) -> str:
        return values.get(name, "").strip().replace("\0", "")[:_LONGEST_NUMBER]

    match about:
        case About.ENTRY:
            return Subject(about, entry_key=written("entry"))
        case About.TRANSFER:
            return Subject(about, entry_key=written("entry"), leg=number("leg"))
        case About.SAMPLE_ITEM:
            return Subject(about, sample_id=number("sample"), item_no=number("item"))
        case About.CASE:
            return Subject(about, case_number=written("case_number"))
        case About.RECEIPT:
            return Subject(about, receipt_number=written("receipt_number"))
    return Subject(about)


def _form(subject: Subject, typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "raise_finding.html",
        subject=subject,
        given=subject.about in _GIVEN,
        abouts=_CHOSEN,
        severities=list(Severity),
        typed=typed,
        faults=faults,
        key=key,
    )


def _shown(page: FindingPage, typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(("text", "due_on"))
    due_on = application().time.today() + timedelta(days=DAYS_TO_REPLY)
    return render_template(
        "finding.html",
        page=page,
        finding=page.finding,
        typed={"text": "", "due_on": due_on.isoformat(), **typed},
        faults=faults,
        key=key,
        on=application().time.today(),
    )
