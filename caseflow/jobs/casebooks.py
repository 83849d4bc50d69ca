"""Sees that imports of casebooks are worked on: a worker is told, and where none can be, a thread does it here."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread

import structlog

from caseflow.services.case_imports import CaseImports

log = structlog.get_logger(__name__)


class ImportRound:
    """A round of the timetable. ``wake`` asks a worker and tells whether the queue took it; None: there is none."""

    def __init__(
        self, imports: Callable[[], CaseImports], waits: Callable[[], bool], wake: Callable[[], bool] | None
    ) -> None:
        self._imports, self._waits, self._wake = imports, waits, wake
        self._thread: Thread | None = None

    def look(self) -> int:
        """See that what waits is taken up; return 1 where somebody was told or began."""
        if self._thread is not None and self._thread.is_alive():
            return 0
        if not self._waits():
            return 0
        if self._wake is not None and self._wake():
            return 1
        # An import of a large book takes minutes, and no notice should wait for it.
        self._thread = Thread(target=copy_context().run, args=(self._work,), name="imports", daemon=True)
        self._thread.start()
        return 1

    def _work(self) -> None:
        try:
            self._imports().work_waiting()
        except Exception:
            log.exception("imports.failed")
