"""The chart of accounts, read from ``workflows/accounts/``: which account a kind of money stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from caseflow.domain.ledger.moves import NORMAL_SIDES, Line
from caseflow.domain.ledger.transfers import Account
from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.words import Words


@dataclass(frozen=True)
class ChartAccount:
    """One account of the chart; without a regime it serves every regime that has none of its own.

    A ``reported`` one holds what old casebooks report and caseflow saw nothing of.
    """

    line: Line
    code: str
    kind: str
    regime: str | None
    name: Words
    reported: bool = False


@dataclass(frozen=True)
class Chart:
    """Every account an office keeps."""

    accounts: tuple[ChartAccount, ...]

    @cached_property
    def _codes(self) -> Mapping[tuple[Line, str, str | None], str]:
        return {(one.line, one.kind, one.regime): one.code for one in self.accounts if not one.reported}

    def code_of(self, line: Line, kind: str, regime: str | None = None) -> str:
        """Return the code of the account for ``kind``, the regime's own before the general one.

        Raises ``LookupError`` where the chart has none.
        """
        found = self._codes.get((line, kind, regime)) or self._codes.get((line, kind, None))
        if found is None:
            serves = regime or "every regime"
            message = f"the chart of accounts has no {line.value} account of kind '{kind}' for {serves}"
            raise LookupError(message)
        return found

    def account(self, line: Line, kind: str, regime: str | None = None) -> Account:
        """Return the account for ``kind`` as a transfer names it. Raises ``LookupError`` where the chart has none."""
        return Account(self.code_of(line, kind, regime), kind)

    @cached_property
    def reported_codes(self) -> frozenset[str]:
        """The codes of the accounts of what old casebooks report."""
        return frozenset(one.code for one in self.accounts if one.reported)

    def reported_account(self, kind: str) -> Account:
        """Return the account for ``kind`` of what old casebooks report. Raises ``LookupError`` where there is none."""
        found = next((one for one in self.accounts if one.reported and one.kind == kind), None)
        if found is None:
            message = f"the chart of accounts has no account of kind '{kind}' for what old casebooks report"
            raise LookupError(message)
        return Account(found.code, kind)


def read_chart(source: SourceDocument) -> Chart:
    """Read the chart. Raises ``FileRefused`` with every fault, each with its line."""
    problems: list[Problem] = []
    accounts: list[ChartAccount] = []
    entries = source.data.get("accounts") if isinstance(source.data, dict) else None
    if not isinstance(entries, list):
        raise FileRefused([Problem(source.path, 1, "accounts", "must be a list of accounts")])
    codes: set[str] = set()
    for index, entry in enumerate(entries):
        where = ("accounts", index)
        fault = _fault(entry, codes)
        if fault is not None:
            problems.append(Problem(source.path, source.line_of(where), f"accounts[{index}]", fault))
            continue
        codes.add(entry["code"])
        name = Words(entry["name"]["en"], entry["name"]["zh"])
        reported = entry.get("reported") is True
        line, kind = Line(entry["line"]), entry["kind"]
        accounts.append(ChartAccount(line, entry["code"], kind, entry.get("regime"), name, reported))
    present = {(one.line, one.kind) for one in accounts if one.regime is None and not one.reported}
    needed = {pair for pair in NORMAL_SIDES if pair[1] not in _OPENED_WITH_AN_APPROPRIATION}
    problems += [
        Problem(source.path, source.line_of(("accounts",)), "accounts", f"no {line.value} account of kind '{kind}'")
        for line, kind in sorted(needed - present)
    ]
    if problems:
        raise FileRefused(problems)
    return Chart(tuple(accounts))


_OPENED_WITH_AN_APPROPRIATION = ("quota", "committed")
_KEYS = {"line", "code", "kind", "regime", "name", "reported"}


def _fault(entry: Any, codes: set[str]) -> str | None:
    if not isinstance(entry, Mapping) or not {"line", "code", "kind", "name"} <= set(entry):
        return "an account needs line, code, kind and name"
    unknown = set(entry) - _KEYS
    if unknown:
        return f"unknown key '{min(unknown)}'"
    if entry["line"] not in {line.value for line in Line} or (Line(entry["line"]), entry["kind"]) not in NORMAL_SIDES:
        return f"there is no kind '{entry['kind']}' on the line '{entry['line']}'"
    return _naming_fault(entry, codes)


def _naming_fault(entry: Mapping[str, Any], codes: set[str]) -> str | None:
    if not isinstance(entry["code"], str) or not entry["code"]:
        return "the code must be a text"
    if entry["code"] in codes:
        return f"the code {entry['code']} is used twice"
    name = entry["name"]
    if not isinstance(name, Mapping) or not name.get("en") or not name.get("zh"):
        return "the name needs en and zh"
    return None
