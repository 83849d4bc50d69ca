"""Samples in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Line
from caseflow.domain.sampling import Chosen, Item, Method
from caseflow.persistence import audit
from caseflow.persistence.audit_errors import audit_errors
from caseflow.persistence.auditing_sql import (
    ADD_ITEMS,
    ADD_SAMPLE,
    JUDGE,
    POPULATION,
    SAMPLE,
    SAMPLE_ITEMS,
    VERDICTS_WITH,
)
from caseflow.persistence.ledger_views import read_row
from caseflow.services.ports.auditing import NewSample, Population, Sample, SampleItem, Verdict

_BEYOND = 2**62


class Samples:
    """Fulfils :class:`caseflow.services.ports.auditing.SampleStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def horizon(self) -> int:
        """Return the number of the first transaction whose transfers may not be final yet."""
        found: int = self._connection.execute(
            text("select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)")
        ).scalar_one()
        return found

    def population(self, office_id: int, of: Population, below: int) -> Sequence[Item]:
        """Return the whole population, by id."""
        driver: Any = self._connection.connection.driver_connection
        parameters = {
            "office_id": office_id,
            "line": of.line.value,
            "operation": of.operation,
            "booked_from": of.booked_from,
            "booked_to": of.booked_to,
            "below": str(below),
        }
        with driver.cursor() as cursor:
            return sorted(map(Item._make, cursor.execute(POPULATION, parameters).fetchall()))

    def add(self, office_id: int, new: NewSample, event: AuditEvent) -> int:
        """Write a sample with its items; return its id."""
        of = new.population
        parameters = {
            "office_id": office_id,
            "key": new.key,
            "purpose": new.purpose,
            "line": of.line.value,
            "method": new.method.value,
            "operation": of.operation,
            "booked_from": of.booked_from,
            "booked_to": of.booked_to,
            "below": str(new.below),
            "population_count": new.population_count,
            "population_fen": new.population_fen,
            "size": new.size,
            "item_count": len(new.items),
            "seed": new.seed,
            "actor_id": event.actor_id,
            "drawn_on": new.drawn_on,
            "at": event.at,
        }
        items = [
            {"no": no, "id": one.id, "hits": one.hits, "certain": one.certain}
            for no, one in enumerate(new.items, start=1)
        ]
        with audit_errors():
            sample_id: int = self._connection.execute(ADD_SAMPLE, parameters).scalar_one()
            self._connection.execute(ADD_ITEMS, {"sample_id": sample_id, "items": json.dumps(items)})
            # What the database holds of the whole is told here and not at the commit.
            self._connection.execute(text("set constraints all immediate"))
            audit.write(self._connection, event)
        return sample_id

    def by_key(self, office_id: int, key: str) -> Sample | None:
        """Return the sample with this idempotency key."""
        return self._one(" and s.key = :key", {"office_id": office_id, "key": key})

    def get(self, office_id: int, sample_id: int) -> Sample | None:
        """Return a sample of the office."""
        return self._one(" and s.id = :id", {"office_id": office_id, "id": sample_id})

    def newest(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[Sample]:
        """Return samples, newest first."""
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        statement = SAMPLE + " and s.id < :before order by s.id desc limit :limit"
        return [_sample(row) for row in self._connection.execute(text(statement), parameters)]

    def items(self, sample_id: int) -> Sequence[SampleItem]:
        """Return the items of a sample, by number."""
        return [_item(row) for row in self._connection.execute(SAMPLE_ITEMS, {"sample_id": sample_id})]

    def chosen(self, sample_id: int) -> Sequence[Chosen]:
        """Return what the draw chose, by number."""
        statement = text("select transfer_id, hits, certain from sample_item where sample_id = :sample_id order by no")
        rows = self._connection.execute(statement, {"sample_id": sample_id})
        return [Chosen(row.transfer_id, row.hits, row.certain) for row in rows]

    def verdicts_with(self, key: str) -> Sequence[tuple[int, Verdict]]:
        """Return (sample id, verdict) of what was recorded under an idempotency key."""
        rows = self._connection.execute(VERDICTS_WITH, {"key": key})
        return [(row.sample_id, Verdict(row.no, row.verdict, row.note)) for row in rows]

    def judge(self, sample_id: int, key: str, verdicts: Sequence[Verdict], on: date, event: AuditEvent) -> None:
        """Record verdicts."""
        rows = [{"no": one.no, "verdict": one.verdict, "note": one.note} for one in verdicts]
        parameters = {
            "sample_id": sample_id,
            "key": key,
            "verdicts": json.dumps(rows, ensure_ascii=False),
            "actor_id": event.actor_id,
            "given_on": on,
            "at": event.at,
        }
        with audit_errors():
            self._connection.execute(JUDGE, parameters)
            audit.write(self._connection, event)

    def _one(self, condition: str, parameters: dict[str, Any]) -> Sample | None:
        row = self._connection.execute(text(SAMPLE + condition), parameters).one_or_none()
        return None if row is None else _sample(row)


def _sample(row: Any) -> Sample:
    known = row._asdict()
    of = Population(Line(known.pop("line")), known.pop("operation"), known.pop("booked_from"), known.pop("booked_to"))
    return Sample(**{**known, "population": of, "method": Method(known["method"])})


def _item(row: Any) -> SampleItem:
    known = row._asdict()
    own = {name: known.pop(name) for name in ("no", "hits", "certain", "finding_id", "finding_number")}
    given = [known.pop(name) for name in ("verdict", "note", "given_en", "given_zh", "given_on")]
    verdict = None if given[0] is None else Verdict(own["no"], *given)
    return SampleItem(**own, transfer=read_row(known), verdict=verdict)
