"""What a person may submit to the office in their case: kinds, what each needs, whose desk it goes to. Pure.

The law never lets an office shut the door: what comes late is taken in, marked late, and answered with what follows.
Sources: Administrative Penalty Law (2021) articles 43 (recusal), 45 (statement, evidence), 63 and 64 (hearing), 66
(instalments); Personal Information Protection Law articles 46 and 50 (correction).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from caseflow.domain.access import Actor, Role
from caseflow.domain.words import Words

LONGEST_TEXT: Final = 5_000
LONGEST_REASONS: Final = 5_000
MOST_FILES: Final = 5
# Nobody in need writes more of them in a day; a program that floods an office does.
MOST_A_DAY: Final = 20


class Kind(StrEnum):
    """What is submitted."""

    STATEMENT = "statement"
    EVIDENCE = "evidence"
    HEARING_REQUEST = "hearing_request"
    INSTALMENTS = "instalments"
    CORRECTION = "correction"
    REFUND_CLAIM = "refund_claim"
    RECUSAL = "recusal"


class State(StrEnum):
    """How far the office is with it."""

    RECEIVED = "received"
    IN_HAND = "in_hand"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What the office answers."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOTED = "noted"


class Desk(StrEnum):
    """Who has to answer: an officer of the case, or whoever holds a role."""

    OFFICER = "officer"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"


OPEN_STATES: Final = frozenset({State.RECEIVED, State.IN_HAND})
# Who approves may not be who brought it before them.
FOUR_EYES: Final = frozenset({Kind.INSTALMENTS, Kind.REFUND_CLAIM})


@dataclass(frozen=True, slots=True)
class Part:
    """One text that a kind asks for."""

    name: str
    label: Words
    help: Words
    required: bool = True
    longest: int = LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind in words: its title, what it is for, and what sending it does."""

    title: Words
    about: Words
    follows: Words


KINDS: Final[Mapping[Kind, KindWords]] = {
    Kind.STATEMENT: KindWords(
        Words("Statement or defence", "陈述、申辩意见"),
        Words("Say what you think of the facts, the reasons and the law.", "对事实、理由和依据说明您的意见。"),
        Words(
            "The office must weigh every point. Nothing heavier may follow because you spoke.",
            "本机关应当逐项复核您的意见，不得因您陈述、申辩而给予更重的处理。",
        ),
    ),
    Kind.EVIDENCE: KindWords(
        Words("Evidence", "提交证据"),
        Words("Send papers, pictures or recordings that show something.", "提交能够证明事实的材料、照片或者录音录像。"),
        Words(
            "The files go into your case and are weighed with the rest. They cannot be taken back once an officer has "
            "worked with them.",
            "所提交的材料并入案卷，与其他证据一并审查。承办人员使用后不能取回。",
        ),
    ),
    Kind.HEARING_REQUEST: KindWords(
        Words("Request for a hearing", "申请听证"),
        Words("Ask to be heard in person before the decision.", "请求在作出决定前举行听证。"),
        Words(
            "If the right exists, the office must hold the hearing and tell you day and place beforehand. It costs "
            "you nothing.",
            "符合条件的，本机关应当举行听证，并事先告知时间、地点。听证不收取任何费用。",
        ),
    ),
    Kind.INSTALMENTS: KindWords(
        Words("Paying later or by instalments", "申请延期或者分期缴纳"),
        Words("Ask for more time to pay, or to pay in parts.", "确有经济困难的，可以申请暂缓或者分期缴纳。"),
        Words(
            "Until it is granted the days to pay go on. The office answers in writing.",
            "批准之前，原缴款期限继续计算。本机关将作出书面答复。",
        ),
    ),
    Kind.CORRECTION: KindWords(
        Words("Correction of your data", "更正个人信息"),
        Words("Something about you is wrong: your name, address or number.", "您的姓名、地址、号码等信息有误。"),
        Words(
            "The office checks it and corrects it, or tells you why it does not.",
            "本机关将予以核实并更正；不予更正的，说明理由。",
        ),
    ),
    Kind.REFUND_CLAIM: KindWords(
        Words("Claim for a refund", "申请退款"),
        Words("You paid too much, or paid what was not owed.", "您多缴了款项，或者缴纳了不应缴纳的款项。"),
        Words(
            "The office checks the receipts and pays back what it may not keep. This is no appeal: the time to appeal "
            "goes on.",
            "本机关核对票据，退还依法不应保留的款项。本申请不代替行政复议或者行政诉讼，其期限继续计算。",
        ),
    ),
    Kind.RECUSAL: KindWords(
        Words("Objection to a person who handles the case", "申请回避"),
        Words(
            "Somebody who handles your case has an interest in it or stands close to somebody who has.",
            "办案人员与案件有直接利害关系，或者有其他关系可能影响公正执法。",
        ),
        Words(
            "The person you name does not see it. The head of the office decides. The investigation goes on until "
            "then.",
            "被申请回避的人看不到本申请。由本机关负责人决定。决定作出之前，不停止调查。",
        ),
    ),
}

_TEXT: Final = "text"
PARTS: Final[Mapping[Kind, tuple[Part, ...]]] = {
    Kind.STATEMENT: (
        Part(_TEXT, Words("What you want to say", "您的意见"), Words("Point by point, if you can.", "可以逐条写明。")),
    ),
    Kind.EVIDENCE: (
        Part(
            _TEXT,
            Words("What the files show", "材料证明什么"),
            Words("You choose the files on the next page.", "文件在下一页选择。"),
        ),
    ),
    Kind.HEARING_REQUEST: (
        Part(
            _TEXT,
            Words("What you want to say at the hearing", "您希望在听证会上说明的内容"),
            Words("You need not give reasons.", "可以不写理由。"),
            required=False,
        ),
    ),
    Kind.INSTALMENTS: (
        Part(
            "hardship",
            Words("Why you cannot pay at once", "不能一次缴清的原因"),
            Words("You can add proof on the next page.", "证明材料可以在下一页添加。"),
        ),
        Part(
            "plan",
            Words("What you could pay, and when", "您能够缴纳的时间和金额"),
            Words("For example: 1,000 yuan on the first of each month.", "例如：每月1日缴纳1000元。"),
        ),
    ),
    Kind.CORRECTION: (
        Part(
            "wrong",
            Words("What is wrong", "哪一项信息有误"),
            Words("Say where you saw it.", "请说明在何处看到。"),
            longest=1_000,
        ),
        Part("right", Words("What it should be", "正确的内容"), Words("", ""), longest=1_000),
    ),
    Kind.REFUND_CLAIM: (
        Part(
            "sum",
            Words("How much should go back", "要求退还的金额"),
            Words("In yuan, as far as you know it.", "以元为单位，按您所知填写。"),
            longest=100,
        ),
        Part(
            _TEXT,
            Words("Why", "理由"),
            Words("Name the receipt, if you have it.", "如有票据，请写明票据号。"),
        ),
    ),
    Kind.RECUSAL: (
        Part(
            _TEXT,
            Words("Why this person should not handle your case", "申请回避的理由"),
            Words("Say what the connection is.", "请说明存在何种关系。"),
        ),
    ),
}
OUTCOMES: Final[Mapping[Kind, tuple[Outcome, ...]]] = {
    Kind.STATEMENT: (Outcome.GRANTED, Outcome.REFUSED, Outcome.NOTED),
    Kind.EVIDENCE: (Outcome.NOTED, Outcome.REFUSED),
    Kind.HEARING_REQUEST: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.INSTALMENTS: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.CORRECTION: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.REFUND_CLAIM: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.RECUSAL: (Outcome.GRANTED, Outcome.REFUSED),
}
OUTCOME_WORDS: Final[Mapping[Outcome, Words]] = {
    Outcome.GRANTED: Words("Granted", "准许"),
    Outcome.REFUSED: Words("Not granted", "不予准许"),
    Outcome.NOTED: Words("Taken into the case", "已并入案卷"),
}
STATE_WORDS: Final[Mapping[State, Words]] = {
    State.RECEIVED: Words("Received", "已收到"),
    State.IN_HAND: Words("In hand", "办理中"),
    State.ANSWERED: Words("Answered", "已答复"),
    State.WITHDRAWN: Words("Withdrawn", "已撤回"),
}
DESK_WORDS: Final[Mapping[Desk, Words]] = {
    Desk.OFFICER: Words("Officer of the case", "案件承办人"),
    Desk.REVIEWER: Words("Reviewer", "法制审核"),
    Desk.APPROVER: Words("Approver", "审批"),
    Desk.SUPERVISOR: Words("Supervisor", "分管领导"),
}


def first_desk(kind: Kind, step_roles: tuple[str, ...], *, objected_to_a_supervisor: bool = False) -> Desk:
    """Return the desk that a new submission goes to; ``step_roles`` take the step of the workflow that records it.

    An objection goes to the supervisor, and to the approver where the supervisor is the one objected to.
    """
    if kind is Kind.RECUSAL:
        return Desk.APPROVER if objected_to_a_supervisor else Desk.SUPERVISOR
    if kind is Kind.REFUND_CLAIM:
        return Desk.APPROVER
    if kind is Kind.HEARING_REQUEST and step_roles and step_roles[0] == Desk.REVIEWER:
        return Desk.REVIEWER
    return Desk.OFFICER


def desk_once_recorded(kind: Kind, desk: Desk) -> Desk:
    """Return who answers once an officer has recorded the step: who approves instalments is the approver."""
    return Desk.APPROVER if kind is Kind.INSTALMENTS else desk


@dataclass(frozen=True, slots=True)
class Concerned:
    """What decides who may look at a submission: kind, desk, whom it objects to, who heads office and case (ids)."""

    kind: Kind
    desk: Desk
    objected_to: int | None
    head_id: int | None
    owner_id: int
    second_officer_id: int | None


def may_read(actor: Actor, about: Concerned) -> bool:
    """Tell whether the actor may read what was submitted.

    An objection is read by those who decide on it in their own right and never by the person objected to. Anything
    else is read by the officers of the case (and who stands in for one), reviewers, approvers and supervisors.
    """
    if about.kind is Kind.RECUSAL:
        return may_answer(actor, about)
    roles = {Role.REVIEWER, Role.APPROVER, Role.SUPERVISOR}
    return bool(actor.roles & roles) or _is_of_case(actor, about)


def may_answer(actor: Actor, about: Concerned) -> bool:
    """Tell whether the actor may answer. A supervisor may in place of a desk that does not, but for an objection."""
    if about.kind is Kind.RECUSAL:
        if about.objected_to is not None and about.objected_to in {actor.id, *actor.stands_in_for}:
            return False
        return Role(about.desk.value) in actor.own_roles or actor.id == about.head_id
    if Role.SUPERVISOR in actor.roles:
        return True
    if about.kind is Kind.INSTALMENTS:
        # The officer records the application; to grant or refuse it is the approver's, recorded or not (APL 66).
        return Role.APPROVER in actor.roles
    if about.desk is Desk.OFFICER:
        return _is_of_case(actor, about)
    return Role(about.desk.value) in actor.roles


def _is_of_case(actor: Actor, about: Concerned) -> bool:
    of_case = {about.owner_id, about.second_officer_id}
    return Role.OFFICER in actor.roles and bool(of_case & {actor.id, *actor.stands_in_for})


def content_faults(kind: Kind, texts: Mapping[str, str]) -> list[tuple[str, Words]]:
    """Return what is wrong with the texts, as (part, words)."""
    faults = []
    for part in PARTS[kind]:
        text = texts.get(part.name, "")
        if part.required and not text:
            faults.append((part.name, Words("Write something here.", "请填写此项。")))
        elif len(text) > part.longest:
            over = len(text) - part.longest
            faults.append(
                (
                    part.name,
                    Words(
                        f"Shorten it by {over:,} characters: at most {part.longest:,} fit. What does not fit can go "
                        "into a file.",
                        f"请减少{over}字，最多{part.longest}字；写不下的内容可以作为文件提交。",
                    ),
                )
            )
    return faults
