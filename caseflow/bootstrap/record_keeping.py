"""Sealing and verifying the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from caseflow.adapters.signing_key import HeadFolder, SigningKey, signature_holds
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.sealing import Sealing
from caseflow.services.verification import Verification


@dataclass(frozen=True)
class RecordKeeping:
    """The sealed record of one database. ``own_key``: this office's public key (32 bytes) once it has signed."""

    sealing: Sealing
    verification: Verification
    own_key: bytes | None
    close: Callable[[], None]


def build_record_keeping(settings: Settings) -> RecordKeeping:
    """Wire sealing and verification; the key is made when something is first sealed.

    Raises ``SigningKeyUnusable`` for a key that is there and cannot be read.
    """
    engine = make_engine(database_address(settings), pool_size=1)
    store = SqlStore(engine)
    given = settings.signing_key
    path = given or settings.home / "keys" / "record.pem"
    own_key = SigningKey.at(path, make=False).public_key if path.exists() else None
    sealing = Sealing(
        store,
        lambda: SigningKey.at(path, make=given is None),
        HeadFolder(settings.heads_dir or settings.home / "heads"),
        lambda: datetime.now(UTC),
    )
    # A training database may run at another date; what it wrote says how old it is by that date.
    clock = clock_of(store)
    return RecordKeeping(sealing, Verification(store, signature_holds, clock), own_key, engine.dispose)
