"""Mail in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.mail_sql import (
    AWAY,
    DEAD,
    GIVE_UP,
    ITEMS,
    LONGEST_PAUSE_AWAY_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LONGEST_TRYING_DAYS,
    MOST_REFUSALS,
    PUT_OFF,
    REVIVE,
    SENT,
    TAKE,
)
from caseflow.services.ports.mail import DeadMail, MailItem, MailItems, MailRules, TakenMail


class Mail:
    """Fulfils :class:`caseflow.services.ports.mail.MailStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, rules: MailRules) -> TakenMail | None:
        """Hold the oldest mail that is due and that nobody else holds; None where none is, or the hour is quiet."""
        row = self._connection.execute(TAKE, hours_of(rules)).mappings().one_or_none()
        return None if row is None else TakenMail(**row)

    def items(self, mail_id: int, limit: int) -> MailItems:
        """Return what a mail is about, by the day its limits end."""
        rows = self._connection.execute(ITEMS, {"mail_id": mail_id, "limit": limit}).all()
        shown = [MailItem(r.case_id, r.number, r.number_zh, r.params, r.for_en, r.for_zh) for r in rows]
        return MailItems(shown, rows[0].of_all if rows else 0)

    def mark_sent(self, mail_id: int) -> None:
        """Note that the server took it."""
        self._connection.execute(SENT, {"id": mail_id})

    def put_off(self, mail_id: int, error: str, rules: MailRules, *, answered: bool) -> bool:
        """Try it again later, each time later; return whether it is given up instead."""
        values = {
            "id": mail_id,
            "error": error if answered else f"{AWAY}{error}",
            "answered": answered,
            "most": MOST_REFUSALS,
            "longest": LONGEST_PAUSE_SECONDS if answered else LONGEST_PAUSE_AWAY_SECONDS,
            "days": LONGEST_TRYING_DAYS,
            **hours_of(rules),
        }
        is_dead: bool = self._connection.execute(PUT_OFF, values).scalar_one()
        return is_dead

    def give_up(self, mail_id: int, error: str) -> None:
        """Note that it will never be taken."""
        self._connection.execute(GIVE_UP, {"id": mail_id, "error": error})

    def dead(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[DeadMail]:
        """Return the mail of an office that was given up, newest first."""
        values = {"office_id": office_id, "before_id": before_id, "limit": limit}
        return [DeadMail(**row) for row in self._connection.execute(DEAD, values).mappings()]

    def revive(self, office_id: int, mail_id: int) -> bool:
        """Let a mail that was given up be tried again; return whether there was one."""
        return self._connection.execute(REVIVE, {"office_id": office_id, "id": mail_id}).rowcount == 1

    def record(self, event: AuditEvent) -> None:
        """Write the audit event of what was done with mail."""
        audit.write(self._connection, event)


def hours_of(rules: MailRules) -> dict[str, Any]:
    """Return the parameters that say which hours are quiet."""
    return {"opens": rules.opens, "closes": rules.closes}


def delivery_of(rules: MailRules) -> dict[str, Any]:
    """Return the parameters of DELIVER that say what is mailed and when."""
    return {"mail": rules.enabled, "gather": rules.gather_seconds, "domain": rules.domain, **hours_of(rules)}
