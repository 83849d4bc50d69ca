"""What the person submits from My case, and how the office answers it."""

from caseflow.services.submissions.answering import (
    AnswerRefused,
    AnswerSubmission,
    DeskPage,
    NoSuchSubmission,
    SubmissionDesk,
    SubmissionPage,
)
from caseflow.services.submissions.content import Content, clock_words
from caseflow.services.submissions.intake import (
    Intake,
    Own,
    Preview,
    SentFile,
    SubmissionRefused,
    Submit,
)
from caseflow.services.submissions.receipts import SubmissionReceipts

__all__ = [
    "AnswerRefused",
    "AnswerSubmission",
    "Content",
    "DeskPage",
    "Intake",
    "NoSuchSubmission",
    "Own",
    "Preview",
    "SentFile",
    "SubmissionDesk",
    "SubmissionPage",
    "SubmissionReceipts",
    "SubmissionRefused",
    "Submit",
    "clock_words",
]
