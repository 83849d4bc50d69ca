"""What every use case of an import works with, and what an import looks like from outside."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.imports import Fate, Phase, Totals
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.services.case_imports.plans import BookRead, ImportHeader, ImportRefused, NoSuchImport
from caseflow.services.imported_history import ImportedHistory
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.case_imports import ImportWake, StoredImport
from caseflow.services.ports.casebooks import BookReader
from caseflow.services.ports.files import FileSeal
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.rulebook import Rulebook

# Told after every so many rows: what is done, how far, of how many.
Told = Callable[[Phase, int, int], None]
TOLD_EVERY_ROWS = 250


def untold(_phase: Phase, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class ImportDesk:
    """The tools. ``wake`` None: nobody waits in the background to be told, and the timetable finds the work."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    reader: BookReader
    cipher: FieldCipher
    files: FileSeal
    history: ImportedHistory
    wake: ImportWake | None = None

    def books(self, regime: str | None = None) -> Mapping[str, Definition]:
        """Return the definitions that say what an old casebook is, or the one of ``regime``.

        Raises :class:`ImportRefused` where that one has none.
        """
        found = {name: one for name, one in self.rulebook.definitions.items() if one.old_book is not None}
        if regime is None:
            return found
        if regime not in found:
            names = ", ".join(sorted(found)) or "-"
            words = Words(
                f"No casebook of the regime “{regime}” can be imported; these can: {names}.",
                f"不能导入“{regime}”的台账；可以导入：{names}。",
            )
            raise ImportRefused(("regime", words))
        return {regime: found[regime]}

    def rules(self, definition: Definition) -> Rules:
        """Return what a case of today is judged by, without writing anything."""
        return Rules(definition, self.rulebook.law, self.rulebook.calendar, self.rulebook.calendar_version)

    @property
    def today(self) -> date:
        """The business date."""
        return self.time.today()

    def event(
        self, actor: Actor, action: str, import_id: int | None, body: Mapping[str, Any], key: str | None = None
    ) -> AuditEvent:
        """Return the event of an act; what protects it from being done twice is the state of the import."""
        said = {**body, **({"import": import_id} if import_id is not None else {})}
        unique = f"{action}:{key or uuid.uuid4()}"
        return AuditEvent(unique, self.time.now(), actor.id, actor.office_id, action, body=said)

    def known_import(self, work: UnitOfWork, actor: Actor, import_id: int, *, locked: bool = False) -> StoredImport:
        """Return an import of the actor's office. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        check_permission(actor, Permission.IMPORT_CASES)
        found = work.case_imports.get(actor.office_id, import_id, locked=locked)
        if found is None:
            raise NoSuchImport(import_id)
        return found


def header_of(stored: StoredImport) -> ImportHeader:
    """Return an import as it is shown."""
    read = stored.read
    return ImportHeader(
        id=stored.id,
        name=stored.name,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        state=stored.state,
        regime=stored.regime,
        read=read_of(read) if read is not None else None,
        totals=Totals(**stored.totals),
        fates={Fate(name): count for name, count in stored.fates.items()},
        entered_by=stored.entered_by_en,
        entered_by_zh=stored.entered_by_zh,
        entered_at=stored.entered_at,
        committed_at=stored.committed_at,
        finished_at=stored.finished_at,
        good_rows_only=stored.good_rows_only,
        fault=stored.fault,
        file_kept=stored.finished_at is None,
    )


def read_of(kept: Mapping[str, Any]) -> BookRead:
    """Return how a file was read, from what was kept of it."""
    return BookRead(
        regime=kept["regime"],
        encoding=kept["encoding"],
        sheet_name=kept["sheet_name"],
        heading_row=kept["heading_row"],
        headings=tuple(kept["headings"]),
        columns=dict(kept["columns"]),
        unmapped=tuple(kept["unmapped"]),
        encoding_sure=kept["encoding_sure"],
        sheet_names=tuple(kept["sheet_names"]),
        # What was read before these were kept has none.
        sheets_passed_over=tuple(kept.get("sheets_passed_over", ())),
        unfilled=tuple(kept.get("unfilled", ())),
    )
