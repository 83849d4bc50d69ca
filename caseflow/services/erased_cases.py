"""A case whose time was over: what was personal of it is erased, and nothing new is taken in for nobody to erase."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from caseflow.domain.papers import date_words
from caseflow.domain.words import Words
from caseflow.services.ports import UnitOfWork

OFFICE_ZONE: Final = ZoneInfo("Asia/Shanghai")


class CaseErased(Exception):
    """What was asked for is of a case that was erased; ``words`` say when."""

    def __init__(self, at: datetime) -> None:
        self.words = erased_words(at)
        super().__init__(self.words.en)


def erased_words(at: datetime) -> Words:
    """Say that a case was erased, and when."""
    day = date_words(at.astimezone(OFFICE_ZONE).date())
    return Words(
        f"What was personal of this case was erased on {day.en}, as the time was over for which it is kept. It cannot "
        "be brought back, and nothing new is taken in.",
        f"本案保存期满，其中的个人信息已于{day.zh}删除，不可恢复，也不再接收新的内容。",
    )


def check_not_erased(work: UnitOfWork, case_id: int) -> None:
    """Raise :class:`CaseErased` where a case was erased, and let nobody erase it until the transaction ends."""
    at = work.retention.erased_at(case_id, keep=True)
    if at is not None:
        raise CaseErased(at)
