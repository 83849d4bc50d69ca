"""The tree of offices: a county and the townships below it. Standing above another opens none of its cases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Chart
from caseflow.services.ports import BusinessTime, Store


class OfficeRefused(Exception):
    """The office cannot be added so; the message says why and what to do."""


@dataclass(frozen=True)
class NewOffice:
    """An office to add: its code, its names, and the code of the office it stands under (None: under none)."""

    code: str
    title_en: str
    title_zh: str
    under: str | None = None


@dataclass(frozen=True)
class Offices:
    """The use cases of whoever runs the server: which offices there are."""

    store: Store
    time: BusinessTime
    chart: Chart

    def add(self, new: NewOffice) -> int:
        """Add an office with its accounts; return its id. Raises :class:`OfficeRefused`."""
        code = new.code.strip()
        if not (code and new.title_en.strip() and new.title_zh.strip()):
            message = "an office needs a code and a name in English and in Chinese"
            raise OfficeRefused(message)
        with self.store.begin() as work:
            if work.staff.office_with(code) is not None:
                message = f"there is an office {code} already"
                raise OfficeRefused(message)
            parent_id = work.staff.office_with(new.under) if new.under is not None else None
            if new.under is not None and parent_id is None:
                message = f"there is no office {new.under} for it to stand under"
                raise OfficeRefused(message)
            office_id = work.staff.add_office(code, new.title_en, new.title_zh, self._event("office_added", code, None))
            if parent_id is not None:
                work.staff.put_under(office_id, parent_id, self._event("office_put_under", code, new.under))
            work.ledger.open_accounts(office_id, self.chart.accounts)
            work.commit()
        return office_id

    def _event(self, action: str, code: str, under: str | None) -> AuditEvent:
        body = {"code": code} if under is None else {"code": code, "under": under}
        return AuditEvent(f"{action}:{uuid.uuid4()}", self.time.now(), None, None, action, body=body)
