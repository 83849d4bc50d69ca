"""The quarantine of an import: rows that were at fault, mended one by one, checked again together, or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.casebook.imports import LONGEST_CELL, LONGEST_REASON, Fate
from caseflow.domain.casebook.rows import Finding, Grade
from caseflow.services.case_imports import ImportMovedOn, ImportPage, ImportRefused, ImportRow
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor
from caseflow.web.import_words import (
    FATES,
    LARGEST_ID,
    LARGEST_ROW,
    cell,
    column_titles,
    imports,
    moved_on,
    note,
    refused,
)
from caseflow.web.phrases import _, ngettext
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("import_rows", __name__)
PREFIX = "cell-"


@blueprint.get("/imports/<int:import_id>/quarantine")
@needs(Permission.IMPORT_CASES)
def show(import_id: int) -> ResponseReturnValue:
    """Show the rows that wait to be mended, by their number in the file."""
    after = min(max(request.args.get("after", type=row_id) or 0, 0), LARGEST_ROW)
    page = imports().quarantine(actor(), min(import_id, LARGEST_ID), after)
    return render_template(
        "import_quarantine.html",
        page=page,
        header=page.header,
        after=after,
        titles=column_titles(page.book) if page.book is not None else {},
        cell=cell,
    )


@blueprint.post("/imports/<int:import_id>/quarantine")
@needs(Permission.IMPORT_CASES, confirmed=True)
def rerun(import_id: int) -> ResponseReturnValue:
    """Check every row of the quarantine again and import those that are good by now."""
    import_id = min(import_id, LARGEST_ID)
    before = imports().show(actor(), import_id)
    try:
        after = imports().rerun(actor(), import_id)
    except ImportMovedOn as moved:
        return moved_on(import_id, moved)
    except ImportRefused as refusal:
        flash(refused(refusal))
        return redirect(url_for("import_rows.show", import_id=import_id), 303)
    freed = before.open_rows - after.open_rows
    if freed > 0:
        one, many = "%(num)d row was good by now and is imported.", "%(num)d rows were good by now and are imported."
        flash(ngettext(one, many, freed))
    else:
        flash(_("Every row in the quarantine is still at fault: nothing changed."))
    return redirect(url_for("import_rows.show", import_id=import_id))


@blueprint.get("/imports/<int:import_id>/rows/<int:number>")
@needs(Permission.IMPORT_CASES)
def one(import_id: int, number: int) -> ResponseReturnValue:
    """Show a row: its cells to be mended while it is in the quarantine, else what became of it."""
    page, row = _known(import_id, number)
    faults = Faults()
    _note_findings(faults, row.findings, page.book.columns if page.book is not None else ())
    return _row(page, row, dict(row.cells), faults)


@blueprint.post("/imports/<int:import_id>/rows/<int:number>")
@needs(Permission.IMPORT_CASES)
def mend(import_id: int, number: int) -> ResponseReturnValue:
    """Check a row with the cells typed, and import it where it is good."""
    page, row = _known(import_id, number)
    names = list(page.book.columns) if page.book is not None else []
    typed = {name: request.form.get(PREFIX + name, "").strip()[:LONGEST_CELL] for name in names}
    faults = Faults()
    try:
        changed = {name: text for name, text in typed.items() if text != row.cells.get(name, "")}
        mended = imports().mend(actor(), page.header.id, row.number, changed)
    except ImportMovedOn:
        return _row_moved_on(page, row)
    except ImportRefused as refusal:
        note(faults, refusal, {name: PREFIX + name for name in names})
        return _row(page, row, typed, faults, sent=True), 422
    if mended.case_id is None:
        _note_findings(faults, mended.row.findings, names)
        return _row(page, mended.row, typed, faults, sent=True), 422
    flash(_("Row %(row)d is imported: case %(number)s.", row=row.number, number=mended.row.case_number))
    return redirect(url_for("import_rows.show", import_id=page.header.id))


@blueprint.get("/imports/<int:import_id>/rows/<int:number>/leave-out")
@needs(Permission.IMPORT_CASES)
def leaving_out(import_id: int, number: int) -> ResponseReturnValue:
    """Ask why a row is left out, and say what follows."""
    page, row = _known(import_id, number)
    if row.fate is not Fate.QUARANTINED:
        return redirect(url_for("import_rows.one", import_id=page.header.id, number=row.number))
    return _leaving_out(page, row, "", Faults())


@blueprint.post("/imports/<int:import_id>/rows/<int:number>/leave-out")
@needs(Permission.IMPORT_CASES, confirmed=True)
def leave_out(import_id: int, number: int) -> ResponseReturnValue:
    """Leave a row out for good, for the reason given."""
    page, row = _known(import_id, number)
    reason, faults = request.form.get("reason", ""), Faults()
    try:
        imports().leave_out(actor(), page.header.id, row.number, reason)
    except ImportMovedOn:
        return _row_moved_on(page, row)
    except ImportRefused as refusal:
        note(faults, refusal, {"reason": "reason"})
        return _leaving_out(page, row, reason, faults), 422
    flash(_("Row %(row)d is left out.", row=row.number))
    return redirect(url_for("import_rows.show", import_id=page.header.id))


def _known(import_id: int, number: int) -> tuple[ImportPage, ImportRow]:
    page = imports().row(actor(), min(import_id, LARGEST_ID), min(number, LARGEST_ROW))
    if not page.rows:
        abort(404)
    return page, page.rows[0]


def _row_moved_on(page: ImportPage, row: ImportRow) -> ResponseReturnValue:
    """Lead to the row as it stands now, and say that somebody else was first."""
    flash(_("Nothing was done: row %(row)d is not in the quarantine any more.", row=row.number))
    return redirect(url_for("import_rows.one", import_id=page.header.id, number=row.number), 303)


def _note_findings(faults: Faults, findings: Sequence[Finding], names: Sequence[str] | Mapping[str, object]) -> None:
    """Note what keeps a row out, at the cell it is about."""
    for finding in findings:
        if finding.grade is Grade.ERROR:
            faults.add(finding.words, PREFIX + finding.column if finding.column in names else "")
    faults.put_in_order([PREFIX + name for name in names])


def _row(page: ImportPage, row: ImportRow, typed: Mapping[str, str], faults: Faults, *, sent: bool = False) -> str:
    return render_template(
        "import_row.html",
        page=page,
        header=page.header,
        row=row,
        typed=typed,
        faults=faults,
        sent=sent,
        titles=column_titles(page.book) if page.book is not None else {},
        headings=page.header.read.columns if page.header.read is not None else {},
        fates=FATES,
        longest=LONGEST_CELL,
        cell=cell,
    )


def _leaving_out(page: ImportPage, row: ImportRow, reason: str, faults: Faults) -> str:
    return render_template(
        "import_leave_out.html",
        header=page.header,
        row=row,
        reason=reason,
        faults=faults,
        longest=LONGEST_REASON,
        cell=cell,
    )
