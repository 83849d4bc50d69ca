"""Files of a case: the list, adding one, handing one out, withdrawing one."""

from __future__ import annotations

import io
import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.bootstrap import DatabaseUnavailable
from caseflow.domain.access import Permission
from caseflow.domain.case_files import LONGEST_DESCRIPTION, LONGEST_REASON, MIB, PURPOSE_WORDS, Purpose
from caseflow.domain.file_kinds import KINDS
from caseflow.domain.file_refusals import TAKEN
from caseflow.domain.words import Words
from caseflow.services.case_files import AddFile, FilesPage, UploadRefused
from caseflow.services.ports.case_files import CaseFile
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import allow_own_scripts, needs, takes_files

blueprint = Blueprint("case_files", __name__)
# A file somewhat too large is answered on the page, where what was typed stays; a far larger one is cut off before.
TIMES_THE_LIMIT = 2
_INPUTS = ("file", "purpose", "description", "seq")
_NO_FILE = Words("Choose the file.", "请选择文件。")
_LONGEST_SEQ = 9
_KIB = 1024


def limit_bytes() -> int:
    """Return the most bytes one file may have."""
    return application().case_files.room.limit_bytes


@blueprint.get("/cases/<int:case_id>/files")
@needs(Permission.READ_FILES)
def show(case_id: int) -> ResponseReturnValue:
    """Show the files of a case, newest first, and the form that adds one."""
    return _shown(_page(case_id), dict.fromkeys(_INPUTS, ""), Faults(), idempotency_key())


@blueprint.post("/cases/<int:case_id>/files")
@needs(Permission.ADD_FILES)
@takes_files(limit_bytes, times=TIMES_THE_LIMIT)
def add(case_id: int) -> ResponseReturnValue:
    """Add a file, or show again what was typed with what stands in the way."""
    key, faults = idempotency_key(), Faults()
    typed = {name: request.form.get(name, "") for name in _INPUTS}
    sent = request.files.get("file")
    asked = AddFile(
        case_id=case_id,
        purpose=Purpose(typed["purpose"]) if typed["purpose"] in PURPOSE_WORDS else None,
        description=typed["description"],
        seq=_seq(typed["seq"]),
        name=(sent.filename or "") if sent is not None else "",
        source=sent.stream if sent is not None else io.BytesIO(),
        idempotency_key=key,
    )
    try:
        if asked.name:
            application().case_files.add(actor(), asked)
        else:
            faults.add(_NO_FILE, "file")
            application().case_files.check(actor(), asked)
    except UploadRefused as refusal:
        for name, words in refusal.faults:
            faults.add(words, name)
    if faults.found:
        return _shown(_page(case_id), typed, faults, key, status=422)
    flash(_("The file is added."))
    return redirect(url_for("case_files.show", case_id=case_id))


@blueprint.post("/cases/<int:case_id>/files/<int:file_id>/download")
@needs(Permission.READ_FILES)
def download(case_id: int, file_id: int) -> ResponseReturnValue:
    """Hand a file out as an attachment; a form and no link, because each reading is recorded."""
    try:
        handed = application().case_files.read(actor(), case_id, file_id)
    except DatabaseUnavailable:
        # What cannot be recorded is not shown.
        abort(503)
    response = Response(handed.pieces, content_type=handed.file.media_type)
    response.headers["Content-Length"] = str(handed.file.size_bytes)
    response.headers["Content-Disposition"] = attachment(handed.file.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@blueprint.get("/cases/<int:case_id>/files/<int:file_id>/withdraw")
@needs(Permission.ADD_FILES)
def withdrawing(case_id: int, file_id: int) -> ResponseReturnValue:
    """Ask why a file is withdrawn, and say what follows."""
    return _withdrawing(_known(case_id, file_id), "", Faults())


@blueprint.post("/cases/<int:case_id>/files/<int:file_id>/withdraw")
@needs(Permission.ADD_FILES)
def withdraw(case_id: int, file_id: int) -> ResponseReturnValue:
    """Withdraw a file for the reason given."""
    reason, faults = request.form.get("reason", ""), Faults()
    try:
        application().case_files.withdraw(actor(), case_id, file_id, reason)
    except UploadRefused as refusal:
        for name, words in refusal.faults:
            faults.add(words, name)
        return _withdrawing(_known(case_id, file_id), reason, faults), 422
    flash(_("The file is withdrawn."))
    return redirect(url_for("case_files.show", case_id=case_id))


def attachment(name: str) -> str:
    """Return the header that saves a file under ``name``: plain letters for old browsers, the rest by RFC 6266."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(one for one in plain if one.isalnum() or one in " ._-()").strip(" .")
    stem, _dot, ending = name.rpartition(".")
    if not plain.removesuffix(ending).strip(" ._-()") or not stem:
        plain = f"file.{ending}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def size_text(size_bytes: int) -> str:
    """Return a size as people read it."""
    if size_bytes < _KIB:
        return f"{size_bytes} B"
    if size_bytes < MIB:
        return f"{size_bytes / _KIB:.0f} KB"
    return f"{size_bytes / MIB:.1f} MB"


def _seq(typed: str) -> int | None:
    """Return the step that was chosen; None for none, and 0, which no step is, for anything else."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _LONGEST_SEQ else 0


def _page(case_id: int) -> FilesPage:
    return application().case_files.show(actor(), case_id, before_id=request.args.get("before", type=row_id))


def _known(case_id: int, file_id: int) -> CaseFile:
    return application().case_files.one(actor(), case_id, file_id)


def _shown(page: FilesPage, typed: dict[str, str], faults: Faults, key: str, status: int = 200) -> Response:
    faults.put_in_order(_INPUTS)
    drawn = render_template(
        "case_files.html",
        page=page,
        typed=typed,
        faults=faults,
        key=key,
        before=request.args.get("before", type=row_id),
        purposes=PURPOSE_WORDS,
        offered=[one for one in Purpose if one in page.addable],
        kinds=KINDS,
        taken=TAKEN,
        size_text=size_text,
        longest=LONGEST_DESCRIPTION,
    )
    return allow_own_scripts(make_response(drawn, status))


def _withdrawing(file: CaseFile, reason: str, faults: Faults) -> str:
    if file.withdrawn_at is not None and not faults.found:
        abort(404)
    return render_template(
        "withdraw_file.html", file=file, reason=reason, faults=faults, purposes=PURPOSE_WORDS, longest=LONGEST_REASON
    )
