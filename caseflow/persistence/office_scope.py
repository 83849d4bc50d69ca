"""For whom this thread of work asks the database, and connections that say so at the start of every transaction.

The policies of migration 0032 compare every row with the setting ``caseflow.office``. It is set with ``set local``,
in the same message as ``begin``: it costs no round trip, ends with the transaction, and so nothing of one user is left
on a connection for the next, in our own pool or in a transaction pooler (reliability.md, 1.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from caseflow.services.ports import Store, UnitOfWork
from caseflow.services.ports.scope import NOBODY, SYSTEM, Beyond, Scope

SETTING: Final = "caseflow.office"
# A process that is not the web face works for every office; the web face says for each request whom it works for.
_SCOPE: ContextVar[Scope] = ContextVar("caseflow_office_scope", default=SYSTEM)


def scope_now() -> Scope:
    """Return for whom the database is asked now."""
    return _SCOPE.get()


def set_scope(scope: Scope) -> Scope:
    """Ask for ``scope`` from now on; return the scope until now, for who must put it back. Prefer a block."""
    before = _SCOPE.get()
    _SCOPE.set(scope)
    return before


@contextmanager
def acting_for(scope: Scope) -> Iterator[None]:
    """Ask for ``scope`` until the block ends; transactions begun before keep what they began with."""
    before = set_scope(scope)
    try:
        yield
    finally:
        _SCOPE.set(before)


def setting_of(scope: Scope) -> str:
    """Return what the database's setting holds for a scope. Raises ``ValueError`` for an id that none can be."""
    if isinstance(scope, Beyond):
        return scope.value
    if scope <= 0:
        message = f"no office has the id {scope}"
        raise ValueError(message)
    return str(int(scope))


class ContextScope:
    """Fulfils :class:`caseflow.services.ports.scope.OfficeScope` on the context of the running request or job."""

    acting_for = staticmethod(acting_for)
    now = staticmethod(scope_now)


class SystemStore:
    """A store whose units of work see every office, whoever acts.

    For what must look before it is known who acts (signing in, who is signed in) and for what counts and shows no row
    (the health of the background work).
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a transaction for every office."""
        with acting_for(SYSTEM), self._store.begin() as work:
            yield work

    @contextmanager
    def snapshot(self) -> Iterator[UnitOfWork]:
        """Open a transaction for reading that sees every office as it is now."""
        with acting_for(SYSTEM), self._store.snapshot() as work:
            yield work

    @contextmanager
    def each_alone(self) -> Iterator[UnitOfWork]:
        """Open a block of single statements for every office."""
        with acting_for(SYSTEM), self._store.each_alone() as work:
            yield work


__all__ = [
    "NOBODY",
    "SETTING",
    "SYSTEM",
    "ContextScope",
    "Scope",
    "SystemStore",
    "acting_for",
    "scope_now",
    "set_scope",
    "setting_of",
]
