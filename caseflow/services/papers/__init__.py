"""Documents of a case as papers: drafted, reviewed by somebody else, issued under a number, corrected, verified."""

from caseflow.services.papers.drafting import BeginPaper, CorrectPaper, Drafting, EditPaper, PaperAct, ReviewPaper
from caseflow.services.papers.issuing import Issuing
from caseflow.services.papers.reading import CasePapers, DocumentStanding, PaperPage, Reading, standings
from caseflow.services.papers.room import DRAFT_MARK, TRAINING_MARK, PaperMovedOn, PaperNotFound, PaperRoom, PaperShut
from caseflow.services.papers.verifying import PaperFinding, PaperReport, Verifying

__all__ = [
    "DRAFT_MARK",
    "TRAINING_MARK",
    "BeginPaper",
    "CasePapers",
    "CorrectPaper",
    "DocumentStanding",
    "Drafting",
    "EditPaper",
    "Issuing",
    "PaperAct",
    "PaperFinding",
    "PaperMovedOn",
    "PaperNotFound",
    "PaperPage",
    "PaperReport",
    "PaperRoom",
    "PaperShut",
    "Reading",
    "ReviewPaper",
    "Verifying",
    "standings",
]
