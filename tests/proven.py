"""The proofs of a bundle, as an office with this key and one record would write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from caseflow.adapters.signing_key import SigningKey
from caseflow.domain import merkle
from caseflow.domain.heads import Head, SignedHead, Written
from caseflow.domain.proofs import InclusionProof


def proof_text(key: SigningKey, record: str) -> str:
    """Return the proof of the only record of an office, as text."""
    leaf = merkle.leaf_hash(record.encode())
    at = datetime(2026, 3, 2, tzinfo=UTC)
    head = Head(1, leaf, 0, merkle.Growing().root(), at, Written(1, 0, 1), key.public_key)
    return InclusionProof("event", 1, leaf, 0, (), SignedHead(head, key.sign(head.canonical()))).text()


def proofs_json(key: SigningKey, record: str) -> bytes:
    """Return the proofs file of a bundle with one proof."""
    return json.dumps({"proofs": [{"step": 1, "text": proof_text(key, record), "record": record}]}).encode()
