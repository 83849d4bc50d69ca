"""Writes audit events that no case step carries."""

from __future__ import annotations

import json

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent

_INSERT = text(
    "insert into audit_event (key, at, actor_id, office_id, action, body, leaf) "
    "values (:key, :at, :actor_id, :office_id, :action, cast(:body as jsonb), :leaf)"
)


def write(connection: Connection, event: AuditEvent) -> None:
    """Write one event; a key that was used before raises ``IntegrityError``."""
    connection.execute(
        _INSERT,
        {
            "key": event.key,
            "at": event.at,
            "actor_id": event.actor_id,
            "office_id": event.office_id,
            "action": event.action,
            "body": json.dumps(dict(event.body), ensure_ascii=False),
            "leaf": event.leaf(),
        },
    )
