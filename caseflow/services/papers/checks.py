"""What keeps a paper from being written on, whoever asks: where its case stands, and what its pages can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseflow.domain.cases import SEALED
from caseflow.domain.paper_life import Paper
from caseflow.domain.papers import LANGUAGES, said
from caseflow.domain.words import Words
from caseflow.services.erased_cases import CaseErased
from caseflow.services.papers.room import PaperRoom, Placed, Subject
from caseflow.services.ports.papers import PaperRefused

NO_STEP = Words(
    "The case has gone elsewhere, and no step makes this document from there: drop the draft.",
    "案件已转入其他状态，当前没有制作该文书的步骤：请放弃该草稿。",
)
_MADE_AGAIN = Words(
    "The document was made anew since: drop this paper and draft the newest one.",
    "该文书此后已重新制作：请放弃本稿，另行起草。",
)


def check_printable(room: PaperRoom, body: Mapping[str, Any]) -> None:
    """Raise ``PaperRefused`` where the paper says something that no page can show."""
    lost = {character for language in LANGUAGES for character in room.printer.unprintable(said(body, language))}
    if lost:
        shown = " ".join(f"U+{ord(character):04X}" for character in sorted(lost))
        words = Words(
            f"No page can show these characters; write them otherwise: {shown}",
            f"下列字符无法印出，请改用其他文字：{shown}",
        )
        raise PaperRefused(("", words))


def check_open(subject: Subject) -> None:
    """Raise ``CaseErased`` or ``PaperRefused`` where the case is finished for good: nothing is written any more."""
    if subject.header.erased_at is not None:
        raise CaseErased(subject.header.erased_at)
    if subject.is_sealed:
        raise PaperRefused(("", SEALED))


def check_stands(subject: Subject, placed: Placed) -> None:
    """Raise ``PaperRefused`` where the paper writes out a decision that has fallen."""
    fell = subject.fallen(placed)
    if fell is not None:
        title = fell.title
        words = Words(
            f"The decision has fallen (“{title.en}”): its paper stays as it is and is neither corrected nor issued.",
            f"该决定已失效（“{title.zh}”）：其文书保持原样，不得更正或者印发。",
        )
        raise PaperRefused(("", words))


def check_place(subject: Subject, paper: Paper, placed: Placed) -> None:
    """Raise ``PaperRefused`` where the case is sealed or has gone elsewhere, its document was made anew, or fell."""
    check_open(subject)
    check_stands(subject, placed)
    if placed.step is None:
        raise PaperRefused(("", NO_STEP))
    if placed.made_again and paper.corrects_id is None:
        raise PaperRefused(("", _MADE_AGAIN))
