"""The liaison's desk, wired to one database."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.adapters.court_reply_files import CourtReplyFiles
from caseflow.services.case_pages import CasePages
from caseflow.services.cases import Cases
from caseflow.services.court_replies import CourtReplies
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.referral_board import ReferralBoard
from caseflow.services.referral_pages import ReferralPages
from caseflow.services.rulebook import Rulebook
from caseflow.services.withdrawals import Letters, Withdrawals


@dataclass(frozen=True)
class Liaison:
    """The use cases of the court liaison."""

    board: ReferralBoard
    pages: ReferralPages
    withdrawals: Withdrawals
    replies: CourtReplies


def build_liaison(store: Store, rulebook: Rulebook, time: BusinessTime, cases: Cases, letters: Letters) -> Liaison:
    """Wire the liaison's desk; every step goes through ``cases``, every draft of a paper through ``letters``."""
    board = ReferralBoard(store, rulebook, time)
    return Liaison(
        board=board,
        pages=ReferralPages(CasePages(store, rulebook, time)),
        withdrawals=Withdrawals(store, rulebook, time, cases, board, letters),
        replies=CourtReplies(store, rulebook, time, cases, CourtReplyFiles()),
    )
