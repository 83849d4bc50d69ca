"""A copy of a kept file with what was found beside each row."""

from __future__ import annotations

from caseflow.domain.access import Actor
from caseflow.domain.casebook.imports import ImportState
from caseflow.domain.casebook.rows import JudgedRow
from caseflow.services.case_imports.desk import ImportDesk
from caseflow.services.case_imports.plans import Annotated, ImportMovedOn
from caseflow.services.case_imports.rows import opened_cells
from caseflow.services.case_imports.sheets import open_book
from caseflow.services.case_imports.work import ImportWork

_ALL_ROWS = 1 << 30
_MEDIA_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def annotated(desk: ImportDesk, actor: Actor, import_id: int) -> Annotated:
    """Return the copy in the actor's language, while the file is kept and its rows are judged.

    Raises ``NotPermitted``, ``NoSuchImport``, :class:`ImportMovedOn`.
    """
    with desk.store.begin() as work:
        stored = desk.known_import(work, actor, import_id)
        if stored.finished_at is not None or stored.state not in (ImportState.CHECKED, ImportState.COMMITTED):
            raise ImportMovedOn(stored.state)
        file = ImportWork(desk).kept_file(work, stored)
        rows = work.case_imports.rows(import_id, limit=_ALL_ROWS)
        opened = open_book(desk, file, lambda sha256: work.case_imports.columns(stored.office_id, sha256))
    judged = [
        JudgedRow(row.number, row.case_number, row.grade, opened_cells(desk, import_id, row)[1], None) for row in rows
    ]
    content = desk.reader.annotated(file.content, file.name, opened.sheet, judged, actor.locale)
    stem, _, ending = stored.name.rpartition(".")
    mark = "-checked" if actor.locale == "en" else "-核对"
    name = f"{stem}{mark}.{ending}" if stem else f"{stored.name}{mark}"
    return Annotated(name, content, _MEDIA_TYPES.get(ending.lower(), "text/csv"))
