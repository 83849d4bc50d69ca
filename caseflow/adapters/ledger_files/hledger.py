"""An hledger journal: a transaction an entry, opening balances, and what every account must come to at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from caseflow.adapters.ledger_files.journals import (
    CURRENCY,
    JournalEntry,
    account_names,
    entries,
    in_pieces,
    money,
    narration,
    opened,
)
from caseflow.domain.ledger.words import LINE_WORDS
from caseflow.domain.words import Words
from caseflow.services.ports.ledger_reads import Extract

_OPENING: Final = Words("Opening balances", "期初余额")
_CLOSING: Final = Words("Closing balances as caseflow has them", "caseflow期末余额核对")
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# A comma ends a tag, brackets hold a date, a percent sign marks what was written this way.
_NOT_IN_A_TAG: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029%,\[\]]")
_TYPES: Final = {"Assets": "A", "Liabilities": "L", "Equity": "E", "Income": "R", "Expenses": "X"}


def description(text: str) -> str:
    """Return a text as a description: one line, whose semicolons begin no comment and whose bars part no payee."""
    return _SPACES.sub(" ", text).replace(";", "；").replace("|", "｜").strip()


def tag(text: str) -> str:
    """Return a text as the value of a tag; what would end it is written as in addresses (``%2C`` for a comma)."""
    return _NOT_IN_A_TAG.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


class Hledger:
    """A journal for hledger 1.25 and later."""

    suffix = "journal"
    media_type = "text/plain; charset=utf-8"

    def write(self, extract: Extract) -> Iterator[bytes]:
        """Yield the file in pieces."""
        return in_pieces(_lines(extract))


def _lines(extract: Extract) -> Iterator[str]:
    names = account_names(extract)
    title = f"{extract.office.title.in_locale(extract.locale)} · {LINE_WORDS[extract.line].in_locale(extract.locale)}"
    yield f"; {description(title)}\n\ncommodity 1000.00 {CURRENCY}\n\n"
    for one in extract.closing:
        name = names[one.code]
        kind = _TYPES[name.partition(":")[0]]
        yield f"account {name}\n  ; type:{kind}, code:{tag(one.code)}, kind:{one.kind}\n"
        yield f"  ; en:{tag(one.name.en)}, zh:{tag(one.name.zh)}\n"
    yield "\n"
    balances = opened(extract)
    if extract.since and balances:
        before = extract.since - timedelta(days=1)
        yield f"{before.isoformat()} * {_OPENING.in_locale(extract.locale)}\n"
        for one in balances:
            yield f"    {names[one.code]}  {money(one.debit_fen - one.credit_fen)}\n"
        yield "\n"
    for entry in entries(extract.rows):
        yield from _transaction(entry, names, extract.locale)
    yield f"{extract.until.isoformat()} * {_CLOSING.in_locale(extract.locale)}\n"
    for one in extract.closing:
        yield f"    {names[one.code]}  {money(0)} = {money(one.debit_fen - one.credit_fen)}\n"


def _transaction(entry: JournalEntry, names: dict[str, str], locale: str) -> Iterator[str]:
    shared = entry.first
    yield f"{shared.booked_on.isoformat()} * {description(narration(entry, locale))}\n    ; key:{tag(shared.key)}\n"
    yield f"    ; value-date:{shared.value_on.isoformat()}\n"
    if shared.document:
        yield f"    ; document:{tag(shared.document)}\n"
    if shared.case_number:
        yield f"    ; case:{tag(shared.case_number)}\n"
    for leg in entry.legs:
        reverses = f", reverses:{tag(f'{leg.reverses_key}#{leg.reverses_leg}')}" if leg.reverses_key is not None else ""
        for account, amount_fen in ((leg.debit, leg.amount_fen), (leg.credit, -leg.amount_fen)):
            yield f"    {names[account]}  {money(amount_fen)}  ; leg:{leg.leg}, operation:{leg.operation}{reverses}\n"
    yield "\n"
