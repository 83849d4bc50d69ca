"""Workflow definitions that cases are pinned to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from caseflow.persistence.tables.spine import workflow_definition


class Definitions:
    """Fulfils :class:`caseflow.services.ports.DefinitionStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def body(self, content_hash: str) -> Mapping[str, Any] | None:
        """Return the body kept under ``content_hash``."""
        body: Mapping[str, Any] | None = self._connection.execute(
            select(workflow_definition.c.body).where(workflow_definition.c.content_hash == content_hash)
        ).scalar_one_or_none()
        return body

    def keep(self, content_hash: str, regime: str, version: int, body: Mapping[str, Any]) -> None:
        """Keep a definition's body; again, nothing new."""
        self._connection.execute(
            insert(workflow_definition)
            .values(content_hash=content_hash, regime=regime, version=version, body=body)
            .on_conflict_do_nothing()
        )
