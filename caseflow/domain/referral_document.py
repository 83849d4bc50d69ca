"""``referral.json``: what a referral's bundle says to a machine. Its JSON schema is docs/referral.schema.json."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from caseflow.domain.words import Words

FORMAT = "caseflow-referral/1"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Part(BaseModel):
    """Nothing beyond what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Both(Part):
    """A text in both languages."""

    en: str
    zh: str


class Condition(Part):
    """A condition of the referral, as it was judged on the day of signing."""

    code: str
    title: Both
    holds: bool
    words: Both
    on: date | None
    source: Both | None
    checked: Literal["text_seen", "secondary", "unconfirmed"] | None


class Posting(Part):
    """A movement of what is owed or paid, in fen."""

    step: int
    on: date
    event: str
    amount_fen: int


class Limit(Part):
    """A time limit of the case since the decision, and how it was counted."""

    rule: str
    title: Both
    status: str
    begins_on: date
    ends_on: date
    why: list[Both]
    source: Both
    checked: Literal["text_seen", "secondary", "unconfirmed"]


class Statement(Part):
    """What is owed and what was paid, in fen; ``reckoning`` is the calculation sheet of the added charge."""

    assessed_fen: int
    charged_fen: int
    collected_fen: int
    refunded_fen: int
    written_off_fen: int
    outstanding_fen: int
    principal_open_fen: int
    charge_open_fen: int
    postings: list[Posting]
    reckoning: dict[str, Any] | None


class File(Part):
    """A file of the bundle, below ``data/``."""

    path: str
    language: Literal["zh", "en", ""]
    sha256: Digest


class Entry(Part):
    """A paper or a piece of evidence; ``group`` is its number in ACL article 55."""

    group: Literal[1, 2, 3, 4, 5]
    title: Both
    number: Both | None
    issued_on: date | None
    files: list[File]


class Referral(Part):
    """The application itself."""

    decision_no: str | None
    decided_on: date
    served_on: date
    signed_on: date
    filed_on: date | None
    court: str | None


class Party(Part):
    """Against whom the application is directed."""

    kind: Both
    name: str


class ReferralDocument(Part):
    """The whole of ``referral.json``."""

    format: Literal["caseflow-referral/1"]
    bundle: str
    office: Both
    case: Both
    regime: Both
    party: Party
    referral: Referral
    conditions: list[Condition]
    statement: Statement
    limits: list[Limit]
    entries: list[Entry]
    proofs: str

    def to_bytes(self) -> bytes:
        """Return the file: sorted, indented, always the same for the same content."""
        value = self.model_dump(mode="json")
        return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def both(words: Words) -> Both:
    """Return words as the document holds them."""
    return Both(en=words.en, zh=words.zh)


def schema() -> str:
    """Return the JSON schema as docs/referral.schema.json holds it."""
    return json.dumps(ReferralDocument.model_json_schema(), ensure_ascii=False, sort_keys=True, indent=2) + "\n"
