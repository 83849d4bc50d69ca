"""The wind-down in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.wind_down_classes import Standing, WindDown
from caseflow.persistence import audit
from caseflow.persistence import wind_down_sql as sql
from caseflow.persistence.errors import named_errors
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports.wind_down import (
    ClassCount,
    ClassifiedRow,
    ListedSince,
    NewRun,
    PaidCase,
    PlanScope,
    ReleasedFigures,
    ReleasedMonth,
    ReleasedScope,
    Run,
    RunCase,
    RunOutcome,
)

_BEYOND = 2**62
_KEYS = frozenset({"uq_wind_down_run_key", "uq_audit_event_key"})


class WindDownDesk:
    """Fulfils :class:`caseflow.services.ports.wind_down.WindDownStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def counts(self, scope: PlanScope) -> list[ClassCount]:
        """Count the open cases of each rule."""
        found = []
        for row in self._connection.execute(text(sql.COUNTS), _scoped(scope)):
            rule = scope.wind_down.rules[row.rule]
            found.append(ClassCount(rule.name, rule.stage, row.cases, row.begun, row.outstanding_fen, row.paid_fen))
        return found

    def rows(self, scope: PlanScope, *, after: int | None, limit: int) -> list[ClassifiedRow]:
        """Return classified cases in the order of their ids, beyond the id ``after``."""
        parameters = {**_scoped(scope), "states": scope.states, "after": after or 0, "limit": limit}
        return [ClassifiedRow(**self._names.named(row)) for row in self._connection.execute(text(sql.ROWS), parameters)]

    def rows_of(self, scope: PlanScope, case_ids: Sequence[int]) -> list[ClassifiedRow]:
        """Return these cases of the office that have a class."""
        parameters = {**_scoped(scope), "ids": list(case_ids)}
        return [
            ClassifiedRow(**self._names.named(row)) for row in self._connection.execute(text(sql.ROWS_OF), parameters)
        ]

    def add_run(self, new: NewRun, wind_down: WindDown, event: AuditEvent) -> int:
        """Keep a run and its cases; return its id. Raises ``AlreadyWritten`` for a used key."""
        rules = wind_down.rules
        cases = [
            {"position": no, "case_id": row.id, "class": rules[row.rule].name, "stage": rules[row.rule].stage}
            for no, row in enumerate(new.cases, start=1)
        ]
        parameters = {
            "office_id": new.office_id,
            "regime": new.regime,
            "reason": new.reason,
            "day": new.day,
            "classes": list(new.classes),
            "case_count": len(cases),
            "prepared_by": event.actor_id,
            "key": new.key,
        }
        with named_errors(_KEYS):
            added: int = self._connection.execute(text(sql.ADD_RUN), parameters).scalar_one()
            self._connection.execute(text(sql.ADD_RUN_CASES), {"run_id": added, "cases": json.dumps(cases)})
            audit.write(self._connection, event)
        return added

    def run_by_key(self, office_id: int, key: str) -> int | None:
        """Return the run kept under an idempotency key."""
        statement = "select id from wind_down_run where office_id = :office_id and key = :key"
        found: int | None = self._connection.execute(
            text(statement), {"office_id": office_id, "key": key}
        ).scalar_one_or_none()
        return found

    def decide(self, office_id: int, run_id: int, *, paper: str, refused_for: str, event: AuditEvent) -> bool:
        """Approve a prepared run, or refuse it for a reason; False where somebody decided before."""
        parameters = {
            "id": run_id,
            "office_id": office_id,
            "status": "refused" if refused_for else "approved",
            "decided_by": event.actor_id,
            "paper": paper,
            "reason": refused_for,
        }
        if self._connection.execute(text(sql.DECIDE), parameters).one_or_none() is None:
            return False
        audit.write(self._connection, event)
        return True

    def ask_on(self, office_id: int, run_id: int, event: AuditEvent) -> None:
        """Have an approved run try again what is not done."""
        asked = self._connection.execute(text(sql.ASK_ON), {"id": run_id, "office_id": office_id})
        if asked.one_or_none() is not None:
            audit.write(self._connection, event)

    def run(self, office_id: int, run_id: int) -> Run | None:
        """Return a run of the office."""
        parameters = {"office_id": office_id, "id": run_id}
        row = self._connection.execute(text(sql.RUN + " and r.id = :id"), parameters).one_or_none()
        return None if row is None else Run(**row._asdict())

    def runs(self, office_id: int, *, before_id: int | None, limit: int) -> list[Run]:
        """Return runs of the office, newest first."""
        statement = sql.RUN + " and r.id < :before order by r.id desc limit :limit"
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [Run(**row._asdict()) for row in self._connection.execute(text(statement), parameters)]

    def run_cases(self, run_id: int, *, outcomes: Sequence[str], after: int, limit: int) -> list[RunCase]:
        """Return cases of a run with one of these outcomes, by position, beyond ``after``."""
        parameters = {"run_id": run_id, "outcomes": list(outcomes), "after": after, "limit": limit}
        return [RunCase(**row._asdict()) for row in self._connection.execute(text(sql.RUN_CASES), parameters)]

    def stages_of(self, run_id: int) -> list[tuple[str, str, int]]:
        """Return (class, stage, number of cases) of a run."""
        found = self._connection.execute(text(sql.STAGES_OF), {"run_id": run_id})
        return [(row.name, row.stage, row.n) for row in found]

    def stages_owing(self, run_id: int) -> list[tuple[str, str, int]]:
        """Return (class, stage, number of cases) of those cases of a run that still owe anything."""
        found = self._connection.execute(text(sql.STAGES_OWING), {"run_id": run_id})
        return [(row.name, row.stage, row.n) for row in found]

    def paid_in(self, run_id: int) -> list[PaidCase]:
        """Return the cases of a run on which money was paid and not refunded."""
        rows = self._connection.execute(text(sql.PAID_IN), {"run_id": run_id})
        return [PaidCase(**row._asdict()) for row in rows]

    def in_hand(self, case_ids: Sequence[int]) -> set[int]:
        """Return those of these cases that another run, not refused, still has in hand."""
        return set(self._connection.execute(text(sql.IN_HAND), {"ids": list(case_ids)}).scalars())

    def busy_runs(self, *, limit: int) -> list[tuple[int, int]]:
        """Return (office, run) of approved runs with cases to try, oldest first."""
        found = self._connection.execute(text(sql.BUSY_RUNS), {"limit": limit})
        return [(row.office_id, row.id) for row in found]

    def claim(self, run_id: int, *, most: int) -> list[RunCase]:
        """Lock the next cases to try until the transaction ends, passing over those that others hold."""
        found = self._connection.execute(text(sql.CLAIM), {"run_id": run_id, "most": most})
        return [RunCase(**row._asdict()) for row in found]

    def taken_by(self, prefix: str, case_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return for each case how many steps were taken under keys that begin with ``prefix``, and the last one."""
        found = self._connection.execute(text(sql.TAKEN), {"prefix": prefix, "ids": list(case_ids)})
        return {row.case_id: (row.steps, row.seq) for row in found}

    def papers_begun(self, prefix: str, case_ids: Sequence[int]) -> dict[int, list[str]]:
        """Return for each case the documents of which drafts were begun under keys that begin with ``prefix``."""
        found: dict[int, list[str]] = {}
        for row in self._connection.execute(text(sql.BEGUN), {"prefix": prefix, "ids": list(case_ids)}):
            found.setdefault(row.case_id, []).append(row.kind)
        return found

    def note_outcomes(self, run_id: int, outcomes: Sequence[RunOutcome], event: AuditEvent) -> None:
        """Write what came of claimed cases."""
        told = json.dumps([asdict(one) for one in outcomes], ensure_ascii=False)
        self._connection.execute(text(sql.NOTE_OUTCOMES), {"run_id": run_id, "outcomes": told})
        audit.write(self._connection, event)

    def released(self, scope: ReleasedScope) -> ReleasedFigures:
        """Return how many are listed, since when, and what was released month by month."""
        down = scope.wind_down
        parameters: dict[str, Any] = {
            "office_id": scope.office_id,
            "regimes": [scope.regime],
            "measured_on": down.measured_on,
            "listed_by": down.listed_by,
            "lifted_on": down.lifted_on,
            "restricted_by": list(down.restricted_by),
            "write_offs": list(scope.write_offs),
            "states": [*scope.withdrawn, *scope.delisting, *scope.stopped],
        }
        now = {row.state: row for row in self._connection.execute(text(sql.NOW), parameters)}
        listed = self._connection.execute(text(sql.LISTED), parameters)
        months = self._connection.execute(text(sql.MONTHS), parameters)
        stopped = [now[state] for state in scope.stopped if state in now]
        return ReleasedFigures(
            listed=[ListedSince(**row._asdict()) for row in listed],
            otherwise_limited=self._connection.execute(text(sql.LIMITED), parameters).scalar_one(),
            months=[ReleasedMonth(**row._asdict()) for row in months],
            waiting_withdrawal=sum(now[state].cases for state in scope.withdrawn if state in now),
            waiting_delisting=sum(now[state].cases for state in scope.delisting if state in now),
            stopped_fen=sum(row.outstanding_fen for row in stopped),
            stopped_cases=sum(row.cases for row in stopped if row.outstanding_fen),
        )

    def default_login(self, role: str) -> str | None:
        """Return who acts as ``role`` where nobody is named and there is one office."""
        found: str | None = self._connection.execute(text(sql.DEFAULT_LOGIN), {"role": role}).scalar_one_or_none()
        return found


def _scoped(scope: PlanScope) -> dict[str, Any]:
    down, rules = scope.wind_down, set(scope.rules)
    keys = {_key(standing): rule for standing, rule in down.standings if rule in rules}
    return {
        "office_id": scope.office_id,
        "regime": scope.regime,
        "rules": json.dumps(keys),
        "begun": scope.chosen.begun,
        "winding": list(scope.winding),
        "begins": list(down.begins),
        "begun_with": down.begun_with,
        "restricting": [json.dumps({name: True}) for name in down.restricted_by],
        "measured_on": down.measured_on,
        "applied_on": down.applied_on,
        "lifted_on": down.lifted_on,
    }


def _key(standing: Standing) -> str:
    """Return what the statement makes of a standing."""
    told = (standing.listed, standing.was_listed, standing.applied)
    return "|".join((standing.origin, standing.paid, *("t" if one else "f" for one in told)))
