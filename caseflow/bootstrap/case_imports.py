"""The import of old casebooks, wired."""

from __future__ import annotations

from dataclasses import replace

from caseflow.adapters.casebooks import CasebookFiles
from caseflow.adapters.published_calendar import published_calendar
from caseflow.adapters.queue import RedisWake
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.file_room import build_file_room
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import Settings
from caseflow.persistence.office_scope import SystemStore
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.case_imports import CaseImports
from caseflow.services.case_imports.desk import ImportDesk
from caseflow.services.case_imports.work import ImportWork
from caseflow.services.imported_history import ImportedHistory
from caseflow.services.ports import BusinessTime, Wake
from caseflow.services.ports.files import FileRoom
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.rulebook import Rulebook


def build_case_imports(
    store: SqlStore,
    rules: Rulebook,
    clock: BusinessTime,
    room: FileRoom,
    cipher: FieldCipher,
    wake: Wake | None = None,
) -> CaseImports:
    """Wire the import of old casebooks; ``wake`` tells a worker of large files."""
    desk = ImportDesk(
        store=store,
        rulebook=rules,
        time=clock,
        reader=CasebookFiles(),
        cipher=cipher,
        files=room.seal,
        history=ImportedHistory(rules, clock, cipher),
        wake=wake if isinstance(wake, RedisWake) else None,
    )
    # A small file is worked on in the request that sent it, as a worker would. One statement writes cases with what
    # belongs to them, and a policy that looks for the case of a row does not find one of the same statement.
    return CaseImports(desk, ImportWork(replace(desk, store=SystemStore(store))))


def build_import_worker(settings: Settings, store: SqlStore | None = None) -> CaseImports:
    """Wire what a worker or the timetable needs to take imports up; reading the law takes a second.

    Raises ``ConfigurationError``.
    """
    cipher = build_field_cipher(settings)
    known = store or SqlStore(make_engine(database_address(settings), pool_size=1), cipher)
    clock = clock_of(known)
    rules = Rulebook(shipped_law(), published_calendar(), shipped_definitions(), shipped_chart())
    rules.follow(known)
    return build_case_imports(known, rules, clock, build_file_room(settings), cipher)
