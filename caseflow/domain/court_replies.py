"""Replies of the court in a table: which column holds what, and which step a kind of reply is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from caseflow.domain.referral_board import COURT
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step

LARGEST_FILE_BYTES = 2 * 1024 * 1024
MOST_ROWS = 1000
NUMBER, KIND, PAPER, DAY, REASONS = "number", "kind", "paper", "day", "reasons"
FIELDS: Mapping[str, Words] = MappingProxyType(
    {
        NUMBER: Words("Case number", "案件编号"),
        KIND: Words("Kind of reply", "答复类型"),
        PAPER: Words("Paper number", "文书号"),
        DAY: Words("Date", "日期"),
        REASONS: Words("Reasons", "理由"),
    }
)
# In the order in which they are looked for: a court calls its own number 案号; it is ours only where nothing else is.
_HEADINGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        NUMBER: (
            "案件编号", "立案号", "行政机关案号", "我方案号", "申请案号", "casenumber", "caseno", "ourreference",
            "case", "案号", "number",
        ),
        KIND: (
            "答复类型", "答复", "处理结果", "裁定结果", "结果", "文书类型", "kindofreply", "reply", "result",
            "outcome", "kind",
        ),
        PAPER: (
            "文书号", "文书编号", "法院文书号", "裁定书文号", "裁定书号", "法院案号", "papernumber", "paperno",
            "documentnumber", "rulingnumber", "courtreference", "案号",
        ),
        DAY: (
            "日期", "收到日期", "文书日期", "裁定日期", "送达日期", "receivedon", "datereceived", "paperdate", "date",
        ),
        REASONS: ("理由", "原因", "法院理由", "备注", "reasons", "reason", "grounds"),
    }
)  # fmt: skip
_KINDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "record_acceptance": ("受理", "已受理", "准予受理", "立案", "accepted", "acceptance"),
        "record_non_acceptance": ("不予受理", "不受理", "notaccepted", "nonacceptance", "non-acceptance"),
        "record_doubts": ("听取意见", "听证审查", "bothsidesheard", "hearsbothsides", "doubts"),
        "record_execution_allowed": ("准予执行", "准予强制执行", "裁定准予执行", "executionallowed", "allowed"),
        "record_execution_refused": (
            "不准予执行", "不予执行", "不准予强制执行", "裁定不准予执行", "executionrefused", "refused",
        ),
        "record_urgent_execution": ("立即执行", "裁定立即执行", "urgentexecution", "executionatonce"),
        "record_execution_begun": ("开始执行", "executionbegun"),
        "record_challenge_failed": ("驳回复议", "驳回复议申请", "challengefailed", "challengerejected"),
        "record_suspension": ("中止执行", "中止", "suspended", "executionsuspended"),
        "resume_execution": ("恢复执行", "恢复", "resumed", "executionresumed"),
        "record_termination": ("终结执行", "终结", "terminated", "executionterminated"),
        "confirm_court_end": ("终结执行", "准予撤回", "准许撤回", "终结", "terminated", "withdrawalallowed"),
        "confirm_court_end_restricted": ("终结执行", "准予撤回", "准许撤回", "终结", "terminated", "withdrawalallowed"),
        "confirm_delisting": ("删除失信", "删除失信信息", "解除限制", "解除限制消费", "delisted", "delisting"),
    }
)  # fmt: skip


@dataclass(frozen=True)
class ReplyRow:
    """One row of the file as it was read; ``line`` counts from 1, cells by field, ``formulas`` the fields with one."""

    line: int
    cells: Mapping[str, str]
    formulas: frozenset[str] = frozenset()


class ReplyFileRefused(Exception):
    """Nothing of the file can be read."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def guess_columns(headings: Sequence[str]) -> dict[str, int]:
    """Return the place of each field among the headings, as far as their words tell."""
    known = [plain(heading) for heading in headings]
    places: dict[str, int] = {}
    for field, wanted in _HEADINGS.items():
        free = [at for at in range(len(known)) if at not in places.values()]
        fits = (at for word in wanted for at in free if known[at] == word)
        at = next(fits, None)
        if at is not None:
            places[field] = at
    return places


def plain(text: str) -> str:
    """Return a heading or a kind without width, case, spaces and punctuation."""
    return re.sub(r"[\s\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def steps_meant(definition: Definition, kind: str) -> list[Step]:
    """Return the steps that record this kind of reply of the court, wherever a case stands."""
    wanted = plain(kind)
    return [
        step
        for step in definition.steps.values()
        if step.on_behalf_of == COURT and wanted and wanted in _names_of(step)
    ]


def kinds_known(definition: Definition, state: str) -> list[Words]:
    """Return what may be recorded of the court in a state, to be named to whoever typed something else."""
    return [step.title for step in definition.steps_from(state) if step.on_behalf_of == COURT]


def answers_of(definition: Definition, step: Step, cells: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the step asks, as the row answers it, and which field of the row each answer came from."""
    by_type = {"reference": PAPER, "date": DAY, "long_text": REASONS}
    sources = {name: by_type[kind] for name in step.asks if (kind := definition.fields[name].type) in by_type}
    return {name: cells.get(source, "") for name, source in sources.items()}, sources


def unanswered(definition: Definition, step: Step) -> Words | None:
    """Return the label of a field that no column answers, so that the reply is typed on the page of the case."""
    for name in step.asks:
        declared = definition.fields[name]
        if declared.required and declared.type not in ("reference", "date", "long_text", "boolean"):
            return declared.label
    return None


def _names_of(step: Step) -> set[str]:
    words = (step.name, step.title.en, step.title.zh, *_KINDS.get(step.name, ()))
    return {plain(word) for word in words}
