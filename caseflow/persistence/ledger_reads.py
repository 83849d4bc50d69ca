"""Long reads of the ledger: rows through a cursor on the server, sums by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from psycopg.rows import args_row
from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Line
from caseflow.domain.ledger.figures import MonthlyMove, Opened
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.services.ports.ledger_reads import LedgerRow, Office

ROWS_A_FETCH = 2_000

_COUNT = text("""
select count(*) from transfer t
 where t.office_id = :office_id and t.line = :line and t.booked_on >= coalesce(:since, '-infinity'::date)
   and t.booked_on <= :until
""")
# An entry's legs share the moment of posting and the key, so they stand together whatever was posted beside them.
_ROWS = """
select t.key, t.leg, t.operation, d.code, c.code, t.amount_fen, t.booked_on, t.value_on, t.at, n.number, t.document,
       t.reason, r.key, r.leg, s.name_en, s.name_zh
  from transfer t join account d on d.id = t.debit_id join account c on c.id = t.credit_id
       left join cases n on n.id = t.case_id left join transfer r on r.id = t.reverses_id
       left join staff s on s.id = t.actor_id
 where t.office_id = %(office_id)s and t.line = %(line)s and t.booked_on >= coalesce(%(since)s, '-infinity'::date)
   and t.booked_on <= %(until)s
 order by t.booked_on, t.at, t.key collate "C", t.leg
"""
_MOVES = text("""
select date_trunc('month', t.booked_on)::date as month, t.debit_id, t.credit_id, sum(t.amount_fen)::bigint as amount_fen
  from transfer t
 where t.office_id = :office_id and t.line = :line and t.booked_on between :since and :until
 group by 1, 2, 3
""")
_APPROPRIATIONS = text("""
select year, serial, purpose, quota_id, committed_id from appropriation
 where office_id = :office_id and year = :year order by serial
""")


class LedgerReads:
    """Fulfils :class:`caseflow.services.ports.ledger_reads.LedgerReadStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offices(self) -> Sequence[Office]:
        """Return every office, by code."""
        rows = self._connection.execute(text("select id, code, title_en, title_zh from office order by code"))
        return [Office(row.id, row.code, Words(row.title_en, row.title_zh)) for row in rows]

    def count_rows(self, office_id: int, line: Line, since: date | None, until: date) -> int:
        """Count the transfers of a line booked from ``since`` up to and including ``until``."""
        counted: int = self._connection.execute(_COUNT, _asked(office_id, line, since, until)).scalar_one()
        return counted

    def rows(self, office_id: int, line: Line, since: date | None, until: date) -> Iterator[LedgerRow]:
        """Yield these transfers by day, entry and leg; memory does not grow with their number."""
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor(name="ledger_rows", row_factory=args_row(LedgerRow)) as cursor:
            cursor.itersize = ROWS_A_FETCH
            cursor.execute(_ROWS, _asked(office_id, line, since, until))
            yield from cursor

    def record_export(self, event: AuditEvent) -> None:
        """Write the audit event of an export."""
        audit.write(self._connection, event)

    def moves_by_month(self, office_id: int, line: Line, since: date, until: date) -> Sequence[MonthlyMove]:
        """Return the sums moved between each two accounts of a line, by month."""
        rows = self._connection.execute(_MOVES, _asked(office_id, line, since, until))
        return [MonthlyMove(*row) for row in rows]

    def appropriations(self, office_id: int, year: int) -> Sequence[Opened]:
        """Return the appropriations of a year, by number."""
        rows = self._connection.execute(_APPROPRIATIONS, {"office_id": office_id, "year": year})
        return [Opened(f"{row.year}-{row.serial:03d}", row.purpose, row.quota_id, row.committed_id) for row in rows]


def _asked(office_id: int, line: Line, since: date | None, until: date) -> dict[str, Any]:
    return {"office_id": office_id, "line": line.value, "since": since, "until": until}
