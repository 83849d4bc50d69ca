"""A store whose units of work share one transaction: everything that is written is kept, or nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection, Engine, text

from caseflow.persistence.ledger import AccountIds
from caseflow.persistence.unit_of_work import SqlUnitOfWork
from caseflow.services.ports.privacy import FieldCipher

_LOADING = 7_224_001


class OneTransactionStore:
    """Fulfils :class:`caseflow.services.ports.Store` on one connection.

    For loading a training county: half a county is of no use, and a thousand commits take a disk a long time. An
    error in any unit must end the whole.
    """

    def __init__(self, connection: Connection, cipher: FieldCipher) -> None:
        self._connection = connection
        self._cipher = cipher
        self._account_ids: AccountIds = {}

    @classmethod
    @contextmanager
    def open(cls, engine: Engine, cipher: FieldCipher) -> Iterator[OneTransactionStore]:
        """Yield a store that commits when the block ends well; only one process at a time loads into a database."""
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOADING})
            yield cls(connection, cipher)

    @contextmanager
    def begin(self) -> Iterator[SqlUnitOfWork]:
        """Open a unit of work within the one transaction."""
        yield _Part(self._connection, self._account_ids, self._cipher)

    @contextmanager
    def snapshot(self) -> Iterator[SqlUnitOfWork]:
        """Open a unit of work within the one transaction, which nobody else writes in anyway."""
        yield _Part(self._connection, self._account_ids, self._cipher)

    @contextmanager
    def each_alone(self) -> Iterator[SqlUnitOfWork]:
        """Open a block within the one transaction too: its statements see what was written before them."""
        yield _Part(self._connection, self._account_ids, self._cipher)

    def has_staff(self) -> bool:
        """Tell whether anybody works here yet."""
        found: bool = self._connection.execute(text("select exists (select from staff)")).scalar_one()
        return found

    def read_notices_before(self, day: date) -> None:
        """Mark the notices of steps before ``day`` as read, as staff at work would have."""
        self._connection.execute(
            text(
                "update inbox i set read_at = clock_timestamp() from step s "
                "where i.key = 'step:' || s.idempotency_key and s.business_date < :day and i.read_at is null"
            ),
            {"day": day},
        )


class _Part(SqlUnitOfWork):
    def commit(self) -> None:
        """Leave the commit to the whole."""
        self.ledger.keep_account_ids()
