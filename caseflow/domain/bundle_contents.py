"""What goes into a referral's bundle, in the order of ACL article 55, and what is still missing from it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from caseflow.domain.cases import Case
from caseflow.domain.issued import outdated, waits_for
from caseflow.domain.referral_marks import decision_seq
from caseflow.domain.referrals import DEMAND
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step

APPLICATION, DECISION, VIEWS, OBJECT, OTHER = 1, 2, 3, 4, 5
GROUPS: Final[Mapping[int, Words]] = {
    APPLICATION: Words("Application for compulsory execution", "强制执行申请书"),
    DECISION: Words("Decision with its facts, reasons and basis", "行政决定书及作出决定的事实、理由和依据"),
    VIEWS: Words("Views of the party, and the demand", "当事人的意见及行政机关催告情况"),
    OBJECT: Words("State of the object of execution", "申请强制执行标的情况"),
    OTHER: Words("Other material", "其他材料"),
}
_STEMS: Final = {APPLICATION: "application", DECISION: "decision", VIEWS: "views", OTHER: "other"}


@dataclass(frozen=True)
class IssuedPaper:
    """An issued paper: ``seq`` is the step whose document it writes out, ``pdf_sha256`` its files by language."""

    id: int
    kind: str
    title: Words
    number: Words
    issued_on: date
    seq: int
    pdf_sha256: Mapping[str, str]


@dataclass(frozen=True)
class ChosenFile:
    """A file that an officer chose for the court."""

    id: int
    name: str
    media_type: str
    purpose: Words
    description: str
    sha256: str


@dataclass(frozen=True)
class BundleEntry:
    """One thing in a bundle: its group of article 55, what it is, and its files as (path, language or "", SHA-256)."""

    group: int
    title: Words
    number: Words | None
    issued_on: date | None
    files: tuple[tuple[str, str, str], ...]


def kinds_by_group(rules: Rules, case: Case) -> dict[int, frozenset[str]]:
    """Return the kinds of documents that make up the first three groups, as the workflow itself tells them apart."""
    definition, demand = rules.definition, rules.law.rule(DEMAND).id
    steps = definition.steps.values()
    application = _made(steps, lambda step: step.referral == "sign")
    decision = _made(steps, lambda step: step.levies)
    demands = {
        kind
        for step in steps
        if any(start.clock == demand for start in step.starts)
        for kind in step.makes
        if kind == (step.serves or step.makes[0])
    }
    views = _made(steps, lambda step: step.on_behalf_of == "party" and definition.receipt_field(step) is None)
    taken = {one.trigger for one in case.history}
    views = {kind for kind in views if any(kind in step.makes and step.name in taken for step in steps)}
    return {
        APPLICATION: frozenset(application),
        DECISION: frozenset(decision),
        VIEWS: frozenset(demands | views) - application - decision,
    }


def needed_kinds(definition: Definition, case: Case) -> frozenset[str]:
    """Return the kinds of papers without which the bundle is incomplete: what signing made, decided and asks for."""
    steps = definition.steps.values()
    asked = {kind for step in steps if step.referral == "file" for kind in step.needs.issued}
    signed = {one.trigger for one in case.history if definition.steps.get(one.trigger) is not None}
    made = {
        kind
        for step in steps
        if step.name in signed and (step.referral == "sign" or step.levies)
        for kind in step.makes
    }
    return frozenset(kind for kind in asked | made if kind in case.documents)


def missing_papers(definition: Definition, case: Case) -> tuple[Words, ...]:
    """Return what of the bundle is not issued as a paper yet."""
    left = {
        kind
        for step in definition.steps.values()
        if step.referral == "file"
        for kind, _ in waits_for(definition, case, step)
    }
    left |= {kind for kind in needed_kinds(definition, case) - definition.each_making if kind in case.unissued}
    titles = {kind: definition.documents[kind].title for kind in definition.documents}
    late = {
        kind
        for step in definition.steps_from(case.state)
        for kind in outdated(definition, case, step)
        if kind not in left
    }
    return (
        *(
            Words(f"{titles[kind].en}: not issued yet", f"{titles[kind].zh}：尚未制发")
            for kind in titles
            if kind in left
        ),
        *(
            Words(
                f"{titles[kind].en}: money has moved since it was issued; correct it",
                f"{titles[kind].zh}：制发后款项已有变动，应当更正",
            )
            for kind in titles
            if kind in late
        ),
    )


def entries(
    rules: Rules, case: Case, papers: Sequence[IssuedPaper], files: Sequence[ChosenFile]
) -> tuple[BundleEntry, ...]:
    """Return the papers and files of the bundle in order; the statement of the object is put between them.

    Of what was issued before the decision only the views of the party go in.
    """
    groups = kinds_by_group(rules, case)
    decided = decision_seq(rules.definition, case)
    found: list[BundleEntry] = []
    for group in (APPLICATION, DECISION, VIEWS, OTHER):
        known = [paper for paper in papers if _group_of(groups, paper, decided) == group]
        for place, paper in enumerate(sorted(known, key=lambda one: (one.seq, one.id)), 1):
            found.append(_paper_entry(group, place, paper))
    first = sum(one.group == OTHER for one in found) + 1
    found += [_file_entry(place, file) for place, file in enumerate(sorted(files, key=lambda one: one.id), first)]
    return tuple(found)


def _group_of(groups: Mapping[int, frozenset[str]], paper: IssuedPaper, decided: int) -> int | None:
    for group in (APPLICATION, DECISION, VIEWS):
        if paper.kind in groups[group]:
            return group
    return OTHER if paper.seq >= decided else None


def _paper_entry(group: int, place: int, paper: IssuedPaper) -> BundleEntry:
    stem = f"{group:02d}-{_STEMS[group]}" + (f"-{place}" if place > 1 or group in (VIEWS, OTHER) else "")
    files = tuple(
        (f"{stem}.{language}.pdf", language, paper.pdf_sha256[language])
        for language in ("zh", "en")
        if language in paper.pdf_sha256
    )
    return BundleEntry(group, paper.title, paper.number, paper.issued_on, files)


def _file_entry(place: int, file: ChosenFile) -> BundleEntry:
    ending = file.name.rpartition(".")[2].lower()
    ending = ending if ending.isascii() and ending.isalnum() and ending != file.name.lower() else "bin"
    title = Words(f"{file.purpose.en}: {file.description}", f"{file.purpose.zh}：{file.description}")
    path = f"{OTHER:02d}-{_STEMS[OTHER]}-{place}.{ending}"
    return BundleEntry(OTHER, title, None, None, ((path, "", file.sha256),))


def _made(steps: Iterable[Step], is_it: Callable[[Step], bool]) -> set[str]:
    return {kind for step in steps if is_it(step) for kind in step.makes}
