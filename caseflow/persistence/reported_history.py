"""Cases of old casebooks in PostgreSQL: written by COPY, whole and many at once, with every guard in force."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from caseflow.domain.clocks import clock_to_json
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence.ledger import Ledger, ledger_errors
from caseflow.persistence.ledger_sql import MONEY_COLUMNS
from caseflow.persistence.reminder_sql import ladder_columns
from caseflow.persistence.reported_history_sql import (
    AS_BEFORE,
    BY_INDEX,
    CALENDAR_VERSION,
    CLOCK_COLUMNS,
    EMPTY,
    EVENT_COLUMNS,
    OFFICERS,
    OPEN_LIST,
    PARTY_COLUMNS,
    RAISE_SERIALS,
    STAGED,
    TAKE_IDS,
    TAKEN_CASE,
    TAKEN_RECEIPT,
    WRITE,
    copy_into,
    staging_table,
)
from caseflow.persistence.staging import insert_many
from caseflow.services.ports.imported_history import Book, NumberReported, ReceiptList, ReportedCase

_NUMBERS: Mapping[str | None, str] = {
    "uq_cases_office_id_number": "case",
    "uq_cases_office_id_number_zh": "case",
    "uq_cases_idempotency_key": "case",
    "uq_audit_event_key": "case",
    "uq_receipt_office_id_number": "receipt",
}
_DATES = ("act_date", "opened_on", "filed_on", "decision_date", "served_on", "closed_on", "last_step_on")
Rows = Iterable[Sequence[Any]]


class ReportedHistories:
    """Fulfils :class:`caseflow.services.ports.imported_history.ReportedHistoryStore` on one connection."""

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger

    def officers(self, office_id: int) -> Sequence[int]:
        """Return the active officers of the office, by id."""
        return list(self._connection.execute(OFFICERS, {"office_id": office_id}).scalars())

    def take_ids(self, many: int) -> Sequence[tuple[int, int]]:
        """Take the ids of cases and of their parties beforehand, as pairs."""
        return [(row.case_id, row.party_id) for row in self._connection.execute(TAKE_IDS, {"many": many})]

    def raise_serials(self, office_id: int, regime: str, used: Mapping[int, int]) -> None:
        """See that no new case of a year gets a number up to the one given for it."""
        if used:
            parameters = {"office_id": office_id, "regime": regime, "years": [*used], "lasts": [*used.values()]}
            self._connection.execute(RAISE_SERIALS, parameters)

    def open_list(self, receipts: ReceiptList) -> ReceiptList:
        """Open the lot that the reported receipts stand in; return it with its id."""
        with self._numbers(lambda _: receipts.event.key.split(":", 2)[-1]):
            audit.write(self._connection, receipts.event)
        parameters = {
            "office_id": receipts.office_id,
            "title": receipts.title,
            "size": receipts.size,
            "day": receipts.on,
            "staff_id": receipts.event.actor_id,
            "event_key": receipts.event.key,
        }
        made: int = self._connection.execute(OPEN_LIST, parameters).scalar_one()
        return replace(receipts, id=made)

    def write(self, book: Book, cases: Sequence[ReportedCase], receipts: ReceiptList | None, first_no: int) -> None:
        """Write cases whole; see the port."""
        # The ledger may look up its accounts, which nobody can while a COPY runs.
        transfers = [*self._transfers(cases)]
        calendar_version: int = self._connection.execute(text(CALENDAR_VERSION)).scalar_one()
        driver: Any = self._connection.connection.driver_connection
        taken = partial(self._taken, cases)
        with ledger_errors(), self._numbers(taken), driver.cursor() as cursor:
            for name, columns in STAGED.items():
                cursor.execute(staging_table(name, columns))
            leaves = [case.event.leaf() for case in cases]
            insert_many(cursor, "audit_event", EVENT_COLUMNS, map(_event, cases, leaves))
            insert_many(cursor, "party", PARTY_COLUMNS, (_party(case) for case in cases), with_ids=True)
            _copy(cursor, copy_into("cases"), (_case(case) for case in cases))
            _copy(cursor, copy_into("step"), (row for one in zip(cases, leaves, strict=True) for row in _steps(*one)))
            _copy(cursor, copy_into("reported_case"), (_source(book, case) for case in cases))
            _copy(cursor, copy_into("transfer"), transfers)
            if receipts is not None:
                _copy(cursor, copy_into("receipt"), _receipts(receipts, cases, first_no))
            for statement in BY_INDEX:
                cursor.execute(statement)
            cursor.execute(WRITE)
            cursor.execute(AS_BEFORE)
            clocks = (row for case in cases for row in _clocks(case, calendar_version))
            insert_many(cursor, "clock", CLOCK_COLUMNS, clocks)
            cursor.execute(EMPTY)

    def _transfers(self, cases: Sequence[ReportedCase]) -> Iterator[Sequence[Any]]:
        for case in cases:
            for row in self._ledger.rows(case.transfers):
                yield (*row.values, case.history.case.id, row.transfer.seq)

    @contextmanager
    def _numbers(self, which: Callable[[str], str]) -> Iterator[None]:
        """Raise :class:`NumberReported` for a number that the office has already.

        PostgreSQL names no key of a table with row policies: ``which`` tells it, in a transaction that writes nothing.
        """
        try:
            yield
        except (IntegrityError, psycopg.IntegrityError) as error:
            cause = error.orig if isinstance(error, IntegrityError) else error
            clash = cause.diag.constraint_name if isinstance(cause, psycopg.errors.UniqueViolation) else None
            what = _NUMBERS.get(clash)
            if what is None:
                raise
            # Not to a savepoint: guards of the tables ask that all be of the transaction itself, not of a part of it.
            driver: Any = self._connection.connection.driver_connection
            driver.rollback()
            self._connection.execute(text("set transaction read only"))
            raise NumberReported(what, which(what)) from error

    def _taken(self, cases: Sequence[ReportedCase], what: str) -> str:
        """Return the first number of these cases, or of their receipts, that the office has; "" if none is seen."""
        parameters: dict[str, Any] = {"office_id": cases[0].history.case.office_id}
        if what == "receipt":
            statement = TAKEN_RECEIPT
            parameters["numbers"] = [case.receipt.number for case in cases if case.receipt is not None]
        else:
            statement = TAKEN_CASE
            parameters["numbers"] = [case.history.case.number for case in cases]
            parameters["numbers_zh"] = [case.number_zh for case in cases]
            parameters["keys"] = [case.event.key for case in cases]
        found: str | None = self._connection.execute(statement, parameters).scalar_one_or_none()
        return found or _twice(parameters["numbers"])


def _twice(numbers: Sequence[str]) -> str:
    return next((number for number, many in Counter(numbers).items() if many > 1), "")


def _copy(cursor: Any, statement: str, rows: Rows) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _event(case: ReportedCase, leaf: bytes) -> Sequence[Any]:
    one = case.event
    return (
        one.key, one.at, one.actor_id, one.office_id, one.action, case.history.case.id, one.seq, _json(one.body),
        leaf,
    )  # fmt: skip


def _party(case: ReportedCase) -> Sequence[Any]:
    kept, details = case.history.case, case.details
    return (
        kept.party_id, kept.office_id, kept.party_kind, details.name_sealed, details.name_index,
        details.contact_sealed, details.identity_sealed, details.identity_index, details.identity_index_old,
        details.address_sealed,
    )  # fmt: skip


def _case(case: ReportedCase) -> Sequence[Any]:
    kept, last = case.history.case, case.history.steps[-1]
    return (
        kept.id, kept.office_id, kept.number, case.number_zh, kept.regime, kept.definition_hash, kept.party_id,
        kept.owner_id, kept.second_officer_id, kept.state, kept.phase, last.waiting_for, kept.version,
        *(kept.dates.get(name) for name in _DATES), _json(kept.facts),
        *(getattr(kept.money, name) for name in MONEY_COLUMNS), last.next_due_on, last.next_clock, last.desk_role,
        case.event.key,
    )  # fmt: skip


def _steps(case: ReportedCase, leaf: bytes) -> Iterator[Sequence[Any]]:
    for seq, one in enumerate(case.history.steps, 1):
        yield (
            case.history.case.id, seq, one.trigger, one.from_state, one.to_state, case.event.actor_id, one.role.value,
            one.effective_on, one.business_date, _json(one.answers), _json(one.postings), _json(one.law),
            f"{case.event.key}:{seq}", leaf,
        )  # fmt: skip


def _source(book: Book, case: ReportedCase) -> Sequence[Any]:
    notes = [_words(note) for note in case.history.notes]
    undated = sorted(case.history.undated)
    return (case.history.case.id, book.import_id, book.file, case.row, undated, _json(notes), case.event.key)


def _receipts(receipts: ReceiptList, cases: Sequence[ReportedCase], first_no: int) -> Iterator[Sequence[Any]]:
    no = first_no
    for case in cases:
        one = case.receipt
        if one is None:
            continue
        yield (
            receipts.id, no, receipts.office_id, 1, receipts.size, no - 1 or None, one.number, case.history.case.id,
            one.seq, f"{case.event.key}:{one.seq}", one.principal_fen + one.charge_fen + one.held_fen,
            one.principal_fen, one.charge_fen, one.held_fen, case.details.name_sealed, one.on, case.event.actor_id,
            case.event.key,
        )  # fmt: skip
        no += 1


def _clocks(case: ReportedCase, calendar_version: int) -> Iterator[Sequence[Any]]:
    """Yield the clocks of a case. A ladder reckoned under an older calendar is left to be reckoned again."""
    for told in case.history.clocks:
        clock, kept = told.clock, told.clock.clock
        ladder = ladder_columns(told.rungs if clock.is_running else ())
        known = case.history.steps[-1].calendar_version >= calendar_version
        yield (
            case.history.case.id, clock.rule_id, clock.reckoning.binds, clock.status, told.started_seq,
            clock.reckoning.trigger_on, clock.due_on, clock.reckoning.provisional, clock.after_rule, kept.ended_on,
            told.ended_seq if kept.ended_on else None, _json(clock_to_json(kept)),
            _json(ladder["rungs"]) if known else None, ladder["next_rung_on"],
        )  # fmt: skip


def _words(words: Words) -> Mapping[str, str]:
    return {"en": words.en, "zh": words.zh}


# Made once: json.dumps makes an encoder a call, and there are twenty calls a case.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return JSON; most of what a step could say, an old casebook does not."""
    return _encode(value) if value else "{}" if isinstance(value, Mapping) else "[]"
