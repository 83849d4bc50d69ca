"""Mail in PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from caseflow.persistence.mail_sql import (
    GIVE_UP,
    ITEMS,
    LONGEST_PAUSE_AWAY_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LONGEST_TRYING_DAYS,
    MOOT,
    MOST_REFUSALS,
    PUT_OFF,
    SENT,
    TAKE,
)
from caseflow.services.ports.mail import NO_SERVER, MailItem, MailItems, MailRules, TakenMail


class Mail:
    """Fulfils :class:`caseflow.services.ports.mail.MailStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, rules: MailRules) -> TakenMail | None:
        """Hold the oldest mail that is due and that nobody else holds; None where none is, or the hour is quiet."""
        row = self._connection.execute(TAKE, hours_of(rules)).mappings().one_or_none()
        return None if row is None else TakenMail(**row)

    def items(self, mail_id: int, limit: int) -> MailItems:
        """Return what of a mail still holds, by the day its limits end."""
        rows = self._connection.execute(ITEMS, {"mail_id": mail_id, "limit": limit}).all()
        shown = [MailItem(r.case_id, r.number, r.number_zh, r.params, r.for_en, r.for_zh) for r in rows]
        return MailItems(shown, rows[0].of_all if rows else 0)

    def mark_sent(self, mail_id: int) -> None:
        """Note that the server took it."""
        self._connection.execute(SENT, {"id": mail_id})

    def make_moot(self, mail_id: int) -> None:
        """Note that it need not be sent any more."""
        self._connection.execute(MOOT, {"id": mail_id})

    def put_off(self, mail_id: int, error: str, rules: MailRules, *, answered: bool) -> bool:
        """Try it again later, each time later; return whether it is given up instead."""
        values = {
            "id": mail_id,
            "error": error if answered else f"{NO_SERVER}{error}",
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


def hours_of(rules: MailRules) -> dict[str, Any]:
    """Return the parameters that say which hours are quiet."""
    return {"opens": rules.opens, "closes": rules.closes}


def delivery_of(rules: MailRules) -> dict[str, Any]:
    """Return the parameters of DELIVER that say what is mailed and when."""
    return {"mail": rules.enabled, "gather": rules.gather_seconds, "domain": rules.domain, **hours_of(rules)}
