"""Referrals of one transaction, and where their bundles are written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words


@dataclass(frozen=True)
class ReferralRow:
    """A referral as it is kept; each ``seq`` is the number of the case's step that did it."""

    id: int
    case_id: int
    office_id: int
    decision_no: str | None
    decision_seq: int
    signed_seq: int
    filed_seq: int | None
    filed_on: date | None
    court: str | None
    withdrawn_seq: int | None
    ended_seq: int | None


@dataclass(frozen=True)
class MadeBundle:
    """A bundle that was made, by the SHA-256 of its tag manifest (32 bytes). ``made_by`` None: on the command line."""

    referral_id: int
    tagmanifest_sha256: bytes
    made_by: Words | None
    made_at: datetime


@dataclass(frozen=True)
class CaseEvent:
    """The audit event of a step of a case, and where it stands in the sealed log (None: not sealed yet)."""

    event_id: int
    step: int
    canonical: bytes
    place: int | None
    leaf: bytes


class ReferralStore(Protocol):
    """Referrals of cases and the bundles made for them."""

    def newest(self, case_id: int) -> ReferralRow | None:
        """Return the newest referral of a case."""
        ...

    def bundles(self, case_id: int, limit: int) -> Sequence[MadeBundle]:
        """Return the bundles of a case, newest first."""
        ...

    def note_bundle(self, referral: ReferralRow, tagmanifest_sha256: bytes, event: AuditEvent) -> None:
        """Write down that a bundle was made. Raises ``AlreadyWritten`` for a used key."""
        ...

    def events_of_case(self, case_id: int) -> Sequence[CaseEvent]:
        """Return the audit events of a case's steps, in order."""
        ...

    def chosen(self, case_id: int) -> Sequence[int]:
        """Return the numbers of the files that were chosen for the court, in order."""
        ...

    def choose(self, case_id: int, files: Collection[int], event: AuditEvent) -> None:
        """Let exactly these files be chosen for the court. Raises :class:`NotOfTheCase`."""
        ...


class NotOfTheCase(Exception):
    """A file that was chosen is of another case, or was withdrawn."""


class BundleBytes(Protocol):
    """Gives out bytes in pieces."""

    def __call__(self) -> Iterable[bytes]:
        """Return the bytes from their beginning."""
        ...


@dataclass(frozen=True)
class BundlePart:
    """One file of a bundle: where it stands under ``data/`` and its bytes, given out anew at each call."""

    path: str
    open: BundleBytes


@dataclass(frozen=True)
class WrittenBundle:
    """A bundle on the disk; ``folder`` is gone when its block ends. ``tagmanifest_sha256`` has 32 bytes."""

    name: str
    folder: Path
    tagmanifest_sha256: bytes

    def files(self) -> Mapping[str, Path]:
        """Return every file of the bundle by its path in it."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(found)}


class BundleWriter(Protocol):
    """Writes bundles."""

    def write(self, name: str, parts: Sequence[BundlePart], info: Mapping[str, str]) -> WrittenBundle:
        """Write a bag (RFC 8493) of ``parts``, sealed; the same parts give the same bytes. Raises ``OSError``."""
        ...

    def archive(self, bundle: WrittenBundle) -> Iterator[bytes]:
        """Return the bundle as one ZIP, piece by piece. Raises ``BundleTooLarge``."""
        ...

    def discard(self, bundle: WrittenBundle) -> None:
        """Take a bundle off the disk again."""
        ...
