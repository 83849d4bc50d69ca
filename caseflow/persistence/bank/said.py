"""What the lines of a bank say of people, sealed as one value a line: reference, text, other party, identity.

The four are written and read together, and nothing looks for them by SQL but the identity, which a line is recognised
by when its statement comes again: that has a blind index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from caseflow.domain.bank import IdentifiedLine, StatementLine
from caseflow.persistence.opening import opened
from caseflow.services.ports.bank import LINE_SAID
from caseflow.services.ports.privacy import CANNOT_BE_OPENED, FieldCipher

# As the columns were before they were sealed; a bank's own reference is no text of the payer.
_LONGEST: Final = {"reference": 140, "remark": 500, "counterparty": 200}
# What makes one text of the plain columns of before.
PLAIN: Final = (
    "case when t.identity is not null then cast(jsonb_build_object('reference', t.reference, 'remark', t.remark, "
    "'counterparty', t.counterparty, 'identity', t.identity) as text) end"
)


def indexed(said: str) -> str:
    """Return what the index of a line is made of: a digest, for in an identity blanks and case count."""
    return _digest(json.loads(said)["identity"])


def sealed_line(cipher: FieldCipher, line_id: int, office_id: int, one: IdentifiedLine) -> dict[str, Any]:
    """Return what a new line keeps of what the bank says, as columns of a statement."""
    line = one.line
    said = {name: told[: _LONGEST[name]] for name, told in line.said.items()} | {"identity": line.identity}
    indexes = _indexes(cipher, office_id, line)
    return {
        "said": cipher.seal(LINE_SAID, line_id, json.dumps(said, ensure_ascii=False)).hex(),
        "index": indexes[0].hex(),
        "older": indexes[-1].hex() if len(indexes) > 1 else None,
    }


def looked_for(cipher: FieldCipher, office_id: int, lines: Sequence[IdentifiedLine]) -> Iterator[dict[str, Any]]:
    """Yield each line under each key of the ring as what is looked for; ``at`` is its place in ``lines``."""
    for at, one in enumerate(lines):
        line = one.line
        for index in _indexes(cipher, office_id, line):
            yield {
                "at": at,
                "booked_on": line.booked_on.isoformat(),
                "direction": line.direction.value,
                "amount_fen": line.amount_fen,
                "index": index.hex(),
                "identity": line.identity,
                "occurrence": one.occurrence,
            }


def opened_line(cipher: FieldCipher, row: Any) -> dict[str, str]:
    """Return what a line says; what does not open is said so, and names no receipt."""
    found = opened(cipher, LINE_SAID, row.id, row.said_sealed)
    if found is None:
        return {"reference": "", "text": CANNOT_BE_OPENED, "counterparty": CANNOT_BE_OPENED}
    said = json.loads(found)
    return {"reference": said["reference"], "text": said["remark"], "counterparty": said["counterparty"]}


def _indexes(cipher: FieldCipher, office_id: int, line: StatementLine) -> Sequence[bytes]:
    return cipher.indexes(LINE_SAID, office_id, _digest(line.identity))


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()
