"""The receipt of a submission: what came, when, under which number, and until when it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.domain.submissions import DESK_WORDS, KINDS, PARTS
from caseflow.domain.words import Words
from caseflow.services.erased_cases import CaseErased
from caseflow.services.installation import TRAINING
from caseflow.services.ports import Store
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.services.ports.submissions import SubmissionPaper, SubmissionPrinter
from caseflow.services.submissions.content import clock_words
from caseflow.services.submissions.intake import Intake, Own

_OBJECTS_TO = Words("Objection to", "申请回避的人员")


@dataclass(frozen=True)
class SubmissionReceipts:
    """Prints receipts; a reprint of the same receipt is the same file."""

    store: Store
    intake: Intake
    printer: SubmissionPrinter

    def pdf(self, person: PersonAtCase, case_no: int, language: str) -> tuple[str, bytes] | None:
        """Return the number and the receipt of one of the person's submissions; None where there is none.

        Raises ``CaseErased``: a receipt says what was written.
        """
        own = self.intake.one(person, case_no)
        if own is None:
            return None
        if own.submission.erased_at is not None:
            raise CaseErased(own.submission.erased_at)
        paper = self.paper(own)
        return paper.number, self.printer.pdf(paper, language)

    def paper(self, own: Own) -> SubmissionPaper:
        """Return what the receipt says."""
        found, content = own.submission, own.content
        with self.store.begin() as work:
            office_en, office_zh = work.staff.office_titles(found.office_id)
            stamp = work.installation.get()
        texts = [(part.label, content.texts[part.name]) for part in PARTS[found.kind] if content.texts.get(part.name)]
        if content.objects_to:
            texts.insert(0, (_OBJECTS_TO, content.objects_to))
        return SubmissionPaper(
            number=found.number,
            office=Words(office_en, office_zh),
            case_number=Words(found.case_number, found.case_number_zh),
            kind=KINDS[found.kind].title,
            received_at=found.received_at,
            texts=texts,
            files=[
                (name, file.size_bytes, file.sha256) for name, file in zip(content.file_names, own.files, strict=True)
            ],
            desk=DESK_WORDS[found.desk],
            late=found.late,
            answer_by=found.due_on,
            limit=clock_words(found.clock, "title"),
            cite=clock_words(found.clock, "cite"),
            note=clock_words(found.clock, "note"),
            follows=KINDS[found.kind].follows,
            hash=found.hash,
            salt=content.salt,
            training=stamp is not None and stamp.kind == TRAINING,
        )
