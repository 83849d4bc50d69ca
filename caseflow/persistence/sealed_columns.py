"""Every column that the application seals under the data keys, in one list: what is sealed anew when keys change.

A new sealed column is one line in :data:`SEALED_COLUMNS` and one in ``classification.yaml``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from caseflow.domain.identity_numbers import normalised, person_key
from caseflow.persistence.bank import said as bank_said
from caseflow.services.case_imports.rows import CELLS, NUMBER_BITS
from caseflow.services.ports.bank import BANK_FILE, LINE_SAID
from caseflow.services.ports.factors import TOTP_SECRET
from caseflow.services.ports.liaison import REPLY_FILE
from caseflow.services.ports.papers import INPUTS
from caseflow.services.ports.privacy import ADDRESS, CONTACT, IDENTITY, NAME
from caseflow.services.ports.submissions import REASONS, TEXT


@dataclass(frozen=True)
class BlindIndex:
    """The column that equal texts are found by within one office (``office``: SQL over the row ``t``).

    ``content`` makes of a text what is indexed. ``older`` keeps the index under the older key while the keys are
    rotated, for rows that are joined on equal indexes.
    """

    column: str
    office: str
    content: Callable[[str], str] = normalised
    older: str | None = None


@dataclass(frozen=True)
class Plain:
    """The columns that a sealed one was kept in before; nothing new is written there.

    ``told`` (SQL over ``t``; none: the one column) is the text, or the bytes, that is sealed of them.
    """

    columns: tuple[str, ...]
    told: str = ""

    @property
    def sql(self) -> str:
        """What is sealed, as SQL over ``t``; null or empty where nothing is plain."""
        return self.told or f"t.{self.columns[0]}"


@dataclass(frozen=True)
class SealedColumn:
    """A sealed column: its table and primary key, and the field and the row (SQL over ``t``) that it is bound to.

    ``most_at_once``: how many rows fit into memory where a value may be large (none: what a batch takes).
    """

    table: str
    column: str
    field: str
    key: tuple[str, ...] = ("id",)
    row_id: str = "t.id"
    index: BlindIndex | None = None
    plain: Plain | None = None
    most_at_once: int | None = None


_PAYING_PARTY: Final = "coalesce((select c.party_id from cases c where c.id = t.case_id), 0)"

SEALED_COLUMNS: Final = (
    SealedColumn("party", "name_sealed", NAME, index=BlindIndex("name_index", "t.office_id"), plain=Plain(("name",))),
    SealedColumn("party", "contact_sealed", CONTACT, plain=Plain(("contact",))),
    SealedColumn(
        "party",
        "identity_sealed",
        IDENTITY,
        index=BlindIndex("identity_index", "t.office_id", person_key, older="identity_index_old"),
    ),
    SealedColumn("party", "address_sealed", ADDRESS),
    SealedColumn("receipt", "payer_sealed", NAME, key=("lot_id", "no"), row_id=_PAYING_PARTY, plain=Plain(("payer",))),
    SealedColumn(
        "casebook_row",
        "sealed",
        CELLS,
        key=("import_id", "number"),
        row_id=f"(t.import_id << {NUMBER_BITS} | t.number)",
    ),
    SealedColumn("staff_totp", "secret_sealed", TOTP_SECRET, key=("staff_id",), row_id="t.staff_id"),
    SealedColumn("staff_totp", "offered_sealed", TOTP_SECRET, key=("staff_id",), row_id="t.staff_id"),
    SealedColumn("submission", "text_sealed", TEXT),
    SealedColumn("submission_answer", "reasons_sealed", REASONS, key=("submission_id",), row_id="t.submission_id"),
    SealedColumn(
        "bank_line",
        "said_sealed",
        LINE_SAID,
        index=BlindIndex("identity_index", "t.office_id", bank_said.indexed, older="identity_index_old"),
        plain=Plain(("reference", "remark", "counterparty", "identity"), bank_said.PLAIN),
    ),
    SealedColumn("paper", "inputs_sealed", INPUTS, plain=Plain(("inputs",), "cast(t.inputs as text)")),
    SealedColumn("bank_file", "content_sealed", BANK_FILE, plain=Plain(("content",)), most_at_once=1),
    SealedColumn("court_reply_file", "content_sealed", REPLY_FILE, plain=Plain(("content",)), most_at_once=8),
)
# Tables whose guards refuse a key that was taken away, in the order in which transactions write them.
REFUSE_RETIRED_KEYS: Final = ("party", "paper", "bank_file", "bank_line", "court_reply_file")
