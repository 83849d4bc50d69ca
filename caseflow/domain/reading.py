"""Why somebody reads a file, and how many a day: what counts as a live task, reasons, allowances."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from caseflow.domain.words import Words

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500


class Purpose(StrEnum):
    """Why something personal was read, as the read log keeps it."""

    TASK = "task"
    REASON = "reason"
    LIST = "list"
    SEARCH = "search"
    EXPORT = "export"
    SYSTEM = "system"
    PERSON = "person"


PURPOSE_WORDS: Final[Mapping[Purpose, Words]] = {
    Purpose.TASK: Words("a task on the case", "经办本案"),
    Purpose.REASON: Words("a stated reason", "说明理由后查阅"),
    Purpose.LIST: Words("shown in a list", "在列表中显示"),
    Purpose.SEARCH: Words("search by identity number", "按证件号码查询"),
    Purpose.EXPORT: Words("in an exported file", "导出文件"),
    Purpose.SYSTEM: Words("a command of the server", "服务器命令"),
    Purpose.PERSON: Words("the person concerned, in My case", "当事人本人在“我的案件”中查看"),
}


class ReasonKind(StrEnum):
    """Reasons to choose from where no task leads to a file."""

    INQUIRY = "inquiry"
    AUDIT = "audit"
    SUPERVISION = "supervision"
    MONEY = "money"
    MISTAKE = "mistake"
    OTHER = "other"


REASON_WORDS: Final[Mapping[ReasonKind, Words]] = {
    ReasonKind.INQUIRY: Words(
        "The person concerned, or somebody for them, asks about the case", "当事人或其代理人询问案件"
    ),
    ReasonKind.AUDIT: Words("Audit or review of a sample", "审计或抽样核查"),
    ReasonKind.SUPERVISION: Words("Supervision of how the case is handled", "监督案件办理情况"),
    ReasonKind.MONEY: Words("A payment, a receipt or a refund has to be cleared up", "核对缴款、票据或退款"),
    ReasonKind.MISTAKE: Words("An entry that may be wrong has to be looked at", "核实可能有误的登记"),
    ReasonKind.OTHER: Words("Another reason", "其他理由"),
}


class Allowance(StrEnum):
    """What is counted a person and day."""

    FILES = "files"
    ROWS = "rows"
    EXPORT = "export"


class Alarm(StrEnum):
    """What the supervisor is told of somebody's reading."""

    NEAR = "near"
    OVER = "over"
