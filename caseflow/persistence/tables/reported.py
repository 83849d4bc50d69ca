"""Where a case of an old casebook comes from. The triggers stand in migration 0018: it is written with its case."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from caseflow.persistence.tables.base import metadata

reported_case = Table(
    "reported_case",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("import_id", BigInteger),
    Column("file", Text, nullable=False),
    Column("row", Integer, nullable=False),
    # The numbers of the steps that the book gives no day of their own, and what of the law could not be applied.
    Column("undated", ARRAY(Integer), nullable=False, server_default="{}"),
    Column("notes", JSONB, nullable=False, server_default="[]"),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    CheckConstraint("length(file) between 1 and 255", name="file_length"),
    CheckConstraint('"row" > 0', name="row_positive"),
)
