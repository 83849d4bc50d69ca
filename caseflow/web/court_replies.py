"""Replies of the court from a file: what each row would do, then the recording, then what came of each row."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.court_replies import FIELDS, LARGEST_FILE_BYTES, MOST_ROWS, ReplyFileRefused
from caseflow.domain.words import Words
from caseflow.services.court_replies import NoSuchFile, Report, RowsRefused
from caseflow.services.ports.liaison import ReplyFile
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.security import needs, takes_files

blueprint = Blueprint("court_replies", __name__)
_NO_FILE = Words("Choose the file with the court's replies.", "请选择载有法院答复的文件。")
_ROWS_AT_FAULT = Words(
    "Some rows are at fault, and nothing was recorded. Mend the file and read it again, or record the good rows alone.",
    "部分行有误，未登记任何内容。请更正文件后重新读取，或者仅登记无误的行。",
)
_LARGEST_ID = 2**62


@blueprint.get("/referrals/replies")
@needs(Permission.REFER)
def form() -> ResponseReturnValue:
    """Ask for the file."""
    return _form(Faults())


@blueprint.post("/referrals/replies")
@needs(Permission.REFER)
@takes_files(LARGEST_FILE_BYTES)
def receive() -> ResponseReturnValue:
    """Keep the file as it came and show what it would do."""
    faults = Faults()
    sent = request.files.get("replies")
    if sent is None or not sent.filename:
        faults.add(_NO_FILE, "replies")
        return _form(faults), 422
    try:
        file_id = application().liaison.replies.receive(actor(), sent.filename, sent.read())
    except ReplyFileRefused as refusal:
        return _refused(refusal)
    return redirect(url_for("court_replies.one", file_id=file_id))


@blueprint.get("/referrals/replies/<int:file_id>")
@needs(Permission.REFER)
def one(file_id: int) -> ResponseReturnValue:
    """Show row by row what the file would do; what is recorded already says so."""
    file = _known(file_id)
    try:
        return _shown(file, application().liaison.replies.preview(actor(), file.content), Faults())
    except ReplyFileRefused as refusal:
        return _refused(refusal)


@blueprint.post("/referrals/replies/<int:file_id>/record")
@needs(Permission.REFER, confirmed=True)
def record(file_id: int) -> ResponseReturnValue:
    """Record the file; the same file again records nothing."""
    file = _known(file_id)
    good_only = request.form.get("act") == "good_rows"
    replies = application().liaison.replies
    try:
        report = replies.record(actor(), file.content, good_rows_only=good_only)
    except RowsRefused:
        faults = Faults()
        faults.add(_ROWS_AT_FAULT)
        return _shown(file, replies.preview(actor(), file.content), faults), 422
    except ReplyFileRefused as refusal:
        return _refused(refusal)
    return _shown(file, report, Faults(), recorded=True)


def _known(file_id: int) -> ReplyFile:
    try:
        return application().liaison.replies.file(actor(), min(file_id, _LARGEST_ID))
    except NoSuchFile:
        abort(404)


def _refused(refusal: ReplyFileRefused) -> ResponseReturnValue:
    """Say that a file cannot be read: one kept by an earlier version, which took what this one refuses."""
    faults = Faults()
    faults.add(refusal.words, "replies")
    return _form(faults), 422


def _form(faults: Faults) -> str:
    return render_template(
        "court_replies.html",
        faults=faults,
        fields=FIELDS,
        most=MOST_ROWS,
        largest=LARGEST_FILE_BYTES // 1024 // 1024,
    )


def _shown(file: ReplyFile, report: Report, faults: Faults, *, recorded: bool = False) -> str:
    return render_template(
        "court_reply_file.html", file=file, report=report, faults=faults, fields=FIELDS, recorded=recorded
    )
