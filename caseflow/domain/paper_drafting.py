"""What a paper says: built from its case, regime, law and answers, and from the office's file of papers. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from caseflow.domain.cases import Case
from caseflow.domain.law.reckoning_text import length_words
from caseflow.domain.paper_acts import Act, People, signers
from caseflow.domain.paper_specs import NO_SPEC, PaperSpec, SectionSpec
from caseflow.domain.papers import (
    LANGUAGES,
    NO_WORDS,
    Deadline,
    PaperContent,
    Particular,
    Section,
    Sum,
    date_words,
)
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Field, Step, money_text

# Stands where an answer is still to come; a paper with one is not submitted.
BLANK = "＿＿＿＿"
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_YES, _NO = Words("Yes", "是"), Words("No", "否")
# What is said of the people who act and of the paper itself stands elsewhere on it.
_NEVER_PARTICULARS = frozenset({"staff", "receipt", "long_text"})


@dataclass(frozen=True)
class Matter:
    """All that papers of a case are drafted from. ``officers`` are the names of the first and the second officer."""

    case: Case
    rules: Rules
    office: Words
    case_number: Words
    party_name: str
    officers: tuple[Words, ...]
    acts: tuple[Act, ...]
    staff: Mapping[int, Words]
    specs: Mapping[str, PaperSpec]

    @property
    def definition(self) -> Definition:
        """The workflow the case is pinned to."""
        return self.rules.definition

    @property
    def people(self) -> People:
        """Who may sign."""
        return People(self.officers, self.staff, Words(self.party_name, self.party_name))

    def making(self, made_seq: int | None) -> Act | None:
        """Return the step with this number."""
        return next((act for act in self.acts if act.seq == made_seq), None)

    def newest_making(self, kind: str) -> int | None:
        """Return the number of the newest step that made a document of this kind."""
        made = [act.seq for act in self.acts if (step := self.step_of(act)) is not None and kind in step.makes]
        return max(made, default=None)

    def step_of(self, act: Act) -> Step | None:
        """Return the step of the workflow that ``act`` took; None for the opening."""
        return self.definition.steps.get(act.trigger)


@dataclass(frozen=True)
class Wanted:
    """Which paper is drafted: its kind, the step that made its document or will make it, and what was edited.

    ``number`` is empty and ``on`` the business date while it is a draft. ``foretold`` are the answers that a paper
    prepared before its step states already.
    """

    kind: str
    step: Step | None
    made_seq: int | None
    on: date
    texts: Mapping[str, Mapping[str, str]]
    number: Words = NO_WORDS
    corrects: Words = NO_WORDS
    foretold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that the making step asks."""
        return self.step.asks if self.step is not None else ()


def draft(matter: Matter, wanted: Wanted) -> PaperContent:
    """Return what the paper says now; a field that the regime lacks, or that nobody answered, is left out."""
    definition, document = matter.definition, matter.definition.documents[wanted.kind]
    spec = matter.specs.get(wanted.kind, NO_SPEC)
    said = _Answers(matter, wanted)
    addressee = said.words(spec.addressee) if spec.addressee else None
    return PaperContent(
        kind=wanted.kind,
        title=document.title,
        office=matter.office,
        number=wanted.number,
        on=_dated(matter, wanted),
        regime=definition.title,
        case_number=matter.case_number,
        party_name=matter.party_name,
        party_kind=definition.subject_title(matter.case.party_kind),
        addressee=addressee or NO_WORDS,
        sections=_edited(sections_of(matter, wanted), wanted.texts),
        particulars=tuple(_particulars(spec, wanted, said)),
        sums=tuple(_sums(spec, wanted, said)),
        deadlines=tuple(_deadlines(matter, spec, wanted)),
        law=_law(matter, wanted),
        signers=tuple(signers(spec.signers, definition, matter.people, matter.acts, wanted.made_seq)),
        enclosures=spec.enclosures,
        corrects=wanted.corrects,
        seal=spec.seal,
    )


def _dated(matter: Matter, wanted: Wanted) -> date:
    """Return the day a paper bears: that of issue; a decision, numbered by its step, bears the day it was made.

    Source: APL 2021 article 59: a decision states its date, from which the law that governs it is chosen.
    """
    making = matter.making(wanted.made_seq)
    numbered = matter.definition.documents[wanted.kind].number_from is not None
    return making.on if numbered and making is not None else wanted.on


def sections_of(matter: Matter, wanted: Wanted) -> tuple[Section, ...]:
    """Return the sections of the paper as they are prefilled, before anybody edits them."""
    spec = matter.specs.get(wanted.kind, NO_SPEC)
    said = _Answers(matter, wanted)
    if spec.sections is not None:
        kept = [one for one in spec.sections if _belongs(one, matter, wanted, said)]
        return tuple(Section(one.name, one.label, _prefilled(one, said)) for one in kept)
    fields = matter.definition.fields
    asked = [fields[name] for name in wanted.asked if fields[name].type == "long_text"]
    return tuple(Section(one.name, one.label, said.words(one.name) or NO_WORDS) for one in asked)


def _belongs(section: SectionSpec, matter: Matter, wanted: Wanted, said: _Answers) -> bool:
    """Tell whether a section stands in the paper: one taken from a field does so where that field has to do with it.

    What the making step asks belongs. What only another step asks that makes the same kind (the reasons of a refusal,
    in a grant) does not, whoever answered it earlier; anything else does once it is answered.
    """
    source = section.source
    if source is None or source in wanted.asked:
        return True
    others = (step for step in matter.definition.steps.values() if wanted.kind in step.makes)
    return said.words(source) is not None and not any(source in step.asks for step in others)


def foretold_fields(matter: Matter, wanted: Wanted) -> tuple[Field, ...]:
    """Return the fields a paper states that the step making it will ask: whoever prepares it answers them first.

    Empty once the step is taken. The day of the step itself is not known before it.
    """
    if wanted.made_seq is not None or wanted.step is None:
        return ()
    spec = matter.specs.get(wanted.kind, NO_SPEC)
    fields = matter.definition.fields
    sums = [name for name in wanted.asked if fields[name].type == "money"] if spec.sums is None else spec.sums
    stated = {*(spec.particulars or ()), *sums, spec.addressee or ""}
    for one in spec.sections or ():
        told = [] if one.text is None else [*_PLACEHOLDER.findall(one.text.en), *_PLACEHOLDER.findall(one.text.zh)]
        stated |= {one.source or "", *told}
    left_out = {wanted.step.effective, matter.definition.documents[wanted.kind].number_from}
    # A long text is written into its section.
    never = ("staff", "receipt", "long_text")
    return tuple(
        fields[name]
        for name in wanted.asked
        if name in stated and name not in left_out and fields[name].type not in never
    )


def content_hash(content: PaperContent) -> str:
    """Return the SHA-256 of what the paper says, but for its number and day: what a reviewer has read and approved."""
    body = replace(content, number=NO_WORDS, on=date.min).body()
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def unfinished_sections(content: PaperContent) -> tuple[tuple[str, str], ...]:
    """Return name and language of each section that has a blank, or no Chinese text, which is the one that counts."""
    return tuple(
        (section.name, language)
        for section in content.sections
        for language in LANGUAGES
        if BLANK in section.text.in_locale(language) or (language == "zh" and not section.text.zh.strip())
    )


def standard_answers(matter: Matter, wanted: Wanted) -> dict[str, str]:
    """Return the office's standard words for what a paper begun before its step states, where the file has any."""
    standard = matter.specs.get(wanted.kind, NO_SPEC).standard
    return {one.name: standard[one.name] for one in foretold_fields(matter, wanted) if one.name in standard}


SERVICE_DAY, DECISION = "service_day", "decision_named"
# What a record of service may state beside the fields of the regime, told by the step that serves.
STEP_FACTS: Mapping[str, Words] = {
    "served_document": Words("Paper served", "送达文书"),
    SERVICE_DAY: Words("Day of service", "送达日期"),
    DECISION: Words("Decision concerned", "所涉决定"),
}


class _Answers:
    """The answers of a case in words, those of the making step before whatever was answered later."""

    def __init__(self, matter: Matter, wanted: Wanted) -> None:
        self._matter = matter
        self.definition = matter.definition
        self._step = wanted.step
        self._making = making = matter.making(wanted.made_seq)
        of_step = making.answers if making is not None else wanted.foretold
        # What an earlier step answered to the fields that this one asks anew is not of this paper.
        earlier = {name: value for name, value in matter.case.facts.items() if name not in wanted.asked}
        self._known = {**(matter.case.facts if making is not None else earlier), **of_step}

    def fen(self, name: str) -> int | None:
        """Return a sum: the answer to a money field, or one of the three sums of the case."""
        money = self._matter.case.money
        of_case = {
            "assessed_fen": money.assessed_fen,
            "paid_fen": money.collected_fen - money.refunded_fen,
            "outstanding_fen": money.outstanding_fen,
        }
        if name in of_case:
            return of_case[name]
        declared = self.definition.fields.get(name)
        amount = self._known.get(name)
        return amount if declared is not None and declared.type == "money" and isinstance(amount, int) else None

    def words(self, name: str) -> Words | None:
        """Return an answer in both languages; None where there is none."""
        fen = self.fen(name)
        if fen is not None:
            return Words(f"{money_text(fen)} yuan", f"{money_text(fen)}元")
        if name in STEP_FACTS:
            return self._of_step(name)
        declared, value = self.definition.fields.get(name), self._known.get(name)
        if declared is None or value is None or value == "":
            return None
        return self._worded(declared, value)

    def _of_step(self, name: str) -> Words | None:
        """Return what the making step itself tells of a service: which paper and the day; and the decision."""
        if name == DECISION:
            return self._decision()
        if self._making is None or self._step is None or self._step.serves is None:
            return None
        if name == SERVICE_DAY:
            return date_words(self._making.on)
        served = self.definition.documents[self._step.serves]
        number = self._known.get(served.number_from) if served.number_from is not None else None
        return Words(f"{served.title.en} {number}", f"{served.title.zh} {number}") if number else served.title

    def _decision(self) -> Words | None:
        """Name the decision by its number; of an old book, which often has none, by its day and its case."""
        number, day = self._known.get("decision_no"), self._matter.case.dates.decision_date
        if number:
            return Words(f"decision {number}", f"{number}决定")
        case = self._matter.case_number
        if day is None:
            return None
        on = date_words(day)
        return Words(f"the decision of {on.en} in case {case.en}", f"{on.zh}就{case.zh}案件作出的决定")

    def _worded(self, declared: Field, value: Any) -> Words | None:
        match declared.type:
            case "choice":
                return declared.choices.get(str(value))
            case "boolean":
                return _YES if value else _NO
            case "date":
                return date_words(date.fromisoformat(str(value)))
            case "staff":
                return self._matter.staff.get(int(value))
        return Words(str(value), str(value))


def _prefilled(section: SectionSpec, said: _Answers) -> Words:
    if section.source is not None:
        return said.words(section.source) or NO_WORDS
    if section.text is None:
        return NO_WORDS
    return Words(_filled(section.text, "en", said), _filled(section.text, "zh", said))


def _filled(text: Words, language: str, said: _Answers) -> str:
    def answer(found: re.Match[str]) -> str:
        words = said.words(found[1])
        return BLANK if words is None else words.in_locale(language)

    return _PLACEHOLDER.sub(answer, text.in_locale(language))


def _edited(sections: Iterable[Section], texts: Mapping[str, Mapping[str, str]]) -> tuple[Section, ...]:
    return tuple(
        replace(one, text=Words(texts[one.name].get("en", one.text.en), texts[one.name].get("zh", one.text.zh)))
        if one.name in texts
        else one
        for one in sections
    )


def _particulars(spec: PaperSpec, wanted: Wanted, said: _Answers) -> Iterable[Particular]:
    definition = said.definition
    own_number = definition.documents[wanted.kind].number_from
    for name in wanted.asked if spec.particulars is None else spec.particulars:
        declared, value = definition.fields.get(name), said.words(name)
        if name in STEP_FACTS and value is not None:
            yield Particular(name, STEP_FACTS[name], value)
        if declared is None or value is None or name == own_number:
            continue
        if spec.particulars is None and (declared.type in _NEVER_PARTICULARS or declared.type == "money"):
            continue
        yield Particular(name, declared.label, value)


_SUMS = {
    "assessed_fen": Words("Assessed", "应缴金额"),
    "paid_fen": Words("Paid", "已缴金额"),
    "outstanding_fen": Words("Outstanding", "未缴金额"),
}


def _sums(spec: PaperSpec, wanted: Wanted, said: _Answers) -> Iterable[Sum]:
    for name in wanted.asked if spec.sums is None else spec.sums:
        amount_fen = said.fen(name)
        if amount_fen is not None:
            label = _SUMS.get(name) or said.definition.fields[name].label
            yield Sum(name, label, amount_fen)


def _deadlines(matter: Matter, spec: PaperSpec, wanted: Wanted) -> Iterable[Deadline]:
    making = matter.making(wanted.made_seq)
    started = [start.clock for start in wanted.step.starts] if wanted.step else []
    for rule_id in started if spec.deadlines is None else spec.deadlines:
        clock, rule = matter.case.latest_clock(rule_id), matter.rules.law.rules.get(rule_id)
        # A limit that began before the document was made is that of another act, and its last day is not of this paper.
        if clock is not None and making is not None and clock.reckoning.trigger_on >= making.on:
            counted = clock.reckoning
            length = length_words(counted.length, counted.unit)
            yield Deadline(rule_id, counted.title, length, clock.due_on, counted.cite.text)
        elif rule is not None:
            version = rule.version_or_none(wanted.on)
            if version is not None and version.length is not None and version.unit is not None:
                length = length_words(version.length, version.unit)
                yield Deadline(rule_id, rule.title, length, None, version.cite.text)


def _law(matter: Matter, wanted: Wanted) -> tuple[Words, ...]:
    """Return where the law stands that the case was decided by until the document was made, each place once.

    The law of a time limit is told with the limit.
    """
    found: dict[Words, None] = {}
    acts = [act for act in matter.acts if wanted.made_seq is None or act.seq <= wanted.made_seq]
    for act in sorted(acts, key=lambda one: one.seq):
        for used in (one for one in act.law if one["kind"] != "clock"):
            rule = matter.rules.law.rules.get(used["rule"])
            version = rule.version_or_none(date.fromisoformat(used["applied_on"])) if rule is not None else None
            same = version is not None and (version.cite.law, version.cite.article) == (used["law"], used["article"])
            place = f"{used['law']} {used['article']}"
            found.setdefault(version.cite.text if version is not None and same else Words(place, place))
    return tuple(found)
