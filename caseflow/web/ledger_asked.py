"""What a request asks of the ledger: line, days, amounts, keys of pages. What cannot be read is said, not dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, request, url_for

from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.services.ledger_views import Key, TransferFilter
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.ledger_words import operations

_DAY = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")
_AMOUNT = Words("Give an amount in yuan such as 1,234.50", "请填写金额（元），例如1,234.50")
_NO_CASE = Words("The office has no case with this number", "本单位没有该案号的案件")
_AMOUNT_FORM = re.compile(r"\d{1,13}(\.\d{1,2})?")
_LARGEST_ID = 2**63 - 1
_NO_ID = -1
NAMES = ("account", "case", "operation", "from", "to", "least", "most", "document", "who")


def line_asked() -> Line | None:
    """Return the line the address names; None where it names none. An unknown one is not found."""
    named = request.args.get("line", "")
    if not named:
        return None
    if named not in {line.value for line in Line}:
        abort(404)
    return Line(named)


def key_asked(name: str) -> Key | None:
    """Return the place in a list that the address names; None for none, and for what is no place."""
    day, _sep, number = request.args.get(name, "").partition("_")
    known = read_day(day)
    if known is None or not number.isdecimal() or int(number) > _LARGEST_ID:
        return None
    return known, int(number)


def key_text(key: Key | None) -> str | None:
    """Return a place in a list as an address names it."""
    return f"{key[0].isoformat()}_{key[1]}" if key is not None else None


def read_day(typed: str) -> date | None:
    """Return a typed day; None for what is none."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def read_fen(typed: str) -> int | None:
    """Return a typed amount of yuan in fen; None for what is none."""
    plain = typed.strip().replace(",", "").replace("，", "")
    return int(Decimal(plain) * 100) if _AMOUNT_FORM.fullmatch(plain) else None


@dataclass
class Asked:
    """The filters of a list of transfers: as they were typed, as they were understood, and what was not."""

    line: Line
    typed: dict[str, str]
    chosen: TransferFilter = field(default_factory=TransferFilter)
    faults: Faults = field(default_factory=Faults)

    @property
    def shown(self) -> dict[str, str]:
        """What stands in each filter's input."""
        return {name: self.typed.get(name, "") for name in NAMES}

    def without(self, name: str) -> str:
        """Return the address of the list with one filter taken away."""
        return self.address({key: value for key, value in self.typed.items() if key != name})

    def address(self, typed: Mapping[str, str], **more: str | None) -> str:
        """Return the address of the list with these filters."""
        given: dict[str, Any] = {**typed, **{name: value for name, value in more.items() if value is not None}}
        return url_for("ledger.show", **{"line": self.line.value, **given})

    def page(self, **keys: Key | None) -> str:
        """Return the address of another page of the same list."""
        return self.address(self.typed, **{name: key_text(key) for name, key in keys.items()})


def transfers_asked(line: Line) -> Asked:
    """Read the filters of the request. A filter that cannot be read narrows the list to nothing and says why."""
    typed = {name: request.args.get(name, "").strip()[:200] for name in NAMES}
    asked = Asked(line, {name: value for name, value in typed.items() if value})
    operation = typed["operation"]
    asked.chosen = TransferFilter(
        account_id=_account(typed["account"]),
        case_id=_case(asked, typed["case"]),
        operation=operation if operation in operations(line) else None,
        booked_from=_day(asked, "from"),
        booked_to=_day(asked, "to"),
        amount_from_fen=_fen(asked, "least"),
        amount_to_fen=_fen(asked, "most"),
        document=typed["document"].replace("\0", ""),
        actor_id=int(typed["who"]) if typed["who"].isdecimal() and len(typed["who"]) < len(str(2**31)) else None,
    )
    return asked


def _account(code: str) -> int | None:
    if not code:
        return None
    known = application().reading.find_account(actor(), code)
    return known.id if known is not None else _NO_ID


def _case(asked: Asked, number: str) -> int | None:
    if not number:
        return None
    found = application().reading.case_of(actor(), number)
    if found is None:
        asked.faults.add(_NO_CASE, "case")
        return _NO_ID
    return found


def _day(asked: Asked, name: str) -> date | None:
    typed = asked.typed.get(name, "")
    known = read_day(typed)
    if typed and known is None:
        asked.faults.add(_DAY, name)
    return known


def _fen(asked: Asked, name: str) -> int | None:
    typed = asked.typed.get(name, "")
    known = read_fen(typed)
    if typed and known is None:
        asked.faults.add(_AMOUNT, name)
    return known
