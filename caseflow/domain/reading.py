"""Why somebody reads a file, and how many a day: what counts as a live task, reasons, allowances."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from caseflow.domain.access import Actor, Role
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500


class Purpose(StrEnum):
    """Why something personal was read, as the read log keeps it."""

    TASK = "task"
    REASON = "reason"
    LIST = "list"
    SEARCH = "search"
    EXPORT = "export"
    SYSTEM = "system"
    PERSON = "person"


PURPOSE_WORDS: Final[Mapping[Purpose, Words]] = {
    Purpose.TASK: Words("a task on the case", "经办本案"),
    Purpose.REASON: Words("a stated reason", "说明理由后查阅"),
    Purpose.LIST: Words("shown among others", "在列表等处一并显示"),
    Purpose.SEARCH: Words("search by identity number", "按证件号码查询"),
    Purpose.EXPORT: Words("in an exported file", "导出文件"),
    Purpose.SYSTEM: Words("a command of the server", "服务器命令"),
    Purpose.PERSON: Words("the person concerned, in My case", "当事人本人在“我的案件”中查看"),
}


class ReasonKind(StrEnum):
    """Reasons to choose from where no task leads to a file."""

    INQUIRY = "inquiry"
    AUDIT = "audit"
    SUPERVISION = "supervision"
    MONEY = "money"
    MISTAKE = "mistake"
    OTHER = "other"


REASON_WORDS: Final[Mapping[ReasonKind, Words]] = {
    ReasonKind.INQUIRY: Words(
        "The person concerned, or somebody for them, asks about the case", "当事人或其代理人询问案件"
    ),
    ReasonKind.AUDIT: Words("Audit or review of a sample", "审计或抽样核查"),
    ReasonKind.SUPERVISION: Words("Supervision of how the case is handled", "监督案件办理情况"),
    ReasonKind.MONEY: Words("A payment, a receipt or a refund has to be cleared up", "核对缴款、票据或退款"),
    ReasonKind.MISTAKE: Words("An entry that may be wrong has to be looked at", "核实可能有误的登记"),
    ReasonKind.OTHER: Words("Another reason", "其他理由"),
}


class Allowance(StrEnum):
    """What is counted a person and day."""

    FILES = "files"
    ROWS = "rows"
    EXPORT = "export"


class Alarm(StrEnum):
    """What the supervisor is told of somebody's reading."""

    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True)
class ReadLimits:
    """How much a person may read a day: different files opened, different cases that lists show, cases an export.

    A supervisor may open twice as many files.
    """

    files: int = 200
    rows: int = 5000
    export: int = 500

    def of(self, actor: Actor) -> ReadLimits:
        """Return what holds for an actor."""
        return ReadLimits(self.files * 2, self.rows, self.export) if Role.SUPERVISOR in actor.roles else self

    def most(self, allowance: Allowance) -> int:
        """Return the limit of one kind."""
        return {Allowance.FILES: self.files, Allowance.ROWS: self.rows, Allowance.EXPORT: self.export}[allowance]

    def raised(self, allowances: Collection[Allowance]) -> ReadLimits:
        """Return the limits with every approved allowance (one a time it was approved) added once more."""
        times = {one: 1 + sum(1 for given in allowances if given is one) for one in Allowance}
        return ReadLimits(self.files * times[Allowance.FILES], self.rows * times[Allowance.ROWS], self.export)


DEFAULT_READ_LIMITS: Final = ReadLimits()


def limits_of_text(text: str) -> ReadLimits | None:
    """Return limits written like ``200,5000,500`` (files, listed cases, cases of an export); None for anything else."""
    found = re.fullmatch(r"([1-9]\d{0,5}), ?([1-9]\d{0,6}), ?([1-9]\d{0,6})", text, re.ASCII)
    return ReadLimits(*map(int, found.groups())) if found is not None else None


def comes_near(before: int, after: int, most: int) -> bool:
    """Tell whether reading went past four fifths of what is allowed just now."""
    return before * 5 < most * 4 <= after * 5


@dataclass(frozen=True)
class Standing:
    """What tells whether a case is somebody's task: its officers, whose turn it is (roles), and what waits beside.

    ``paper_waits``: a paper of it waits for review or issue; ``audited``: it is in a sample or an open finding is about
    it; ``overdue``: a limit of it was escalated or is past; ``acted_today``: they took a step of it today.
    """

    owner_id: int
    second_officer_id: int | None
    closed: bool
    acted_today: bool
    turn: frozenset[str]
    paper_waits: bool
    audited: bool
    overdue: bool


# Whoever may review and issue papers.
_OF_PAPERS: Final = frozenset({Role.REVIEWER, Role.APPROVER})


def has_task(actor: Actor, case: Standing) -> bool:
    """Tell whether the actor has a live task on a case, so that it may be opened without a stated reason.

    Officers work on their own cases, and on those of whom they stand in for: that a step waits for some officer of the
    office is no reason to read it. Every other desk shares its cases. Whoever took a step today sees what came of it.
    """
    if case.acted_today or (case.audited and actor.roles & {Role.AUDITOR, Role.SUPERVISOR}):
        return True
    if case.closed:
        return False
    if {case.owner_id, case.second_officer_id} & {actor.id, *actor.stands_in_for}:
        return True
    if case.turn & {role.value for role in actor.roles - {Role.OFFICER}}:
        return True
    if case.paper_waits and actor.roles & _OF_PAPERS:
        return True
    return case.overdue and Role.SUPERVISOR in actor.roles


def reason_faults(kind: str, reason: str) -> tuple[tuple[str, Words], ...]:
    """Return what is wrong with a stated reason, as (input, words)."""
    faults = []
    if kind not in {one.value for one in ReasonKind}:
        faults.append(("kind", Words("Choose a reason.", "请选择理由。")))
    return (*faults, *text_faults(reason))


def cleaned(reason: str) -> str:
    """Return a reason as it is kept: on its own, without characters that no text needs."""
    return plain_text(reason).strip()


def text_faults(reason: str) -> tuple[tuple[str, Words], ...]:
    """Return what is wrong with the text of a reason, as (input, words)."""
    if SHORTEST_REASON <= len(cleaned(reason)) <= LONGEST_REASON:
        return ()
    words = Words(
        f"Say it in your own words, in {SHORTEST_REASON} to {LONGEST_REASON} characters.",
        f"请用自己的话说明，{SHORTEST_REASON}至{LONGEST_REASON}字。",
    )
    return (("reason", words),)
