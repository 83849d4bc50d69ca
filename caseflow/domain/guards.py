"""Guards: conditions written in CEL in the workflow files, over a fixed, typed, read-only view of a case.

The view is ``case`` and ``today``. ``case`` has every field the workflow declares and the facts of
:data:`FACTS`. What is not known yet has a typed empty value: ``false``, ``0``, ``""``, and for a date
:data:`NO_DATE`, so that an expression never fails for want of an answer. ``case.answered`` lists the names
of the fields that do have an answer. Dates are CEL timestamps at midnight UTC; money is an integer of fen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain, islice, product
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["date", "text", "integer", "boolean", "names"]

NO_DATE = datetime(1, 1, 1, tzinfo=UTC)

FACTS: Mapping[str, Kind] = MappingProxyType(
    {
        "act_date": "date",
        "filed_on": "date",
        "decision_date": "date",
        "served_on": "date",
        "opened_on": "date",
        "state": "text",
        "phase": "text",
        "evidence_items": "integer",
        "officers": "integer",
        "assessed_fen": "integer",
        "paid_fen": "integer",
        "outstanding_fen": "integer",
        "refundable_fen": "integer",
        "remedy_pending": "boolean",
        "answered": "names",
    }
)

_KIND_OF_FIELD: Mapping[str, Kind] = MappingProxyType(
    {
        "date": "date",
        "text": "text",
        "long_text": "text",
        "reference": "text",
        "receipt": "text",
        "choice": "text",
        "integer": "integer",
        "money": "integer",
        "staff": "integer",
        "boolean": "boolean",
    }
)
_EMPTY: Mapping[Kind, Any] = MappingProxyType(
    {"date": NO_DATE, "text": "", "integer": 0, "boolean": False, "names": []}
)
_SAMPLES: Mapping[Kind, tuple[Any, ...]] = MappingProxyType(
    {
        "date": (NO_DATE, datetime(2010, 1, 15, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)),
        "text": ("", "x"),
        "integer": (0, 1, 1_000_000_000),
        "boolean": (False, True),
        "names": ([], ["x"]),
    }
)
_SAMPLE_LIMIT = 2_000
# What evaluating an expression may raise: unfit types, missing keys, division by zero, overflow.
_FAULTS = (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError)
_PLAIN_FUNCTIONS = "size contains startsWith endsWith matches has int double string timestamp duration max min"
_DATE_FUNCTIONS = "getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear"
_FUNCTIONS = frozenset(f"{_PLAIN_FUNCTIONS} {_DATE_FUNCTIONS}".split())
_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_MEMBER = re.compile(r"(?<![\w.])case\s*\.\s*([A-Za-z_]\w*)")
_BARE_CASE = re.compile(r"(?<![\w.])case(?!\w)(?!\s*\.\s*[A-Za-z_])")
_CHOSEN = re.compile(r"(?<![\w.])case\s*\.\s*([A-Za-z_]\w*)\s*(?:==|!=)\s*(?:\"([^\"]*)\"|'([^']*)')")
_AMONG = re.compile(r"(?<![\w.])case\s*\.\s*([A-Za-z_]\w*)\s+in\s*\[([^\]]*)\]")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")


class GuardRefused(ValueError):
    """A guard's expression cannot be used; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A compiled expression and the members of ``case`` it reads."""

    source: str
    members: frozenset[str]
    program: Any

    def holds(self, view: ReadView) -> bool:
        """Evaluate against ``view``; about 5 microseconds. Raises :class:`GuardRefused` if it has no truth value."""
        case = {member: view.member(member) for member in self.members}
        try:
            outcome = self.program.execute({"case": case, "today": view.today})
        except _FAULTS as error:
            message = f"'{self.source}' cannot be evaluated: {error}"
            raise GuardRefused(message) from error
        if not isinstance(outcome, bool):
            message = f"'{self.source}' is {type(outcome).__name__}, not true or false"
            raise GuardRefused(message)
        return outcome


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the office knows of a case besides its answers. Money in fen; dates are the office's business dates."""

    state: str = ""
    phase: str = ""
    act_date: date | None = None
    filed_on: date | None = None
    decision_date: date | None = None
    served_on: date | None = None
    opened_on: date | None = None
    evidence_items: int = 0
    officers: int = 0
    assessed_fen: int = 0
    paid_fen: int = 0
    outstanding_fen: int = 0
    refundable_fen: int = 0
    remedy_pending: bool = False


@dataclass(frozen=True, slots=True)
class ReadView:
    """The view a guard reads; made by :func:`build_view`."""

    kinds: Mapping[str, Kind]
    answers: Mapping[str, Any]
    facts: CaseFacts
    today: datetime

    def member(self, name: str) -> Any:
        """Return ``case.name`` as a CEL value; raises ``KeyError`` for a name outside the view."""
        kind = self.kinds[name]
        if name == "answered":
            return sorted(field for field, answer in self.answers.items() if answer not in (None, ""))
        known = getattr(self.facts, name) if name in FACTS else None
        if known is None:
            known = self.answers.get(name)
        return _EMPTY[kind] if known is None else _cel_value(kind, known)


def view_kinds(field_types: Mapping[str, str]) -> Mapping[str, Kind]:
    """Return every member of ``case`` and its kind, for fields given as name to type (``date``, ``money`` ...)."""
    kinds: dict[str, Kind] = {name: _KIND_OF_FIELD[kind] for name, kind in field_types.items()}
    kinds.update(FACTS)
    return MappingProxyType(kinds)


def build_view(kinds: Mapping[str, Kind], answers: Mapping[str, Any], facts: CaseFacts, today: date) -> ReadView:
    """Return the read-only view of one case.

    ``answers`` maps field names to typed answers or to their stored form (dates as ISO text); ``today`` is the
    business date. A case date that the facts lack is taken from the answer of the same name.
    """
    return ReadView(kinds, answers, facts, _midnight(today))


def compile_guard(
    source: str, kinds: Mapping[str, Kind], choices: Mapping[str, Collection[str]] = MappingProxyType({})
) -> Guard:
    """Compile ``source`` and try it over sample values of every member it reads.

    ``choices`` holds the keys of every choice field. Raises :class:`GuardRefused` for a syntax error, a name
    outside the view, a function the files may not use, types that do not fit, a choice compared with what it
    can never be, and a result that is not true or false.
    """
    # Loaded here: the package brings a terminal program along, and the worker and the timetable read no guard.
    import cel

    try:
        program = cel.compile(source)
    except (ValueError, TypeError) as error:
        reason = str(error).rpartition("ERROR:")[2].splitlines()[0].strip()
        message = f"'{source}' is not a CEL expression: {reason}"
        raise GuardRefused(message) from error
    members = _members(source, program, kinds)
    _check_choices(source, choices)
    guard = Guard(source, members, program)
    for case, today in _samples(members, kinds):
        _try(guard, case, today)
    return guard


def _members(source: str, program: Any, kinds: Mapping[str, Kind]) -> frozenset[str]:
    bare = _TEXT.sub('""', source)
    unknown = set(program.variables()) - {"case", "today"} - set(_BOUND.findall(bare))
    if unknown:
        message = f"'{source}' reads '{min(unknown)}'; a condition may read only 'case' and 'today'"
        raise GuardRefused(message)
    for function in program.functions():
        if re.fullmatch(r"[A-Za-z]\w*", function) and function not in _FUNCTIONS:
            message = f"'{source}' calls '{function}', which conditions do not have"
            raise GuardRefused(message)
    if _BARE_CASE.search(bare):
        message = f"'{source}' must read the case member by member, as case.NAME"
        raise GuardRefused(message)
    members = frozenset(_MEMBER.findall(bare))
    for member in sorted(members - kinds.keys()):
        message = f"'{source}' reads case.{member}, which is neither a field of this workflow nor a fact of a case"
        raise GuardRefused(message)
    return members


def _check_choices(source: str, choices: Mapping[str, Collection[str]]) -> None:
    compared = [(field, double or single) for field, double, single in _CHOSEN.findall(source)]
    for field, among in _AMONG.findall(source):
        compared += [(field, quoted[1:-1]) for quoted in _TEXT.findall(among)]
    for field, chosen in compared:
        if chosen and field in choices and chosen not in choices[field]:
            message = f"'{source}' compares case.{field} with '{chosen}', which is none of its choices"
            raise GuardRefused(message)


def _samples(members: frozenset[str], kinds: Mapping[str, Kind]) -> Iterator[tuple[dict[str, Any], datetime]]:
    ordered = sorted(members)
    choices = [_SAMPLES[kinds[member]] for member in ordered]
    rows = chain(
        islice(product(*choices), _SAMPLE_LIMIT),
        # Beyond the limit the first members would keep one value; here each member moves while the others stand.
        (
            tuple(options[turn if place == moved else rest] for place, options in enumerate(choices))
            for moved in range(len(choices))
            for turn in range(len(choices[moved]))
            for rest in (0, 1)
        ),
    )
    for values in rows:
        yield dict(zip(ordered, values, strict=True)), _SAMPLES["date"][-1]


def _try(guard: Guard, case: Mapping[str, Any], today: datetime) -> None:
    try:
        outcome = guard.program.execute({"case": dict(case), "today": today})
    except _FAULTS as error:
        message = f"'{guard.source}' compares or combines values that do not fit together: {error}"
        raise GuardRefused(message) from error
    if not isinstance(outcome, bool):
        message = f"'{guard.source}' must be true or false, not {type(outcome).__name__}"
        raise GuardRefused(message)


def _cel_value(kind: Kind, known: Any) -> Any:
    if kind == "date":
        return _midnight(date.fromisoformat(known) if isinstance(known, str) else known)
    return known


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
