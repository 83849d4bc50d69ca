"""The ledger check: everything that can be derived is derived anew, and each disagreement is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.services.ports import Store
from caseflow.services.ports.ledger import Disagreement


@dataclass(frozen=True)
class LedgerCheck:
    """The use case; it reads, and writes nothing."""

    store: Store

    def run(self) -> Sequence[Disagreement]:
        """Return every disagreement, at most a thousand of each kind (empty: all holds)."""
        with self.store.begin() as work:
            return work.ledger.disagreements()
