"""What the use cases need from the outside, as Protocols, one module a subject."""

from caseflow.services.ports.cases import (
    AlreadyWritten,
    CaseStore,
    DefinitionStore,
    LastMove,
    NewCase,
    OutboxMessage,
    Saved,
)
from caseflow.services.ports.installation import Installation, InstallationStore, OfficeDay
from caseflow.services.ports.outbox import OutboxStore, Wake
from caseflow.services.ports.staff import NewStaff, PasswordHasher, StaffMember, StaffStore
from caseflow.services.ports.store import Store, UnitOfWork
from caseflow.services.ports.time import BusinessTime
from caseflow.services.ports.views import ViewStore

__all__ = [
    "AlreadyWritten",
    "BusinessTime",
    "CaseStore",
    "DefinitionStore",
    "Installation",
    "InstallationStore",
    "LastMove",
    "NewCase",
    "NewStaff",
    "OfficeDay",
    "OutboxMessage",
    "OutboxStore",
    "PasswordHasher",
    "Saved",
    "StaffMember",
    "StaffStore",
    "Store",
    "UnitOfWork",
    "ViewStore",
    "Wake",
]
