"""The rows of the files of cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.case_files import Purpose


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A file of a case as it is kept, with everybody's name. ``seq`` is the step it belongs to."""

    id: int
    case_id: int
    office_id: int
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    purpose: Purpose
    description: str
    seq: int | None
    uploaded_by: int
    uploaded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: int | None
    withdrawn_reason: str | None
    uploaded_en: str
    uploaded_zh: str
    withdrawn_en: str | None
    withdrawn_zh: str | None


@dataclass(frozen=True, kw_only=True)
class NewCaseFile:
    """A file to keep."""

    case_id: int
    office_id: int
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    purpose: Purpose
    description: str
    seq: int | None
    key: str


class CaseFileStore(Protocol):
    """Files of cases: added and withdrawn, never changed or deleted."""

    def lock(self, case_id: int) -> None:
        """Wait until nobody else adds a file to the case, and keep others waiting until the commit."""
        ...

    def keep_bytes(self, *sha256: str) -> None:
        """Wait for whoever deletes these bytes, and let nobody delete them until the commit.

        Taken before the bytes are put, by whoever writes a row that names them: the store has them once for all.
        """
        ...

    def delete_bytes(self, sha256: str) -> None:
        """Wait for everybody who keeps these bytes just now, and let nobody keep them until the commit.

        Afterwards is the time to look whether a row names them.
        """
        ...

    def get(self, office_id: int, file_id: int) -> CaseFile | None:
        """Return a file of the office."""
        ...

    def by_key(self, office_id: int, key: str) -> CaseFile | None:
        """Return what was added under an idempotency key."""
        ...

    def of_case(
        self, case_id: int, purposes: Collection[Purpose], *, before_id: int | None, limit: int
    ) -> Sequence[CaseFile]:
        """Return files of a case for these purposes, newest first, below the key ``before_id``."""
        ...

    def bytes_of_case(self, case_id: int) -> int:
        """Return how many bytes the files of a case hold, withdrawn ones too, because their bytes stay."""
        ...

    def add(self, new: NewCaseFile, event: AuditEvent) -> int:
        """Keep a file; return its id. Raises ``AlreadyWritten`` for a used key, ``NoSuchStep``."""
        ...

    def withdraw(self, file_id: int, reason: str, event: AuditEvent) -> bool:
        """Withdraw a file; return whether it was still to be withdrawn."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Write down what was read or refused. Raises ``AlreadyWritten`` for a used key."""
        ...


class NoSuchStep(Exception):
    """The case has no step with this number."""
