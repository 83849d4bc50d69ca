"""How long the file of a closed case is kept, and what its party is called afterwards. Pure.

Source: PIPL (2021) articles 19 and 47: personal information is kept no longer than its purpose needs, and deleted when
that time is over. How many years that is stands in each workflow file, with where the figure comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from caseflow.domain.wind_down_classes import Source
from caseflow.domain.words import Words

LONGEST_REASON: Final = 500
# What stands in place of a text that was erased; longer than the shortest reason that any table asks for.
ERASED: Final = "erased: kept no longer / 保存期满已删除"

# What keeps a case whose years are over, as the database names it (migration 0031).
OBSTACLES: Final[dict[str, Words]] = {
    "not_closed": Words("the case is not closed", "案件尚未结案"),
    "not_over": Words("its time is not over", "保存期限未满"),
    "erased": Words("it is pseudonymised already", "已完成去标识化"),
    "money": Words("money is open or due back", "尚有应收或者应退款项"),
    "clock": Words("a time limit or a remedy is pending", "尚有期限或者救济程序未结"),
    "finding": Words("an audit finding is open", "尚有未销号的审计发现"),
    "submission": Words("a submission waits for its answer", "尚有未答复的提交事项"),
    "hold": Words("it is under a legal hold", "处于留存（法律保全）状态"),
    "recused": Words("who proposed or approved the run is recused from it", "提出或者批准该批次的人员已回避本案"),
    "party": Words("its party has another case", "当事人尚有其他案件"),
}


@dataclass(frozen=True)
class Retention:
    """Whole years after the day of closing; ``is_law``: the figure is the law's, else the office's own house rule."""

    years: int
    basis: Source
    is_law: bool


def pseudonym(number: str) -> str:
    """Return what stands in place of the party's name once the case ``number`` is kept no longer."""
    return f"Party of case {number} / 案件当事人"
