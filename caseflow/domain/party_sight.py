"""What of a case its own party is shown. A list of what may be seen: whatever it does not name stays with the office.

Papers of the investigation, opinions, notes, files and answers to fields that no served paper states are not on it; nor
is a limit that would tell the party of something still to come (a referral to the police, say).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.law import LawBook
from caseflow.domain.paper_life import Paper, PaperStatus
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition

# Papers for the party that no step serves in form. They are shown once the act that they write out was done.
_TO_THE_PARTY: Final = frozenset(
    {
        "correction_order",
        "stop_order",
        "evidence_hold_notice",
        "evidence_hold_outcome",
        "instalment_answer",
        "revocation_decision",
        "refund_notice",
    }
)
# What a served paper states of the answers of its case.
_STATED: Final[Mapping[str, tuple[str, ...]]] = {
    "penalty_notice": ("notified_fine", "notified_gains", "notified_revocation", "defence_until"),
    "levy_notice": ("notified_fee", "defence_until"),
    "hearing_notice": ("hearing_on", "hearing_place"),
    "no_penalty_decision": ("no_penalty_ground",),
    "penalty_decision": (
        "decided_on", "decision_no", "fine_amount", "gains_fen", "revoke_licence", "decision_reasons", "paying_bank",
        "added_fine_announced",
    ),
    "levy_decision": (
        "decided_on", "decision_no", "fee_amount", "decision_reasons", "paying_bank",
    ),
    "demand_letter": ("demanded_amount",),
    "closing_notice": ("closing_reasons",),
}  # fmt: skip
# Limits of statutes and house rules that would give away what the office has still before it.
_KEPT: Final = ("cn.d310.", "house.follow_up.")
_BEFORE_SERVICE: Final = frozenset({"cn.apl.decision_90d"})
_GOVERNMENT = Words(
    "Apply for reconsideration at the people's government of this office's own level, in writing or by word of mouth. "
    "It costs nothing.",
    "向本机关的本级人民政府书面或者口头申请行政复议，不收费用。",
)
_COURT = Words(
    "Sue at the people's court that has jurisdiction; the decision names the time for it.",
    "向有管辖权的人民法院提起行政诉讼；起诉期限见决定书。",
)
_WHAT_TO_DO: Final[tuple[tuple[str, Words], ...]] = (
    ("cn.arl.apply", _GOVERNMENT),
    ("cn.arl.bar_", _GOVERNMENT),
    ("cn.all.sue", _COURT),
    ("cn.all.appeal", Words("Appeal at the next higher people's court.", "向上一级人民法院提起上诉。")),
    ("cn.scl.sue", _COURT),
    (
        "cn.apl.hearing_request",
        Words(
            "Ask this office for a hearing, in writing or by word of mouth. It costs nothing.",
            "向本机关书面或者口头申请听证，不承担听证费用。",
        ),
    ),
    (
        "cn.scl.claim",
        Words("Claim compensation at this office in writing.", "向本机关书面请求国家赔偿。"),
    ),
    (
        "cn.d357.instalment_application",
        Words(
            "Ask this office in writing for instalments, with what shows the hardship.",
            "向本机关书面申请分期缴纳，并附困难情况的证明。",
        ),
    ),
    (
        "cn.acl.demand",
        Words(
            "Pay, or tell this office what you have to say: it has to hear and weigh it.",
            "缴清款项，或者向本机关陈述、申辩；本机关应当充分听取并复核。",
        ),
    ),
)
_PAY = Words(
    "Pay at the bank that the decision names. Who cannot pay in time may ask this office for a later term or for "
    "instalments.",
    "到决定书载明的银行缴款。确有困难的，可以向本机关申请延期或者分期缴纳。",
)
_NOTHING = Words("Nothing is asked of you: this time binds somebody else.", "无需您办理：该期限约束其他方。")


@dataclass(frozen=True)
class Stated:
    """An answer of the case that a served paper states."""

    document: str
    name: str


def is_for_the_party(definition: Definition, kind: str) -> bool:
    """Tell whether papers of this kind are addressed to the party: some step serves them, or they are on the list."""
    return kind in definition.documents and (kind in _TO_THE_PARTY or kind in _served_kinds(definition))


def papers_for_the_party(
    definition: Definition, case: Case, papers: Collection[Paper], served: Mapping[str, date]
) -> list[Paper]:
    """Return the papers that the party was given, oldest first; ``served`` is the last service of each kind.

    One that is served in form counts from its service on, so that no page runs before the clocks; any other once the
    act was done that it writes out.
    """
    found = [one for one in papers if one.status is PaperStatus.ISSUED and is_for_the_party(definition, one.kind)]
    given = [one for one in found if _was_given(definition, case, one, served)]
    return sorted(given, key=lambda one: (one.issued_on or date.min, one.id))


def stated_to_the_party(definition: Definition, case: Case) -> list[Stated]:
    """Return which answers of the case its party was told by a served paper, the newest paper of the procedure last."""
    return [
        Stated(document, name)
        for document, names in _STATED.items()
        if document in case.served
        for name in names
        if name in definition.fields and case.facts.get(name) not in (None, "")
    ]


def clocks_for_the_party(case: Case, clocks: Collection[CaseClock]) -> list[CaseClock]:
    """Return the limits that the party is shown: its own, and after the decision was served those of the others."""
    return [one for one in clocks if _is_shown(case, one)]


def is_met_by_paying(law: LawBook, case: Case, clock: CaseClock) -> bool:
    """Tell whether a limit is one to pay within and nothing is left to pay: it runs until the office notes so."""
    rule = law.rules.get(clock.rule_id)
    return rule is not None and rule.charge is not None and case.money.outstanding_fen == 0


def what_to_do(law: LawBook, clock: CaseClock) -> Words:
    """Return what the party may do until the end of a limit, and where."""
    told = next((words for start, words in _WHAT_TO_DO if clock.rule_id.startswith(start)), None)
    if clock.reckoning.binds != "person":
        return _NOTHING
    rule = law.rules.get(clock.rule_id)
    if told is None and rule is not None and rule.charge is not None:
        return _PAY
    return told or Words("Turn to this office.", "请向本机关办理。")


def _served_kinds(definition: Definition) -> frozenset[str]:
    return frozenset(step.serves for step in definition.steps.values() if step.serves is not None)


def _was_given(definition: Definition, case: Case, paper: Paper, served: Mapping[str, date]) -> bool:
    if paper.kind in _served_kinds(definition):
        last = served.get(paper.kind)
        return last is not None and paper.issued_on is not None and paper.issued_on <= last
    return paper.kind in case.documents


def _is_shown(case: Case, clock: CaseClock) -> bool:
    if clock.rule_id.startswith(_KEPT):
        return False
    if clock.reckoning.binds == "person":
        return True
    return case.dates.served_on is not None or clock.rule_id in _BEFORE_SERVICE
