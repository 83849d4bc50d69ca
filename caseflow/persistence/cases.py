"""Cases in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, text

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case, CaseClock, CaseDates, StepTaken
from caseflow.domain.clocks import clock_from_json, clock_to_json
from caseflow.domain.issued import IssuedFor, prepared, unissued, unwritten
from caseflow.domain.ledger import Money
from caseflow.domain.referral_marks import ReferralMark
from caseflow.domain.served import Attempt
from caseflow.domain.stepping import StepOutcome
from caseflow.persistence.case_sql import LOAD_CASE, LOAD_CASES, StepParts, write_step
from caseflow.persistence.errors import named_errors
from caseflow.persistence.ledger import Ledger, json_rows, ledger_errors
from caseflow.persistence.ledger_sql import MONEY_COLUMNS
from caseflow.persistence.receipts import receipt_errors, receipt_parameters
from caseflow.persistence.reminder_sql import ladder_columns
from caseflow.persistence.service_sql import service_parameters
from caseflow.services.ports import LastMove, NewCase, OutboxMessage, Saved, StepMoney

_DATE_COLUMNS = ("act_date", "filed_on", "decision_date", "served_on")


class Cases:
    """Fulfils :class:`caseflow.services.ports.CaseStore` on one connection."""

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger

    def load(self, case_id: int) -> Case | None:
        """Return the case with its clocks, history and documents, or ``None``."""
        row = _fetch(self._connection, LOAD_CASE, {"case_id": case_id})
        return None if row is None else _case(row)

    def load_many(self, case_ids: Sequence[int]) -> dict[int, Case]:
        """Return the cases of these ids, by id."""
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            rows = cursor.execute(LOAD_CASES, {"case_ids": list(case_ids)}, prepare=True).fetchall()
        return {row.id: _case(row) for row in rows}

    def open(self, new: NewCase, event: AuditEvent, message: OutboxMessage) -> int:
        """Write party, case, first step, clocks, audit event and outbox row in one statement; return the case id.

        Raises ``AlreadyWritten`` when a request with the same key was written meanwhile.
        """
        parameters = {
            **_step_parameters(new.outcome, new.owner_id, new.idempotency_key, new.request_hash),
            **_event_parameters(event),
            **_message_parameters(message),
            "office_id": new.office_id,
            "number": new.number,
            "number_zh": new.number_zh,
            "regime": new.regime,
            "definition_hash": new.definition_hash,
            "party_kind": new.party_kind,
            "party_id": new.party_id,
            **asdict(new.party),
            "owner_id": new.owner_id,
            "second_officer_id": new.second_officer_id,
        }
        with named_errors():
            case_id: int = _fetch(self._connection, _statement(new.outcome, StepMoney(), opening=True), parameters).id
        return case_id

    def save_step(
        self,
        case: Case,
        outcome: StepOutcome,
        *,
        idempotency_key: str,
        request_hash: bytes,
        event: AuditEvent,
        message: OutboxMessage,
        moved: StepMoney,
    ) -> bool:
        """Write one step if the case still stands where it was read; return whether it did.

        Raises ``AlreadyWritten`` when a request with the same key was written meanwhile, ``LedgerRefused`` and
        ``NumberTaken``.
        """
        parameters = {
            **_step_parameters(outcome, event.actor_id, idempotency_key, request_hash),
            **_event_parameters(event),
            **_message_parameters(message),
            "case_id": case.id,
            "version": case.version,
            "row_version": case.row_version,
            "transfers": json_rows(self._ledger.rows(moved.transfers)) if moved.transfers else None,
            **({} if moved.receipt is None else receipt_parameters(moved.receipt)),
        }
        statement = _statement(outcome, moved, opening=False)
        with named_errors(), ledger_errors(), receipt_errors():
            return _fetch(self._connection, statement, parameters) is not None

    def saved(self, idempotency_key: str) -> Saved | None:
        """Return the step an earlier request with this key wrote."""
        row = self._connection.execute(
            text("select case_id, seq, request_hash from step where idempotency_key = :key"),
            {"key": idempotency_key},
        ).one_or_none()
        return None if row is None else Saved(row.case_id, row.seq, bytes(row.request_hash))

    def last_move(self, case_id: int) -> LastMove | None:
        """Return the newest step with its actor's name."""
        row = self._connection.execute(
            text(
                "select s.trigger, s.to_state, a.name_en, a.name_zh, s.taken_at from step s "
                "join staff a on a.id = s.actor_id where s.case_id = :id order by s.seq desc limit 1"
            ),
            {"id": case_id},
        ).one_or_none()
        return None if row is None else LastMove(row.trigger, row.to_state, row.name_en, row.name_zh, row.taken_at)

    def next_serial(self, office_id: int, regime: str, year: int) -> int:
        """Take the next number of the year; a rollback gives it back, so there are no gaps."""
        serial: int = self._connection.execute(
            text(
                "insert into case_serial (office_id, regime, year, last) values (:office, :regime, :year, 1) "
                "on conflict (office_id, regime, year) do update set last = case_serial.last + 1 returning last"
            ),
            {"office": office_id, "regime": regime, "year": year},
        ).scalar_one()
        return serial


def _statement(outcome: StepOutcome, money: StepMoney, *, opening: bool) -> str:
    parts = StepParts(
        opening=opening,
        changed=bool(outcome.changed),
        started=bool(outcome.started),
        documents=bool(outcome.documents),
        transfers=bool(money.transfers),
        receipt=money.receipt is not None,
        service=outcome.service is not None,
        referral=None if outcome.referral is None else outcome.referral.act,
    )
    return write_step(parts)


def _fetch(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> Any:
    """Return the only row, straight from psycopg: SQLAlchemy's result layer costs as much again on these two."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchone()


def _case(row: Any) -> Case:
    history = tuple(_loaded_step(line) for line in row.history)
    made = [_made(line) for line in row.documents]
    issued = [_issued_for(line) for line in row.papers]
    return Case(
        id=row.id,
        office_id=row.office_id,
        number=row.number,
        regime=row.regime,
        definition_hash=row.definition_hash,
        party_id=row.party_id,
        party_kind=row.party_kind,
        owner_id=row.owner_id,
        second_officer_id=row.second_officer_id,
        state=row.state,
        phase=row.phase,
        version=row.version,
        row_version=row.row_version,
        dates=CaseDates(
            opened_on=row.opened_on,
            act_date=row.act_date,
            filed_on=row.filed_on,
            decision_date=row.decision_date,
            served_on=row.served_on,
            last_step_on=row.last_step_on,
            closed_on=row.closed_on,
        ),
        money=Money(**{name: getattr(row, name) for name in MONEY_COLUMNS}),
        facts=row.facts,
        clocks=tuple(_loaded_clock(line) for line in row.clocks),
        history=history,
        documents=frozenset(kind for kind, _ in made),
        served=frozenset(row.served),
        attempts=tuple(_loaded_attempt(line) for line in row.attempts),
        unissued=unissued(made, issued, history) if made else frozenset(),
        unwritten=unwritten(made, issued, history) if made else frozenset(),
        issued_at={one.kind: one.case_seq for one in sorted(issued, key=lambda one: one.case_seq)},
        prepared=prepared(made, issued, history, row.version) if issued else frozenset(),
        recused=frozenset(row.recused),
    )


def _made(line: str) -> tuple[str, int]:
    seq, kind = line.split(" ", 1)
    return kind, int(seq)


def _issued_for(line: str) -> IssuedFor:
    case_seq, made_seq, kind = line.split(" ", 2)
    return IssuedFor(kind, int(made_seq) or None, int(case_seq))


def _loaded_clock(line: str) -> CaseClock:
    clock_id, after_rule, record = line.split(" ", 2)
    return CaseClock(clock_from_json(json.loads(record)), int(clock_id), after_rule or None)


def _loaded_step(line: str) -> StepTaken:
    seq, actor_id, trigger, to_state, role, *reported = line.split(" ")
    return StepTaken(int(seq), trigger, int(actor_id), to_state, bool(reported), Role(role))


def _loaded_attempt(line: str) -> Attempt:
    seq, attempted_on, result, document = line.split(" ")
    return Attempt(document, result, date.fromisoformat(attempted_on), int(seq))


def _step_parameters(
    outcome: StepOutcome, actor_id: int | None, idempotency_key: str, request_hash: bytes
) -> dict[str, Any]:
    return {
        "trigger": outcome.trigger,
        "from_state": outcome.from_state,
        "to_state": outcome.to_state,
        "phase": outcome.phase,
        "waiting_for": outcome.waiting_for,
        "actor_id": actor_id,
        "role": outcome.role.value,
        "effective_on": outcome.effective_on,
        "business_date": outcome.business_date,
        "answers": _json(outcome.answers),
        "postings": _json(outcome.postings),
        "law": _json(outcome.law),
        "calendar_version": outcome.calendar_version,
        "facts": _json(outcome.facts),
        "documents": list(outcome.documents),
        "started": _json([{**_clock(clock, outcome), "after_rule": clock.after_rule} for clock in outcome.started]),
        "changed": _json([{**_clock(clock, outcome), "id": clock.id} for clock in outcome.changed]),
        "closed_on": outcome.closed_on,
        **{name: getattr(outcome.money, name) for name in MONEY_COLUMNS},
        "next_due_on": outcome.next_due_on,
        "next_clock": outcome.next_clock,
        "desk_role": outcome.desk_role,
        "floor_on": outcome.floor_on,
        "named_owner_id": outcome.owner_id,
        "named_second_id": outcome.second_officer_id,
        **_referral_parameters(outcome.referral),
        "idempotency_key": idempotency_key,
        "request_hash": request_hash,
        **{name: outcome.dates.get(name) for name in _DATE_COLUMNS},
        **({} if outcome.service is None else service_parameters(outcome.service)),
    }


def _clock(clock: CaseClock, outcome: StepOutcome) -> Mapping[str, Any]:
    ended_on = clock.clock.ended_on
    rungs = outcome.ladders.get(clock.rule_id, ()) if clock.is_running else ()
    return {
        "rule_id": clock.rule_id,
        "binds": clock.reckoning.binds,
        "status": clock.status,
        "trigger_on": clock.reckoning.trigger_on.isoformat(),
        "due_on": clock.due_on.isoformat(),
        "provisional": clock.reckoning.provisional,
        "closed_on": ended_on.isoformat() if ended_on else None,
        "record": clock_to_json(clock.clock),
        **ladder_columns(rungs),
    }


def _referral_parameters(mark: ReferralMark | None) -> dict[str, Any]:
    if mark is None:
        return {}
    return {
        "referral_decision_no": mark.decision_no,
        "referral_decision_seq": mark.decision_seq,
        "referral_court": mark.court,
    }


def _event_parameters(event: AuditEvent) -> dict[str, Any]:
    return {
        "event_key": event.key,
        "event_at": event.at,
        "event_actor_id": event.actor_id,
        "event_office_id": event.office_id,
        "event_action": event.action,
        "event_seq": event.seq,
        "event_body": _json(event.body),
        "event_leaf": event.leaf(),
    }


def _message_parameters(message: OutboxMessage) -> dict[str, Any]:
    return {
        "message_key": message.key,
        "message_kind": message.kind,
        "message_payload": _json(message.payload),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
