"""Exports of the ledger: one line of one office, in a format other programs read. Each is in the record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.ledger_reads import ExportFormat, Extract, Office

MOST_ROWS_OF_A_PAGE = 1_000_000
# Who takes income sees no spending, and who spends sees no income.
READERS: Mapping[Line, Permission] = {
    Line.INCOME: Permission.READ_LEDGER,
    Line.EXPENDITURE: Permission.READ_SPENDING,
}


@dataclass(frozen=True)
class ExportOrder:
    """What somebody asks to have: a line, a format, and the days from ``since`` (None: the first) to ``until``.

    ``until`` None or after the business date means the business date. ``locale`` (``en``, ``zh``) chooses the words.
    """

    line: Line
    format: str
    since: date | None = None
    until: date | None = None
    locale: str = "en"


@dataclass(frozen=True)
class Export:
    """A file on its way out: its name, its type, how many transfers it holds, and its bytes in pieces."""

    name: str
    media_type: str
    rows: int
    chunks: Iterator[bytes]


class ExportRefused(Exception):
    """The order cannot be carried out; nothing was read and nothing recorded."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


class OfficeUnknown(LookupError):
    """No office was named where there are several, or one that does not exist; holds the codes there are."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self.codes = codes
        super().__init__(", ".join(codes))


@dataclass(frozen=True)
class LedgerExports:
    """The use cases of exports; ``formats`` by name."""

    store: Store
    time: BusinessTime
    formats: Mapping[str, ExportFormat]

    @contextmanager
    def for_reader(self, actor: Actor, order: ExportOrder) -> Iterator[Export]:
        """Open an export of the actor's office; its pieces can be read inside the block.

        Raises ``NotPermitted`` and :class:`ExportRefused` (days the wrong way round, more than a million transfers).
        """
        check_permission(actor, READERS[order.line])
        with self.store.snapshot() as work:
            office = next(one for one in work.ledger_reads.offices() if one.id == actor.office_id)
            yield self._open(work, office, order, actor)

    @contextmanager
    def for_operator(self, office_code: str | None, order: ExportOrder) -> Iterator[Export]:
        """Open an export for whoever runs the server, of any length.

        Raises :class:`OfficeUnknown` and :class:`ExportRefused` (days the wrong way round).
        """
        with self.store.snapshot() as work:
            offices = work.ledger_reads.offices()
            wanted = [one for one in offices if office_code in (None, one.code)]
            if len(wanted) != 1:
                raise OfficeUnknown(tuple(one.code for one in offices))
            yield self._open(work, wanted[0], order, None)

    def _open(self, work: UnitOfWork, office: Office, order: ExportOrder, actor: Actor | None) -> Export:
        today = self.time.today()
        until = min(order.until or today, today)
        if order.since == date.min:
            # No day comes before it on which opening balances could stand: all days are asked for.
            order = replace(order, since=None)
        if order.since is not None and order.since > until:
            raise ExportRefused(_WRONG_WAY_ROUND, "since")
        rows = work.ledger_reads.count_rows(office.id, order.line, order.since, until)
        if actor is not None and rows > MOST_ROWS_OF_A_PAGE:
            raise ExportRefused(_too_many(rows, office, order), "since")
        self._record(office, replace(order, until=until), rows, actor)
        written = self.formats[order.format]
        return Export(
            name=f"{_stem(office, order, until)}.{written.suffix}",
            media_type=written.media_type,
            rows=rows,
            chunks=written.write(_extract(work, office, replace(order, until=until), until)),
        )

    def _record(self, office: Office, order: ExportOrder, rows: int, actor: Actor | None) -> None:
        # Every export is an event of its own: an export changes nothing that a repeated request could spoil, and the
        # record must tell how often the figures left the house.
        body = {
            "line": order.line.value,
            "format": order.format,
            "since": order.since.isoformat() if order.since else None,
            "until": order.until.isoformat() if order.until else None,
            "rows": rows,
            "by": "page" if actor else "command",
        }
        event = AuditEvent(
            f"export:{uuid.uuid4()}",
            self.time.now(),
            actor.id if actor else None,
            office.id,
            "ledger_exported",
            body=body,
        )
        with self.store.begin() as work:
            work.ledger_reads.record_export(event)
            work.commit()


def _extract(work: UnitOfWork, office: Office, order: ExportOrder, until: date) -> Extract:
    since = order.since
    return Extract(
        office=office,
        line=order.line,
        since=since,
        until=until,
        locale=order.locale,
        opening=work.ledger.trial_balance(office.id, order.line, since - timedelta(days=1)) if since else (),
        closing=work.ledger.trial_balance(office.id, order.line, until),
        rows=work.ledger_reads.rows(office.id, order.line, since, until),
    )


def _stem(office: Office, order: ExportOrder, until: date) -> str:
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in office.code)
    since = f"-{order.since.isoformat()}" if order.since else ""
    return f"caseflow-{plain}-{order.line.value}{since}-to-{until.isoformat()}"


_WRONG_WAY_ROUND = Words("The first day comes after the last one", "起始日晚于截止日")


def _too_many(rows: int, office: Office, order: ExportOrder) -> Words:
    command = f"caseflow ledger export --office {office.code} --line {order.line.value} --format {order.format}"
    return Words(
        f"These days hold {rows:,} transfers; a page hands out at most {MOST_ROWS_OF_A_PAGE:,}. Choose fewer days, "
        f"or have the operator of the server run: {command}",
        f"所选期间共有{rows:,}笔分录，页面一次最多导出{MOST_ROWS_OF_A_PAGE:,}笔。请缩短期间，或请服务器管理人员运行：{command}",
    )
