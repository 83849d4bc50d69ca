"""Which column of an old casebook holds what: guessed, looked at beside the first cells, corrected, kept."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.casebook.imports import ImportState
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
    listed,
    moved_on,
    note,
    regime_title,
    sample,
    titles_of,
)
from caseflow.web.security import needs

blueprint = Blueprint("import_columns", __name__)
PREFIX = "column-"
_WAYS = ("regime", "encoding", "sheet")
_OPEN = (ImportState.ENTERED, ImportState.CHECKED)


@blueprint.get("/imports/<int:import_id>/columns")
@needs(Permission.IMPORT_CASES)
def show(import_id: int) -> ResponseReturnValue:
    """Show the columns of the regime, the heading each is filled from, and the first cells below.

    The address may name another regime, encoding or sheet to look at the file that way; nothing is changed by that.
    """
    header = imports().show(actor(), min(import_id, LARGEST_ID))
    if header.state not in _OPEN:
        return redirect(url_for("case_imports.one", import_id=header.id))
    return _page(header, Faults(), _ways(request.args))


@blueprint.post("/imports/<int:import_id>/columns")
@needs(Permission.IMPORT_CASES)
def choose(import_id: int) -> ResponseReturnValue:
    """Keep the columns for casebooks with these headings, and check every row by them."""
    header, faults, ways = imports().show(actor(), min(import_id, LARGEST_ID)), Faults(), _ways(request.form)
    book = book_of(ways["regime"])
    chosen = {name: request.form.get(PREFIX + name, "") for name in (book.columns if book is not None else ())}
    if _is_as_checked(header, chosen, ways):
        return redirect(url_for("case_imports.one", import_id=header.id))
    try:
        known = imports().choose_columns(actor(), header.id, chosen, **ways)
    except ImportMovedOn as moved:
        return moved_on(header.id, moved)
    except ImportRefused as refusal:
        note(faults, refusal, _inputs(chosen))
        return _page(header, faults, ways, chosen), 422
    return redirect(url_for("case_imports.one", import_id=known.id))


def _ways(given: Mapping[str, str]) -> dict[str, str | None]:
    """Return how the file is to be read, as far as it was said."""
    return {name: given.get(name, "").strip() or None for name in _WAYS}


def _inputs(names: Mapping[str, object]) -> dict[str, str]:
    """Return the input of each thing a refusal may name."""
    return {**{name: name for name in _WAYS}, **{name: PREFIX + name for name in names}}


def _is_as_checked(header: ImportHeader, chosen: dict[str, str], ways: Mapping[str, str | None]) -> bool:
    """Tell whether the rows were checked with just these columns: nothing needs to be done again."""
    read = header.read
    if header.state is not ImportState.CHECKED or read is None:
        return False
    read_so = {"regime": read.regime, "encoding": read.encoding or None, "sheet": read.sheet_name or None}
    filled = {name: heading for name, heading in chosen.items() if heading}
    return dict(ways) == read_so and dict(read.columns) == filled


def _page(
    header: ImportHeader, faults: Faults, ways: Mapping[str, str | None], chosen: dict[str, str] | None = None
) -> str:
    read: BookRead | None = None
    try:
        read = imports().columns(actor(), header.id, **ways)
    except ImportRefused as refusal:
        if not faults.found:
            note(faults, refusal, _inputs({}))
    book = book_of(read.regime) if read is not None else None
    used = chosen or (dict(read.columns) if read is not None else {})
    faults.put_in_order((*_WAYS, *(PREFIX + name for name in (book.columns if book is not None else ()))))
    return render_template(
        "import_columns.html",
        header=header,
        read=read,
        book=book,
        titles=column_titles(book) if book is not None else {},
        chosen=used,
        filled=[name for name, heading in used.items() if heading],
        listed=listed,
        titled=titles_of(book),
        ways=ways,
        faults=faults,
        regimes={name: regime_title(name) for name in imports().regimes()},
        encodings={name: display.words(title) for name, title in ENCODINGS.items()},
        sheets={name: cell(name) for name in (read.sheet_names or (read.sheet_name,))} if read is not None else {},
        cell=cell,
        sample=sample,
    )
