"""What a case's page shows beside the case, in one statement: each list of it is what its own repository would read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, TextClause, text

from caseflow.persistence.case_file_sql import OF_CASE as FILES
from caseflow.persistence.case_files import NEWEST
from caseflow.persistence.reading_sql import OF_CASE as READINGS
from caseflow.persistence.reminder_sql import MARKS_OF_CASE
from caseflow.persistence.reminder_sql import OF_CASE as REMINDERS
from caseflow.persistence.reported_history_sql import SOURCE
from caseflow.persistence.service_sql import SERVICES
from caseflow.persistence.services_of_papers import LAST
from caseflow.persistence.substitution_sql import HELD
from caseflow.services.ports.case_beside import AskedBeside, Beside
from caseflow.services.ports.case_files import CaseFile
from caseflow.services.ports.imported_history import ReportedSource
from caseflow.services.ports.reading import Reading
from caseflow.services.ports.reminders import ClockMark, GivenReminder
from caseflow.services.ports.service import ServiceRecord
from caseflow.services.ports.substitutes import Substitution

_PARTS: Final[Mapping[str, tuple[TextClause, TypeAdapter[Any]]]] = {
    "stood_in": (HELD, TypeAdapter(list[Substitution])),
    "marks": (MARKS_OF_CASE, TypeAdapter(list[ClockMark])),
    "reminders": (REMINDERS, TypeAdapter(list[GivenReminder])),
    "services": (SERVICES, TypeAdapter(list[ServiceRecord])),
    "files": (FILES, TypeAdapter(list[CaseFile])),
    "readings": (READINGS, TypeAdapter(list[Reading])),
    "source": (SOURCE, TypeAdapter(list[ReportedSource])),
}


def _as_json(name: str, statement: TextClause) -> str:
    """Return a statement as a column of another; its parameters carry its name, so that none meets another's."""
    asked = re.sub(r"(?<!:):(\w+)", rf":{name}_\1", statement.text)
    # Both are constants of this package.
    return f"(select coalesce(json_agg(x), '[]')::text from ({asked}) x) as {name}"  # noqa: S608 - as said above


_BESIDE: Final = text("select " + ", ".join(_as_json(name, one) for name, (one, _rows) in _PARTS.items()))


class CaseBeside:
    """Fulfils :class:`caseflow.services.ports.case_beside.CaseBesideStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, asked: AskedBeside) -> Beside:
        """Return it all."""
        values: Mapping[str, Mapping[str, Any]] = {
            "stood_in": {"staff_ids": list(asked.officers), "first": asked.today, "until": asked.today},
            "marks": {"case_id": asked.case_id},
            "reminders": {"case_id": asked.case_id, "limit": asked.most_reminders},
            "services": {"case_id": asked.case_id, "before": LAST, "limit": asked.most_services},
            "files": {
                "case_id": asked.case_id,
                "purposes": [one.value for one in asked.purposes],
                "before": NEWEST,
                "limit": asked.most_files,
            },
            "readings": {"case_id": asked.case_id, "before": None, "limit": asked.most_readings},
            "source": {"case_id": asked.case_id},
        }
        named = {f"{part}_{name}": value for part, given in values.items() for name, value in given.items()}
        row = self._connection.execute(_BESIDE, named).mappings().one()
        found = {name: rows.validate_json(row[name]) for name, (_statement, rows) in _PARTS.items()}
        return Beside(**{**found, "source": found["source"][0] if found["source"] else None})
