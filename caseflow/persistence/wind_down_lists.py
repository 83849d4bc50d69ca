"""The lists beside a wind-down's plan in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from caseflow.persistence import wind_down_lists_sql as sql
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports.wind_down import ClassCount, ReleasedScope
from caseflow.services.ports.wind_down_lists import Figure, FigureCase, FigureOf, Letter, LetterScope

_LONGEST_MONTH = timedelta(days=31)


class WindDownLists:
    """Fulfils :class:`caseflow.services.ports.wind_down_lists.WindDownListStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def waiting_since(self, office_id: int, case_ids: Sequence[int]) -> Mapping[int, date]:
        """Return for cases of the office the day of the step that led to the state in which each stands."""
        rows = self._connection.execute(text(sql.WAITING_SINCE), {"office_id": office_id, "ids": list(case_ids)})
        return {row.id: row.since for row in rows}

    def run_sums(self, office_id: int, run_id: int) -> list[ClassCount]:
        """Return the cases of a run by class and stage."""
        rows = self._connection.execute(text(sql.RUN_SUMS), {"office_id": office_id, "run_id": run_id})
        return [ClassCount(**row._asdict()) for row in rows]

    def letters_waiting(self, scope: LetterScope) -> dict[str, int]:
        """Return how many letters of each kind are not issued."""
        statement = text(sql.letters_waiting(of_run=scope.run_id is not None))
        return {row.kind: row.n for row in self._connection.execute(statement, _lettered(scope))}

    def letters(self, scope: LetterScope, *, case_ids: Sequence[int] | None, after: int, limit: int) -> list[Letter]:
        """Return letters that are not issued by case, beyond the case ``after``; of these cases, or of all."""
        statement = text(sql.letters(of_run=scope.run_id is not None, of_cases=case_ids is not None))
        parameters = {**_lettered(scope), "after": after, "limit": limit}
        if case_ids is not None:
            parameters["ids"] = list(case_ids)
        return [Letter(**self._names.named(row)) for row in self._connection.execute(statement, parameters)]

    def cases_behind(
        self, scope: ReleasedScope, figure: Figure, *, after: tuple[str, int] | None, limit: int
    ) -> list[FigureCase]:
        """Return the cases behind a figure in their order, from the key ``after`` on."""
        shown = sql.listing(figure.of, year=figure.year is not None, year_unknown=figure.year_unknown)
        states = {
            FigureOf.WITHDRAWAL: scope.withdrawn,
            FigureOf.DELISTING: scope.delisting,
            FigureOf.STOPPED: scope.stopped,
        }
        sort, beyond = after or ("", 0)
        parameters: dict[str, object] = {
            "office_id": scope.office_id,
            "regime": scope.regime,
            "listed_by": scope.wind_down.listed_by,
            "restricted_by": list(scope.wind_down.restricted_by),
            "measured_on": scope.wind_down.measured_on,
            "lifted_on": scope.wind_down.lifted_on,
            "states": list(states.get(figure.of, ())),
            "write_offs": list(scope.write_offs),
            "year": str(figure.year),
            "after_sort": sort,
            "after_id": beyond,
            "limit": limit,
            **_bounds(figure),
        }
        rows = self._connection.execute(text(sql.cases_behind(shown, after=after is not None)), parameters)
        return [FigureCase(**self._names.named(row)) for row in rows]


def _lettered(scope: LetterScope) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "office_id": scope.office_id,
        "regime": scope.regime,
        "states": list(scope.states),
        "kinds": list(scope.kinds),
        "begins": list(scope.begins),
    }
    return parameters if scope.run_id is None else {**parameters, "run_id": scope.run_id}


def _bounds(figure: Figure) -> dict[str, str | None]:
    """Return the first day of the figure's month and the first one after it; nothing for all months."""
    if figure.month is None:
        return {"first": None, "beyond": None}
    after = (figure.month + _LONGEST_MONTH).replace(day=1)
    return {"first": figure.month.isoformat(), "beyond": after.isoformat()}
