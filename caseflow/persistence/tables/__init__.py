"""Every table, as SQLAlchemy Core, one module a subject. The invariants that need triggers stand in the migrations."""

from caseflow.persistence.tables import spine as _spine  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables.base import metadata

APPEND_ONLY = ("workflow_definition", "step", "case_document", "audit_event")

__all__ = ["APPEND_ONLY", "metadata"]
