"""The steps of a case as papers quote them, and who signs what a step made: those of that day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.access import Role
from caseflow.domain.papers import NO_WORDS, Signer
from caseflow.domain.stepping import ROLE_WORDS
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition

_CARDS = ("first_card_no", "second_card_no")
_OFFICER = Words("Enforcement officer", "执法人员")
_PARTY = Words("Party", "当事人")


@dataclass(frozen=True)
class Act:
    """A step of the case, as papers quote it, with its own date ``on``. ``answers`` and ``law`` are JSON values."""

    seq: int
    trigger: str
    role: str
    actor: Words
    on: date
    answers: Mapping[str, Any]
    law: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class People:
    """Who handles a case: the present ``officers`` by name, ``staff`` named in answers by id, and the party."""

    officers: tuple[Words, ...]
    staff: Mapping[int, Words]
    party: Words


def signers(
    wanted: Sequence[str], definition: Definition, people: People, acts: Sequence[Act], made_seq: int | None
) -> Iterator[Signer]:
    """Yield whoever signs a paper: the officers of the day its document was made, the party, or who took that step.

    ``wanted`` are the parts the paper has room for, ``made_seq`` the making step (None: still to be taken).
    Of a role that did not take that step itself, it is whoever acted in it last before.
    """
    until = [act for act in acts if made_seq is None or act.seq <= made_seq]
    for part in wanted:
        if part == "officers":
            yield from _officers(definition, people, acts, made_seq)
        elif part == "party":
            yield Signer(_PARTY, people.party)
        else:
            acted = [act for act in until if act.role == Role(part).value]
            newest = max(acted, key=lambda act: act.seq, default=None)
            yield Signer(ROLE_WORDS[Role(part)], NO_WORDS if newest is None else newest.actor)


def _officers(definition: Definition, people: People, acts: Sequence[Act], made_seq: int | None) -> Iterator[Signer]:
    """Yield the two officers as they were then; a card is that of whom it was entered for, and of nobody after them."""
    ordered = sorted(acts, key=lambda act: act.seq)
    naming = [act for act in ordered if _names_officers(definition, act)]
    until = [act for act in naming if made_seq is None or act.seq <= made_seq]
    names: list[Words] = [ordered[0].actor if ordered else NO_WORDS, NO_WORDS]
    cards = ["", ""]
    for act in until:
        for place, field in enumerate(_fields(definition, act)):
            named = act.answers.get(field) if field is not None else None
            if named:
                names[place] = people.staff.get(int(named), NO_WORDS)
            if named or act.answers.get(_CARDS[place]):
                cards[place] = str(act.answers.get(_CARDS[place]) or "")
    if len(until) == len(naming):
        names = [*people.officers, NO_WORDS][:2]
    for name, card in zip(names, cards, strict=True):
        if name != NO_WORDS or len(people.officers) > 1:
            yield Signer(_OFFICER, name, card)


def _names_officers(definition: Definition, act: Act) -> bool:
    step = definition.steps.get(act.trigger)
    return step is not None and step.officers is not None


def _fields(definition: Definition, act: Act) -> tuple[str | None, str | None]:
    officers = definition.steps[act.trigger].officers
    return (None, None) if officers is None else (officers.owner, officers.second)
