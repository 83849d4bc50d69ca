"""What persons submit from My case, wired."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.adapters.submission_receipts import TypstSubmissionReceipts
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.ports import BusinessTime
from caseflow.services.ports.files import FileRoom
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.recusals import Recusals
from caseflow.services.rulebook import Rulebook
from caseflow.services.submissions import Intake, SubmissionDesk, SubmissionReceipts


@dataclass(frozen=True)
class SubmissionRoom:
    """The use cases of the person (``intake``, ``receipts``) and of the office (``desk``)."""

    intake: Intake
    receipts: SubmissionReceipts
    desk: SubmissionDesk


def build_submissions(
    store: SqlStore, rules: Rulebook, clock: BusinessTime, cipher: FieldCipher, room: FileRoom
) -> SubmissionRoom:
    """Wire them; an objection that is granted becomes a recusal."""
    intake = Intake(store, rules, clock, cipher, room)
    return SubmissionRoom(
        intake=intake,
        receipts=SubmissionReceipts(store, intake, TypstSubmissionReceipts()),
        desk=SubmissionDesk(store, rules, clock, cipher, room.store, Recusals(store, clock)),
    )
