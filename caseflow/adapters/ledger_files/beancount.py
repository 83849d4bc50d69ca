"""Beancount text: a transaction an entry, opening balances, and what every account must come to at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
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

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED: Final = re.compile(r'["\\\n\r\t]')
_UNPRINTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OPENING: Final = Words("Opening balances", "期初余额")


def quoted(text: str) -> str:
    """Return a text as Beancount reads it back the same, save control characters, which become U+FFFD."""
    plain = _UNPRINTED.sub("\ufffd", text)
    return '"' + _ESCAPED.sub(lambda found: _ESCAPES[found[0]], plain) + '"'


class Beancount:
    """Beancount 2 and 3."""

    suffix = "beancount"
    media_type = "text/plain; charset=utf-8"

    def write(self, extract: Extract) -> Iterator[bytes]:
        """Yield the file in pieces."""
        return in_pieces(_lines(extract))


def _lines(extract: Extract) -> Iterator[str]:
    names = account_names(extract)
    found = entries(extract.rows)
    first = next(found, None)
    begins = extract.since or (first.first.booked_on if first else extract.until)
    title = f"{extract.office.title.in_locale(extract.locale)} · {LINE_WORDS[extract.line].in_locale(extract.locale)}"
    yield f'option "title" {quoted(title)}\noption "operating_currency" "{CURRENCY}"\n\n'
    yield from _openings(extract, names, begins)
    for entry in chain((first,) if first else (), found):
        yield from _transaction(entry, names, extract.locale)
    after = extract.until + timedelta(days=1)
    for one in extract.closing:
        yield f"{after.isoformat()} balance {names[one.code]} {money(one.debit_fen - one.credit_fen)}\n"


def _openings(extract: Extract, names: dict[str, str], begins: date) -> Iterator[str]:
    before = begins - timedelta(days=1)
    for one in extract.closing:
        yield f"{before.isoformat()} open {names[one.code]} {CURRENCY}\n"
        yield f"  code: {quoted(one.code)}\n  kind: {quoted(one.kind)}\n"
        yield f"  name-en: {quoted(one.name.en)}\n  name-zh: {quoted(one.name.zh)}\n"
    yield "\n"
    balances = opened(extract)
    if balances:
        yield f"{before.isoformat()} * {quoted(_OPENING.in_locale(extract.locale))}\n"
        for one in balances:
            yield f"  {names[one.code]} {money(one.debit_fen - one.credit_fen)}\n"
        yield "\n"


def _transaction(entry: JournalEntry, names: dict[str, str], locale: str) -> Iterator[str]:
    shared = entry.first
    yield f"{shared.booked_on.isoformat()} * {quoted(narration(entry, locale))}\n  key: {quoted(shared.key)}\n"
    yield f"  value-date: {shared.value_on.isoformat()}\n"
    if shared.document:
        yield f"  document: {quoted(shared.document)}\n"
    if shared.case_number:
        yield f"  case: {quoted(shared.case_number)}\n"
    for leg in entry.legs:
        for account, amount_fen in ((leg.debit, leg.amount_fen), (leg.credit, -leg.amount_fen)):
            yield f"  {names[account]} {money(amount_fen)}\n    leg: {leg.leg}\n"
            yield f"    operation: {quoted(leg.operation)}\n"
            if leg.reverses_key is not None:
                yield f"    reverses: {quoted(f'{leg.reverses_key}#{leg.reverses_leg}')}\n"
    yield "\n"
