"""Whose sealed fields a piece of work opened: what the read log then says was seen.

Nothing personal of a party leaves the database in plain text, so whoever opens the seals sees every reading. A piece of
work that shows the same by another way (a paper, a file) notes the party itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from caseflow.services.ports.privacy import OF_PARTIES, FieldCipher


@dataclass
class Opened:
    """What a piece of work opened: ids of parties, and of cases of whose party it showed something another way.

    What belongs to no case is told by itself: lines of the bank that name somebody, and receipts by lot and number.
    """

    parties: set[int] = field(default_factory=set)
    cases: set[int] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)
    receipts: set[tuple[int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.parties or self.cases or self.lines or self.receipts)


# Only of these fields is the row a party; who opens another (a submission of the person) notes whose it is itself.
_OPENED: ContextVar[Opened | None] = ContextVar("caseflow_opened_parties", default=None)


def start_noting() -> Opened:
    """Begin to collect what is opened in this context, and return what collects it."""
    opened = Opened()
    _OPENED.set(opened)
    return opened


def stop_noting() -> None:
    """Forget what was collected; nobody listens from here on."""
    _OPENED.set(None)


@contextmanager
def noting() -> Iterator[set[int]]:
    """Collect the ids of the parties whose fields are opened inside the block; blocks do not see into each other."""
    opened = Opened()
    token = _OPENED.set(opened)
    try:
        yield opened.parties
    finally:
        _OPENED.reset(token)


def opened_so_far() -> Opened:
    """Return what was opened since the noting began; nothing where nobody listens."""
    return _OPENED.get() or Opened()


def note_party(party_id: int) -> None:
    """Say that something personal of a party was read; outside of :func:`noting` nobody listens."""
    opened = _OPENED.get()
    if opened is not None:
        opened.parties.add(party_id)


def note_case(case_id: int) -> None:
    """Say that something personal of the party of a case was read another way than through its sealed fields."""
    opened = _OPENED.get()
    if opened is not None:
        opened.cases.add(case_id)


def note_bank_line(line_id: int) -> None:
    """Say that a line of the bank that belongs to no case showed whom it names."""
    opened = _OPENED.get()
    if opened is not None:
        opened.lines.add(line_id)


def note_receipt(lot_id: int, no: int) -> None:
    """Say that a receipt that belongs to no case showed who paid."""
    opened = _OPENED.get()
    if opened is not None:
        opened.receipts.add((lot_id, no))


@dataclass(frozen=True)
class NotingCipher:
    """Fulfils :class:`caseflow.services.ports.privacy.FieldCipher` and notes every party that it opens a field of."""

    inner: FieldCipher

    def seal(self, field: str, row_id: int, text: str) -> bytes:
        """Return ``text`` encrypted, bound to its field and row."""
        return self.inner.seal(field, row_id, text)

    def open(self, field: str, row_id: int, sealed: bytes) -> str:
        """Return the text and note the party. Raises ``SealBroken``."""
        return self.open_bytes(field, row_id, sealed).decode()

    def seal_bytes(self, field: str, row_id: int, content: bytes) -> bytes:
        """Return ``content`` encrypted, bound to its field and row."""
        return self.inner.seal_bytes(field, row_id, content)

    def open_bytes(self, field: str, row_id: int, sealed: bytes) -> bytes:
        """Return what is sealed and note the party. Raises ``SealBroken``."""
        content = self.inner.open_bytes(field, row_id, sealed)
        if field.startswith(OF_PARTIES):
            note_party(row_id)
        return content

    def index(self, field: str, office_id: int, text: str) -> bytes:
        """Return what equal texts of one field have in common within one office."""
        return self.inner.index(field, office_id, text)

    def indexes(self, field: str, office_id: int, text: str) -> Sequence[bytes]:
        """Return the index under each key, the newest first."""
        return self.inner.indexes(field, office_id, text)
