"""Seals the record: appends what is final to the Merkle log and signs a head, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from caseflow.domain import merkle
from caseflow.domain.heads import Head, SignedHead
from caseflow.services.ports import HeadDrop, HeadSigner, Store

BATCH_RECORDS: Final = 20_000


class Sealing:
    """Appends, signs, and drops heads where they can be fetched from."""

    def __init__(
        self,
        store: Store,
        signer: Callable[[], HeadSigner],
        drop: HeadDrop,
        now: Callable[[], datetime],
        batch_records: int = BATCH_RECORDS,
    ) -> None:
        """Take the ``signer`` as a function, so that a key is made only when something is sealed."""
        self._store, self._signer, self._drop, self._now = store, signer, drop, now
        self._batch_records = batch_records

    def seal(self, *, daily: bool = False) -> int:
        """Seal all that is final, a batch a transaction; return how many records. A second sealer does nothing.

        The newest head then goes to the drop; with ``daily`` only where its day has none there yet.
        """
        sealed = 0
        while (batch := self._seal_batch()) > 0:
            sealed += batch
        if sealed or daily:
            with self._store.begin() as work:
                newest = work.record.newest_head()
            if newest is not None:
                self._drop.put(newest.to_json(), daily=daily)
        return sealed

    def _seal_batch(self) -> int:
        with self._store.begin() as work:
            if not work.record.lock():
                return 0
            newest = work.record.newest_head()
            size = newest.head.tree_size if newest else 0
            leaves, written = work.record.append_final(size, self._batch_records)
            if not leaves:
                return 0
            parts = merkle.edge(size)
            hashes = work.record.subtrees(parts)
            tree = merkle.Growing(size, [hashes[part] for part in parts])
            work.record.add_nodes([node for leaf in leaves for node in tree.append(leaf)])
            signer = self._signer()
            previous = newest.head.root if newest else merkle.EMPTY_ROOT
            head = Head(tree.size, tree.root(), size, previous, self._now(), written, signer.public_key)
            work.record.add_head(SignedHead(head, signer.sign(head.canonical())))
            work.commit()
        return len(leaves)
