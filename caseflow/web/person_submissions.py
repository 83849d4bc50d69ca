"""What the person submits from My case: one form a kind, a look before it is sent, a receipt, the answer.

A form is two pages: what is written, then what sending it does, with the files. Files are chosen last, because no
browser keeps them from one page to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.file_refusals import TAKEN
from caseflow.domain.submission_limits import Standing
from caseflow.domain.submissions import KINDS, MOST_FILES, PARTS, Kind
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.submissions import Own, Preview, SentFile, SubmissionRefused, Submit
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.case_files import limit_bytes, size_text
from caseflow.web.context import application
from caseflow.web.person_access import for_the_person, person
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import takes_files
from caseflow.web.submission_words import shown_words

blueprint = Blueprint("person_submissions", __name__)
_SENT_BEFORE = Words(
    "This form was sent before with something else in it. Look at what you sent, and begin a new one.",
    "该表单已提交过，内容不同。请先查看已提交的内容，再重新填写。",
)
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Typed:
    """What a form holds: texts by part, whom it objects to, and how its kind stands."""

    kind: Kind
    standing: Standing
    texts: Mapping[str, str]
    objects_to: str
    key: str

    def asked(self, files: tuple[SentFile, ...] = ()) -> Submit:
        """Return the request."""
        return Submit(self.kind, self.texts, self.key, self.objects_to, files)


@blueprint.get("/my-case/submissions")
@for_the_person
def show() -> ResponseReturnValue:
    """Show what may be sent and what was sent, the newest first."""
    intake = application().submissions.intake
    sent, next_no = intake.own(person(), before_no=request.args.get("before", type=row_id))
    return render_template(
        "person_submissions.html",
        standings=intake.kinds(person()),
        sent=sent,
        next_no=next_no,
        before=request.args.get("before", type=row_id),
        **shown_words(),
    )


@blueprint.get("/my-case/submit/<name>")
@for_the_person
def form(name: str) -> ResponseReturnValue:
    """Show the form of a kind, or why there is none now."""
    typed = _typed(name, {})
    if typed.standing.closed is not None:
        return render_template("person_submit_closed.html", standing=typed.standing, **shown_words())
    return _form(typed, Faults())


@blueprint.post("/my-case/submit/<name>")
@for_the_person
@takes_files(limit_bytes, times=MOST_FILES + 1)
def send(name: str) -> ResponseReturnValue:
    """Show what sending it does, or send it; whatever was wrong, what was written stays."""
    typed, faults = _typed(name, request.form), Faults()
    act, intake = request.form.get("act", ""), application().submissions.intake
    if act == "back":
        return _form(typed, faults)
    try:
        preview = intake.check(person(), typed.asked())
    except SubmissionRefused as refusal:
        _note(faults, refusal)
        return _form(typed, faults), 422
    if act != "send":
        return _look(typed, preview, faults)
    sent = [one for one in request.files.getlist("files") if one.filename]
    files = tuple(SentFile(one.filename or "", one.stream) for one in sent)
    try:
        written = intake.submit(person(), typed.asked(files))
    except SubmissionRefused as refusal:
        _note(faults, refusal)
        return _look(typed, preview, faults, [one.name for one in files]), 422
    except KeyReused:
        faults.add(_SENT_BEFORE)
        return _look(typed, preview, faults, [one.name for one in files]), 409
    flash(_("Received. Your number is %(number)s.", number=written.number))
    return redirect(url_for("person_submissions.one", case_no=written.case_no))


@blueprint.get("/my-case/submissions/<int:case_no>")
@for_the_person
def one(case_no: int) -> ResponseReturnValue:
    """Show one submission: its receipt, and the answer once there is one."""
    return render_template("person_submission.html", own=_own(case_no), size_text=size_text, **shown_words())


@blueprint.get("/my-case/submissions/<int:case_no>/receipt/<language>.pdf")
@for_the_person
def receipt(case_no: int, language: str) -> ResponseReturnValue:
    """Hand out the receipt to print, in Chinese or English."""
    if language not in ("zh", "en"):
        abort(404)
    _own(case_no)
    made = application().submissions.receipts.pdf(person(), case_no, language)
    if made is None:
        abort(404)
    number, pdf = made
    response = Response(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{number}-{language}.pdf"'
    return response


@blueprint.get("/my-case/submissions/<int:case_no>/withdraw")
@for_the_person
def withdrawing(case_no: int) -> ResponseReturnValue:
    """Ask whether a submission is really taken back."""
    own = _own(case_no)
    if not own.submission.is_open:
        return redirect(url_for("person_submissions.one", case_no=case_no))
    return render_template("person_withdraw.html", own=own, **shown_words())


@blueprint.post("/my-case/submissions/<int:case_no>/withdraw")
@for_the_person
def withdraw(case_no: int) -> ResponseReturnValue:
    """Take a submission back that is not answered yet."""
    _own(case_no)
    if application().submissions.intake.withdraw(person(), case_no):
        flash(_("It is withdrawn. It stays on your list."))
    else:
        flash(_("It was answered meanwhile and cannot be withdrawn any more."))
    return redirect(url_for("person_submissions.one", case_no=case_no))


def _typed(name: str, given: Mapping[str, str]) -> Typed:
    kind = next((one for one in Kind if one.value == name), None)
    if kind is None:
        abort(404)
    standing = next(one for one in application().submissions.intake.kinds(person()) if one.kind is kind)
    texts = {part.name: given.get(part.name, "") for part in PARTS[kind]}
    return Typed(kind, standing, texts, given.get("objects_to", ""), idempotency_key())


def _own(case_no: int) -> Own:
    found = application().submissions.intake.one(person(), case_no) if case_no < 2**31 else None
    if found is None:
        abort(404)
    return found


def _note(faults: Faults, refusal: SubmissionRefused) -> None:
    for name, words in refusal.faults:
        faults.add(words, name)


def _form(typed: Typed, faults: Faults) -> str:
    recusal = typed.kind is Kind.RECUSAL
    return render_template(
        "person_submit.html",
        typed=typed,
        kind=KINDS[typed.kind],
        parts=PARTS[typed.kind],
        handlers=application().submissions.intake.handlers(person()) if recusal else (),
        faults=faults,
    )


def _look(typed: Typed, preview: Preview, faults: Faults, file_names: list[str] | None = None) -> str:
    recusal = typed.kind is Kind.RECUSAL
    handlers = application().submissions.intake.handlers(person()) if recusal else ()
    return render_template(
        "person_submit_check.html",
        typed=typed,
        kind=KINDS[typed.kind],
        parts=PARTS[typed.kind],
        objected=next((one for one in handlers if str(one.id) == typed.objects_to), None),
        preview=preview,
        faults=faults,
        chosen=file_names or [],
        most_files=MOST_FILES,
        most_mb=limit_bytes() // _MIB,
        taken=TAKEN,
        **shown_words(),
    )
