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
from caseflow.services.ports.ledger import AccountBalance, Close, LedgerRefused, LedgerStore, PostedCase
from caseflow.services.ports.outbox import OutboxStore, Wake
from caseflow.services.ports.record import (
    FoundRecord,
    HeadDrop,
    HeadSigner,
    LoggedRecord,
    RecordStore,
    Unsealed,
    UnsealedRecord,
)
from caseflow.services.ports.spending import NewAct, OrderFilter, SpendingStore, WrittenAct
from caseflow.services.ports.staff import NewStaff, PasswordHasher, StaffMember, StaffStore
from caseflow.services.ports.store import Store, UnitOfWork
from caseflow.services.ports.time import BusinessTime
from caseflow.services.ports.views import ViewStore

__all__ = [
    "AccountBalance",
    "AlreadyWritten",
    "BusinessTime",
    "CaseStore",
    "Close",
    "DefinitionStore",
    "FoundRecord",
    "HeadDrop",
    "HeadSigner",
    "Installation",
    "InstallationStore",
    "LastMove",
    "LedgerRefused",
    "LedgerStore",
    "LoggedRecord",
    "NewAct",
    "NewCase",
    "NewStaff",
    "OfficeDay",
    "OrderFilter",
    "OutboxMessage",
    "OutboxStore",
    "PasswordHasher",
    "PostedCase",
    "RecordStore",
    "Saved",
    "SpendingStore",
    "StaffMember",
    "StaffStore",
    "Store",
    "UnitOfWork",
    "Unsealed",
    "UnsealedRecord",
    "ViewStore",
    "Wake",
    "WrittenAct",
]
