"""Old casebooks on their way in: the list, the file, what it would do, the import itself, and giving it up."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.casebook.imports import Fate, ImportState
from caseflow.domain.casebook.rows import Grade
from caseflow.domain.words import Words
from caseflow.services.case_imports import BookFile, ImportHeader, ImportMovedOn, ImportPage, ImportRefused
from caseflow.services.ports.casebooks import ENCODINGS, LARGEST_BOOK_BYTES, MOST_BOOK_ROWS
from caseflow.web import display
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.case_files import attachment
from caseflow.web.context import actor
from caseflow.web.import_words import (
    FATES,
    GRADES,
    LARGEST_ID,
    LARGEST_ROW,
    PHASES,
    book_of,
    cell,
    column_titles,
    how_read,
    imports,
    listed,
    moved_on,
    note,
    refused,
    regime_title,
    state_of,
    titles_of,
)
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import allow_own_scripts, needs, takes_files

blueprint = Blueprint("case_imports", __name__)
_INPUTS = ("file", "regime", "encoding", "sheet")
_AT_WORK = (ImportState.CHECKING, ImportState.COMMITTING)
_NO_FILE = Words("Choose the file of the casebook.", "请选择旧案台账文件。")
_FIGURES_MOVED = Words(
    "The rows were checked anew after you opened this page. Look at the figures again before you import.",
    "打开本页之后各行已重新核对。请重新查看以下数字后再导入。",
)
_FILE_GONE = Words(
    "The file was removed when the import was over, so no copy of it can be made.",
    "导入结束时原文件已删除，无法生成副本。",
)


@blueprint.get("/imports")
@needs(Permission.IMPORT_CASES)
def show_all() -> ResponseReturnValue:
    """Show the imports of the office, newest first."""
    before = request.args.get("before", type=row_id)
    found, next_key = imports().newest(actor(), min(before, LARGEST_ID) if before else None)
    return render_template(
        "case_imports.html",
        imports=found,
        next_key=next_key,
        before=before,
        state_of=state_of,
        regime_title=regime_title,
    )


@blueprint.get("/imports/new")
@needs(Permission.IMPORT_CASES)
def form() -> ResponseReturnValue:
    """Ask for the file."""
    return _form(dict.fromkeys(_INPUTS, ""), Faults(), idempotency_key())


@blueprint.post("/imports/new")
@needs(Permission.IMPORT_CASES)
@takes_files(LARGEST_BOOK_BYTES)
def enter() -> ResponseReturnValue:
    """Keep the file and look at it; nothing is imported by that."""
    key, faults = idempotency_key(), Faults()
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        faults.add(_NO_FILE, "file")
        return _form(typed, faults, key, status=422)
    file = BookFile(
        sent.filename,
        sent.read(),
        regime=typed["regime"] or None,
        encoding=typed["encoding"] or None,
        sheet=typed["sheet"] or None,
    )
    try:
        import_id = imports().enter(actor(), file, key)
    except ImportRefused as refusal:
        note(faults, refusal, {name: name for name in _INPUTS})
        return _form(typed, faults, key, status=422)
    known = imports().show(actor(), import_id)
    asks = known.state in (ImportState.ENTERED, ImportState.CHECKED)
    return redirect(url_for("import_columns.show" if asks else "case_imports.one", import_id=import_id))


@blueprint.get("/imports/<int:import_id>")
@needs(Permission.IMPORT_CASES)
def one(import_id: int) -> ResponseReturnValue:
    """Show an import: what is still to be chosen, how far the work is, what it would do, or what came of it."""
    import_id = min(import_id, LARGEST_ID)
    header = imports().show(actor(), import_id)
    if header.state is ImportState.ENTERED:
        return redirect(url_for("import_columns.show", import_id=import_id))
    if header.state in _AT_WORK:
        return _at_work(header)
    grade, fate, after = _asked()
    page = imports().rows(actor(), import_id, grade, after, fate=fate)
    return _shown(page, grade, fate, after)


@blueprint.post("/imports/<int:import_id>/annotated")
@needs(Permission.IMPORT_CASES)
def annotated(import_id: int) -> ResponseReturnValue:
    """Hand out the file with what was found beside each row; a form and no link, because each copy is recorded."""
    import_id = min(import_id, LARGEST_ID)
    try:
        copy = imports().annotated(actor(), import_id)
    except ImportMovedOn as moved:
        if moved.state is not ImportState.COMMITTED:
            return moved_on(import_id, moved)
        flash(display.words(_FILE_GONE))
        return redirect(url_for("case_imports.one", import_id=import_id), 303)
    except ImportRefused as refusal:
        flash(refused(refusal))
        return redirect(url_for("case_imports.one", import_id=import_id), 303)
    response = Response(copy.content, content_type=copy.media_type)
    response.headers["Content-Disposition"] = attachment(copy.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.post("/imports/<int:import_id>/check")
@needs(Permission.IMPORT_CASES)
def check(import_id: int) -> ResponseReturnValue:
    """Check every row again, as things stand now."""
    import_id = min(import_id, LARGEST_ID)
    try:
        after = imports().check(actor(), import_id)
    except ImportMovedOn as moved:
        return moved_on(import_id, moved)
    if after.state is ImportState.CHECKED:
        flash(_("The rows were checked against today's law and cases."))
    return redirect(url_for("case_imports.one", import_id=import_id))


@blueprint.get("/imports/<int:import_id>/commit")
@needs(Permission.IMPORT_CASES)
def confirm(import_id: int) -> ResponseReturnValue:
    """Say what the import will do, and ask for it."""
    header = imports().show(actor(), min(import_id, LARGEST_ID))
    if header.state is not ImportState.CHECKED:
        return redirect(url_for("case_imports.one", import_id=header.id))
    return _confirm(header, Faults())


@blueprint.post("/imports/<int:import_id>/commit")
@needs(Permission.IMPORT_CASES, confirmed=True)
def commit(import_id: int) -> ResponseReturnValue:
    """Import the rows whose figures were shown: all, or the good ones while the rest waits in the quarantine."""
    header, faults = imports().show(actor(), min(import_id, LARGEST_ID)), Faults()
    if header.state is ImportState.CHECKED and request.form.get("figures") != figures(header):
        faults.add(_FIGURES_MOVED)
        return _confirm(header, faults), 422
    try:
        imports().commit(actor(), header.id, good_rows_only=request.form.get("act") == "good_rows")
    except ImportMovedOn as moved:
        return moved_on(header.id, moved)
    except ImportRefused as refusal:
        note(faults, refusal, {})
        return _confirm(imports().show(actor(), header.id), faults), 422
    return redirect(url_for("case_imports.one", import_id=header.id))


@blueprint.get("/imports/<int:import_id>/drop")
@needs(Permission.IMPORT_CASES)
def dropping(import_id: int) -> ResponseReturnValue:
    """Say what giving up means, and ask for it."""
    header = imports().show(actor(), min(import_id, LARGEST_ID))
    if header.state not in (ImportState.ENTERED, ImportState.CHECKING, ImportState.CHECKED):
        return redirect(url_for("case_imports.one", import_id=header.id))
    return render_template("import_drop.html", header=header)


@blueprint.post("/imports/<int:import_id>/drop")
@needs(Permission.IMPORT_CASES)
def drop(import_id: int) -> ResponseReturnValue:
    """Give an import up before anything of it is a case."""
    import_id = min(import_id, LARGEST_ID)
    try:
        imports().drop(actor(), import_id)
    except ImportMovedOn as moved:
        return moved_on(import_id, moved)
    flash(_("The import is given up: its file and its rows were removed."))
    return redirect(url_for("case_imports.show_all"))


def figures(header: ImportHeader) -> str:
    """Return the figures that somebody is shown before an import, so that they agree to these and no others."""
    totals = header.totals
    return f"{totals.new}-{totals.error}-{totals.assessed_fen}-{totals.paid_fen}"


def _asked() -> tuple[Grade | None, Fate | None, int]:
    """Return the filters of the address and the row after which the list goes on."""
    grade, fate = request.args.get("grade", ""), request.args.get("fate", "")
    after = request.args.get("after", type=row_id) or 0
    return (
        Grade(grade) if grade in {one.value for one in Grade} else None,
        Fate(fate) if fate in {one.value for one in Fate} else None,
        min(max(after, 0), LARGEST_ROW),
    )


def _form(typed: dict[str, str], faults: Faults, key: str, status: int = 200) -> Response:
    faults.put_in_order(_INPUTS)
    regimes = {name: regime_title(name) for name in imports().regimes()}
    drawn = render_template(
        "import_form.html",
        typed=typed,
        faults=faults,
        key=key,
        regimes=regimes,
        encodings=ENCODINGS,
        largest=LARGEST_BOOK_BYTES,
        most=MOST_BOOK_ROWS,
    )
    return allow_own_scripts(make_response(drawn, status))


def _at_work(header: ImportHeader) -> Response:
    progress = imports().progress(actor(), header.id)
    drawn = render_template("import_progress.html", header=header, progress=progress, phases=PHASES)
    return allow_own_scripts(make_response(drawn))


def _shown(page: ImportPage, grade: Grade | None, fate: Fate | None, after: int) -> str:
    read = page.header.read
    return render_template(
        "case_import.html",
        page=page,
        header=page.header,
        grade=grade,
        fate=fate,
        after=after,
        grades=GRADES,
        fates=FATES,
        state_of=state_of,
        listed=listed,
        titled=titles_of(page.book),
        titles=column_titles(page.book) if page.book is not None else {},
        regime_title=regime_title,
        how_read=how_read,
        unmapped=listed(read.unmapped) if read is not None else "",
        cell=cell,
    )


def _confirm(header: ImportHeader, faults: Faults) -> str:
    return render_template(
        "import_confirm.html",
        header=header,
        faults=faults,
        figures=figures(header),
        listed=listed,
        titled=titles_of(book_of(header.regime)),
    )
