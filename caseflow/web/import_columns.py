"""Which column of an old casebook holds what: guessed, looked at beside the first cells, corrected, kept."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.casebook.imports import ImportState
from caseflow.domain.words import Words
from caseflow.services.case_imports import BookRead, ImportHeader, ImportMovedOn, ImportRefused
from caseflow.services.ports.casebooks import ENCODINGS
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor
from caseflow.web.import_words import (
    LARGEST_ID,
    book_of,
    cell,
    column_titles,
    imports,
    moved_on,
    note,
    regime_title,
    sample,
)
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("import_columns", __name__)
PREFIX = "column-"
_WAYS = ("regime", "encoding", "sheet")
_OPEN = (ImportState.ENTERED, ImportState.CHECKED)


@blueprint.get("/imports/<int:import_id>/columns")
@needs(Permission.IMPORT_CASES)
def show(import_id: int) -> ResponseReturnValue:
    """Show the columns of the regime, the heading each is filled from, and the first cells below."""
    header = imports().show(actor(), min(import_id, LARGEST_ID))
    if header.state not in _OPEN:
        return redirect(url_for("case_imports.one", import_id=header.id))
    return _page(header, Faults(), request.args.get("regime"))


@blueprint.post("/imports/<int:import_id>/columns")
@needs(Permission.IMPORT_CASES)
def choose(import_id: int) -> ResponseReturnValue:
    """Keep the columns for casebooks with these headings and check every row, or read the file another way first."""
    header, faults = imports().show(actor(), min(import_id, LARGEST_ID)), Faults()
    anew = request.form.get("act") == "read"
    ways = {name: request.form.get(name, "").strip() or None for name in _WAYS}
    chosen = {} if anew else _chosen(ways["regime"])
    if not anew and _is_as_checked(header, chosen, ways["regime"]):
        return redirect(url_for("case_imports.one", import_id=header.id))
    try:
        known = imports().choose_columns(actor(), header.id, chosen, **ways)
    except ImportMovedOn as moved:
        return moved_on(header.id, moved)
    except ImportRefused as refusal:
        note(faults, refusal, PREFIX, _WAYS)
        return _page(header, faults, ways["regime"], None if anew else chosen, ways), 422
    if anew:
        flash(_("The file was read anew. Look at the columns."))
        return redirect(url_for("import_columns.show", import_id=known.id))
    return redirect(url_for("case_imports.one", import_id=known.id))


def _chosen(regime: str | None) -> dict[str, str]:
    book = book_of(regime)
    names = book.columns if book is not None else ()
    return {name: heading for name in names if (heading := request.form.get(PREFIX + name, ""))}


def _is_as_checked(header: ImportHeader, chosen: dict[str, str], regime: str | None) -> bool:
    """Tell whether the rows were checked with just these columns: nothing needs to be done again."""
    if header.state is not ImportState.CHECKED or header.read is None:
        return False
    return header.read.regime == regime and dict(header.read.columns) == chosen


def _page(
    header: ImportHeader,
    faults: Faults,
    regime: str | None,
    chosen: dict[str, str] | None = None,
    ways: dict[str, str | None] | None = None,
) -> str:
    read: BookRead | None = None
    try:
        read = imports().columns(actor(), header.id, regime)
    except ImportRefused as refusal:
        if not faults.found:
            note(faults, refusal, PREFIX, _WAYS)
    book = book_of(read.regime) if read is not None else None
    faults.put_in_order((*_WAYS, *(PREFIX + name for name in (book.columns if book is not None else ()))))
    return render_template(
        "import_columns.html",
        header=header,
        read=read,
        book=book,
        titles=column_titles(book) if book is not None else {},
        chosen=dict(read.columns) if chosen is None and read is not None else chosen or {},
        ways={name: (ways or {}).get(name) for name in _WAYS},
        faults=faults,
        regimes={name: regime_title(name) for name in imports().regimes()},
        encodings={name: display.words(title) for name, title in ENCODINGS.items()},
        sheets={name: cell(name) for name in (read.sheet_names or (read.sheet_name,))} if read is not None else {},
        cell=cell,
        sample=sample,
    )
