"""MT940 through the library ``mt-940``, one statement a ``:20:`` block."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import mt940

from caseflow.adapters.bank_formats.texts import bad_field
from caseflow.domain.bank import (
    Balance,
    BankFileRefused,
    Direction,
    ReadFile,
    ReadStatement,
    RowFault,
    StatementLine,
    read_amount,
)
from caseflow.domain.words import Words

# SWIFT writes this where the payer gave no reference.
_NONE_GIVEN = ("NONREF", "NOTPROVIDED")
_CURRENCY = "CNY"
_OPTIONS = mt940.Options.all()
# The envelope of the SWIFT network, which the library takes for text of the last field.
_TRAILER = re.compile(r"^-\}?\s*$|^\{\d:.*$", re.MULTILINE)


def read_mt940(text: str) -> ReadFile:
    """Return the statements of an MT940 file. Raises ``BankFileRefused`` where the library cannot read it."""
    plain = _TRAILER.sub("", text.replace("\r\n", "\n"))
    try:
        # A file object: the library would take a plain text for the name of a file.
        blocks = mt940.parse_statements(io.StringIO(plain), options=_OPTIONS)
    except (RuntimeError, ValueError, ArithmeticError, KeyError, TypeError, AttributeError) as error:
        value = str(error.args[-1])[:60] if error.args else ""
        raise BankFileRefused([bad_field(_line_of(text, value), "mt940", value)]) from error
    if not blocks:
        words = Words("The file holds no statement (:20:).", "文件中没有对账单（:20:）。")
        raise BankFileRefused([RowFault(0, "file", words)])
    places = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(":61:")]
    faults: list[RowFault] = []
    statements = []
    for block in blocks:
        own, places = places[: len(block)], places[len(block) :]
        statements.append(_statement(block, own, faults))
    return ReadFile("mt940", tuple(statements), tuple(faults))


def _statement(block: Any, places: list[int], faults: list[RowFault]) -> ReadStatement:
    opening = _balance(block.data, "final_opening_balance", "intermediate_opening_balance", "opening_balance")
    closing = _balance(block.data, "final_closing_balance", "intermediate_closing_balance", "closing_balance")
    if block.currency != _CURRENCY:
        faults.append(bad_field(places[0] if places else 0, "currency", str(block.currency or "")))
    lines = []
    for entry, position in zip(block, places, strict=False):
        line = _one(entry.data, position)
        if isinstance(line, RowFault):
            faults.append(line)
        else:
            lines.append(line)
    number = str(block.data.get("statement_number") or "")
    sequence = block.data.get("sequence_number")
    return ReadStatement(
        tuple(lines),
        str(block.data.get("account_identification") or "").strip().rpartition("/")[2],
        f"{number}/{sequence}" if sequence else number,
        opening,
        closing,
    )


def _one(data: dict[str, Any], position: int) -> StatementLine | RowFault:
    amount = data.get("amount")
    fen = read_amount(str(getattr(amount, "amount", "")))
    if not fen:
        return bad_field(position, ":61:", str(getattr(amount, "amount", "")))
    value_on = data["date"]
    reference = str(data.get("customer_reference") or "").strip()
    details = "".join(str(data.get(name) or "") for name in ("transaction_details", "purpose"))
    return StatementLine(
        position=position,
        booked_on=_plain(data.get("entry_date") or value_on),
        value_on=_plain(value_on),
        direction=Direction.CREDIT if fen > 0 else Direction.DEBIT,
        amount_fen=abs(fen),
        reference="" if reference in _NONE_GIVEN else reference,
        text=details.replace("\n", ""),
        counterparty=str(data.get("applicant_name") or "").strip(),
        bank_reference=str(data.get("bank_reference") or "").strip(),
    )


def _balance(data: dict[str, Any], *names: str) -> Balance | None:
    for name in names:
        found = data.get(name)
        if found is not None:
            fen = read_amount(str(found.amount.amount))
            return None if fen is None else Balance(_plain(found.date), fen)
    return None


def _plain(day: Any) -> date:
    """Return a day of the library's own kind as a plain date."""
    return date(day.year, day.month, day.day)


def _line_of(text: str, value: str) -> int:
    first = value.strip().split("\n")[0]
    return next((number for number, line in enumerate(text.splitlines(), 1) if first and first in line), 0)
