"""Builds the law book from law files, or refuses them with every problem at its line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.law import file_format as spec
from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.examples import example_failure
from caseflow.domain.law.model import (
    Bracket,
    ChargeRate,
    Ladder,
    Late,
    LawBook,
    Rule,
    RuleVersion,
    Rung,
)
from caseflow.domain.law.refusals import Repeal
from caseflow.domain.law.service_format import ServiceFileSpec, service_law, service_problems
from caseflow.domain.law.service_law import ServiceLaw
from caseflow.domain.law.soundness import book_problems, rule_problems
from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.words import Words

_Spec = TypeVar("_Spec", bound=BaseModel)


def parse_law(documents: Sequence[SourceDocument], *, calendar: WorkingCalendar | None = None) -> LawBook:
    """Build the law book from the law files, the file of ladders and the file of service.

    With a ``calendar`` every worked example of the files is computed as well; without one only those that need no
    working day. Raises :class:`~caseflow.domain.sources.FileRefused` with all problems of all files.
    """
    problems: list[Problem] = []
    ladders: dict[str, Ladder] = {}
    rules: dict[str, Rule] = {}
    places: dict[str, tuple[SourceDocument, int]] = {}
    service = ServiceLaw()
    for document in documents:
        if isinstance(document.data, dict) and "ladders" in document.data:
            ladders.update(_ladders(document, problems))
        elif isinstance(document.data, dict) and "service_methods" in document.data:
            service = _service(document, problems)
        else:
            _read_rules(document, rules, places, problems)
    problems += book_problems(rules, ladders, places)
    if problems:
        raise FileRefused(problems)
    book = LawBook(rules, ladders, _digest(documents), _primary_rules(rules), service)
    problems = _example_problems(book, places, calendar)
    if problems:
        raise FileRefused(problems)
    return book


def _read_rules(
    document: SourceDocument,
    rules: dict[str, Rule],
    places: dict[str, tuple[SourceDocument, int]],
    problems: list[Problem],
) -> None:
    law_file = _validated(spec.LawFileSpec, document, problems)
    if law_file is None:
        return
    for index, rule_spec in enumerate(law_file.rules):
        where = ("rules", index)
        if rule_spec.id in rules:
            first, first_index = places[rule_spec.id]
            line = first.line_of(("rules", first_index))
            reason = f"rule '{rule_spec.id}' is already declared in {first.path}:{line}"
            problems.append(document.problem((*where, "id"), reason))
            continue
        problems += [document.problem((*where, *path), reason) for path, reason in rule_problems(rule_spec)]
        rules[rule_spec.id] = _rule(rule_spec, law_file)
        places[rule_spec.id] = (document, index)


def _validated(shape: type[_Spec], document: SourceDocument, problems: list[Problem]) -> _Spec | None:
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            where = tuple(part for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-")))
            problems.append(document.problem(where, _plain_reason(item["type"], item["msg"])))
        return None


def _plain_reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is required and missing"
    if kind == "extra_forbidden":
        return "is not a known key"
    return message[:1].lower() + message[1:]


def _ladders(document: SourceDocument, problems: list[Problem]) -> dict[str, Ladder]:
    parsed = _validated(spec.LaddersFileSpec, document, problems)
    if parsed is None:
        return {}
    return {
        name: Ladder(
            name,
            _words(ladder.title),
            tuple(
                Rung(rung.offset_days, rung.unit, rung.to, rung.escalate)
                for rung in sorted(ladder.rungs, key=lambda rung: rung.offset_days)
            ),
        )
        for name, ladder in parsed.ladders.items()
    }


def _service(document: SourceDocument, problems: list[Problem]) -> ServiceLaw:
    parsed = _validated(ServiceFileSpec, document, problems)
    if parsed is None:
        return ServiceLaw()
    problems += [document.problem(path, reason) for path, reason in service_problems(parsed)]
    return service_law(parsed)


def _rule(rule: spec.RuleSpec, law_file: spec.LawFileSpec) -> Rule:
    return Rule(
        id=rule.id,
        row=rule.row or "",
        primary=rule.primary,
        statute=law_file.statute,
        kind=rule.kind,
        title=_words(rule.title),
        binds=rule.binds,
        trigger=_words(rule.trigger),
        applies_by=rule.applies_by,
        start_day=rule.start_day,
        roll=rule.roll,
        month_end=rule.month_end,
        straddling=rule.straddling,
        before_first=rule.before_first,
        direction=rule.direction,
        late=Late(rule.late.effect, _words(rule.late), rule.late.inferred) if rule.late else None,
        ladder=rule.ladder or law_file.ladder,
        regime=rule.regime,
        pends=rule.pends,
        charge=rule.charge,
        from_service=rule.from_service,
        notices=tuple(_words(notice) for notice in rule.notices),
        versions=tuple(_version(version) for version in sorted(rule.versions, key=lambda version: version.from_)),
        repealed_by=_repeal(rule.repealed_by),
        digest=sha256(rule.model_dump_json(exclude={"examples"}, by_alias=True).encode()).hexdigest(),
    )


def _version(version: spec.VersionSpec) -> RuleVersion:
    cite, checked = _cite(version.cite), _checked(version.checked)
    return RuleVersion(
        from_=version.from_,
        until=version.until,
        cite=cite,
        checked=checked,
        dates_checked=version.dates_checked or version.checked.status,
        length=version.length,
        unit=version.unit,
        act_date_until=version.act_date_until,
        act_date_repeal=_repeal(version.act_date_repeal),
        reviews=tuple(version.reviews),
        charge=_charge(version),
        brackets=tuple(_bracket(bracket, cite, checked) for bracket in version.brackets),
        annual_basis_points=version.annual_basis_points or 0,
        note=_words(version.note) if version.note else None,
    )


def _charge(version: spec.VersionSpec) -> ChargeRate | None:
    rate = version.rate
    if rate is None:
        return None
    share = Fraction(rate.per_mille, 1000) if rate.per_mille else Fraction(rate.percent or 0, 100)
    cap_cite = _cite(version.cap_cite) if version.cap_cite else None
    pauses = frozenset(version.pauses)
    return ChargeRate(share, rate.per, version.cap_percent, pauses, cap_cite, tuple(version.allocation))


def _bracket(bracket: spec.BracketSpec, version_cite: Citation, version_checked: Checked) -> Bracket:
    return Bracket(
        bracket.when,
        _words(bracket.text),
        bracket.min_fen,
        bracket.max_fen,
        bracket.min_times_gains,
        bracket.max_times_gains,
        bracket.optional,
        _cite(bracket.cite) if bracket.cite else version_cite,
        _checked(bracket.checked) if bracket.checked else version_checked,
    )


def _words(words: spec.WordsSpec) -> Words:
    return Words(words.en, words.zh)


def _cite(cite: spec.CiteSpec) -> Citation:
    return Citation(cite.law, cite.article, Words(cite.en, cite.zh))


def _checked(checked: spec.CheckedSpec) -> Checked:
    return Checked(checked.on, checked.status)


def _repeal(repeal: spec.RepealSpec | None) -> Repeal | None:
    return Repeal(repeal.law, repeal.on, _words(repeal)) if repeal else None


def _primary_rules(rules: Mapping[str, Rule]) -> dict[str, str]:
    by_row: dict[str, str] = {}
    for rule in rules.values():
        if rule.row and (rule.primary or rule.row not in by_row):
            by_row[rule.row] = rule.id
    return by_row


def _digest(documents: Sequence[SourceDocument]) -> str:
    contents = sorted(
        json.dumps(document.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        for document in documents
    )
    return sha256("\n".join(contents).encode()).hexdigest()


def _example_problems(
    book: LawBook, places: Mapping[str, tuple[SourceDocument, int]], calendar: WorkingCalendar | None
) -> list[Problem]:
    problems = []
    for rule_id, (document, index) in places.items():
        examples = document.data["rules"][index].get("examples", [])
        for number, raw in enumerate(examples):
            failure = example_failure(book, book.rules[rule_id], spec.ExampleSpec.model_validate(raw), calendar)
            if failure is not None:
                problems.append(document.problem(("rules", index, "examples", number), failure))
    return problems
