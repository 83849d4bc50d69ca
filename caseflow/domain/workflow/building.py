"""Builds a definition from data whose shape and guards are already known to be right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from caseflow.domain.guards import Guard
from caseflow.domain.old_book import BookColumn, BookEvent, OldBook
from caseflow.domain.retention import Retention
from caseflow.domain.wind_down_classes import Source, WindDown, WindDownClass, WindDownRule
from caseflow.domain.words import Words
from caseflow.domain.workflow_format import (
    DocumentShape,
    OldBookShape,
    RegimeShape,
    RetentionShape,
    StepShape,
    TextShape,
    WindDownShape,
)
from caseflow.domain.workflow_model import (
    PAPER_NUMBER,
    AmountRule,
    ClockStart,
    Condition,
    Definition,
    Document,
    Field,
    Needs,
    Officers,
    Posting,
    State,
    Step,
    Toll,
)


def plain_body(data: Any) -> Any:
    """Return ``data`` as JSON-able data: dates become ISO text."""
    if isinstance(data, Mapping):
        return {str(key): plain_body(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain_body(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def content_hash(body: Any) -> str:
    """Return the SHA-256 (hex) of the RFC 8785 canonical JSON of ``body``.

    Workflow bodies hold only objects with plain ASCII keys, lists, text, integers, booleans and null; for
    these, sorted compact JSON is the canonical form (a test compares it with the reference implementation).
    """
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def build_definition(shape: RegimeShape, guards: Mapping[str, Guard], body: Mapping[str, Any]) -> Definition:
    """Return the definition of ``shape``; ``guards`` holds the compiled expression of every condition."""
    return Definition(
        regime=shape.regime,
        version=shape.version,
        title=_words(shape.title),
        subjects=tuple(shape.subjects),
        subject_titles=MappingProxyType({kind: _words(title) for kind, title in shape.subject_titles.items()}),
        law=shape.law,
        number=_words(shape.number),
        paper_number=_words(shape.paper_number) if shape.paper_number else PAPER_NUMBER,
        seats=MappingProxyType({str(role): seats for role, seats in shape.seats.items()}),
        opens=shape.opens,
        opening=tuple(shape.opening),
        fields=MappingProxyType(_fields(shape)),
        documents=MappingProxyType({name: _document(name, document) for name, document in shape.documents.items()}),
        conditions=MappingProxyType(
            {
                name: Condition(name, guards[name], Words(condition.en, condition.zh))
                for name, condition in shape.conditions.items()
                if name in guards
            }
        ),
        states=MappingProxyType(_states(shape)),
        steps=MappingProxyType({name: _step(name, step) for name, step in shape.steps.items()}),
        properties=tuple(shape.properties),
        content_hash=content_hash(body),
        body=body,
        old_book=_old_book(shape.old_book) if shape.old_book else None,
        wind_down=_wind_down(shape.wind_down) if shape.wind_down else None,
        retention=_retention(shape.retention) if shape.retention else None,
    )


def _words(text: TextShape) -> Words:
    return Words(text.en, text.zh)


def _document(name: str, document: DocumentShape) -> Document:
    mark = _words(document.mark) if document.mark else Words("DOC", "文")
    return Document(name, _words(document.title), mark, document.number_from, document.template or name)


def _fields(shape: RegimeShape) -> dict[str, Field]:
    return {
        name: Field(
            name=name,
            type=asked.type,
            label=_words(asked.label),
            help=_words(asked.help) if asked.help else None,
            required=asked.required,
            not_after=asked.not_after,
            not_before=tuple(asked.not_before),
            min=asked.min,
            max=asked.max,
            choices=MappingProxyType({key: _words(words) for key, words in (asked.choices or {}).items()}),
            rising=asked.rising,
        )
        for name, asked in shape.fields.items()
    }


def _states(shape: RegimeShape) -> dict[str, State]:
    return {
        name: State(
            name=name,
            title=_words(state.title),
            phase=state.phase,
            clocks=tuple(state.clocks),
            waiting_for=state.waiting_for,
            branch=state.branch,
            final=state.final,
            board=state.board,
            pends=state.pends,
        )
        for name, state in shape.states.items()
    }


def _step(name: str, step: StepShape) -> Step:
    return Step(
        name=name,
        title=_words(step.title),
        from_states=tuple(step.from_states),
        to=step.to,
        by=tuple(step.by),
        on_behalf_of=step.on_behalf_of,
        branch=step.branch,
        not_by=tuple(step.not_by),
        needs=Needs(
            tuple(step.needs.documents),
            step.needs.officers,
            tuple(step.needs.steps),
            tuple(step.needs.issued),
            tuple(step.needs.served),
            MappingProxyType(dict(step.needs.failed_service)),
        ),
        when=tuple(step.when),
        unless=tuple(step.unless),
        opens_after=tuple(step.opens_after),
        within=tuple(step.within),
        asks=tuple(step.asks),
        effective=step.effective,
        sets=MappingProxyType({str(case_date): source for case_date, source in step.sets.items()}),
        levies=step.levies,
        amount=AmountRule(step.amount.field, step.amount.rule) if step.amount else None,
        makes=tuple(step.makes),
        starts=tuple(ClockStart(start.clock, start.on, start.after) for start in step.starts),
        meets=tuple(step.meets),
        stops=tuple(step.stops),
        tolls=tuple(Toll(toll.clock, _words(toll.reason)) for toll in step.tolls),
        resumes=tuple(step.resumes),
        posts=tuple(Posting(posting.event, posting.amount, posting.holds) for posting in step.posts),
        grave=_words(step.grave) if step.grave else None,
        officers=(
            Officers(step.officers.owner, step.officers.second, step.officers.replaces) if step.officers else None
        ),
        serves=step.serves,
        served_by=step.served_by,
        reaches_back=step.reaches_back,
        referral=step.referral,
        says=MappingProxyType(dict(step.says)),
        on_submission=step.on_submission,
    )


def _old_book(book: OldBookShape) -> OldBook:
    columns = {
        name: BookColumn(
            name=name,
            kind=column.kind,
            title=_words(column.title),
            also=tuple(column.also),
            required=column.required,
            needs=tuple(column.needs),
            not_before=tuple(column.not_before),
            not_above=column.not_above,
            choices=MappingProxyType({value: tuple(written) for value, written in column.choices.items()}),
        )
        for name, column in book.columns.items()
    }
    events = tuple(
        BookEvent(
            step=event.step,
            on=event.on,
            when=MappingProxyType(dict(event.when)),
            takes=MappingProxyType(dict(event.takes)),
            says=MappingProxyType(dict(event.says)),
            undated=event.undated,
        )
        for event in book.events
    )
    opening = MappingProxyType(dict(book.opening))
    return OldBook(MappingProxyType(columns), book.party_kind, book.opened_on, opening, events, book.settled)


def _retention(shape: RetentionShape) -> Retention:
    return Retention(shape.years, Source(_words(shape.basis), shape.basis.checked), is_law=shape.rule == "law")


def _wind_down(shape: WindDownShape) -> WindDown:
    sources = {name: Source(_words(source), source.checked) for name, source in shape.sources.items()}
    classes = {
        name: WindDownClass(
            name,
            _words(declared.title),
            _words(declared.reason),
            tuple(sources[source] for source in declared.sources if source in sources),
        )
        for name, declared in shape.classes.items()
    }
    rules = tuple(
        WindDownRule(
            rule.class_,
            rule.stage,
            tuple(rule.states),
            rule.paid,
            rule.listed,
            rule.was_listed,
            rule.applied,
            tuple(rule.steps),
        )
        for rule in shape.rules
    )
    return WindDown(
        cut_off=date.fromisoformat(shape.cut_off),
        classes=MappingProxyType(classes),
        stages=MappingProxyType({name: _words(title) for name, title in shape.stages.items()}),
        rules=rules,
        begins=tuple(shape.begins),
        office_steps=tuple(shape.office_steps),
        answers=MappingProxyType(dict(shape.answers)),
        begun_with=shape.begun_with,
        listed_by=shape.listed_by,
        restricted_by=tuple(shape.restricted_by),
        measured_on=shape.measured_on,
        applied_on=shape.applied_on,
        lifted_on=shape.lifted_on,
    )
