"""What the columns of the liaison's board are called, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask

from caseflow.domain.referral_board import Column
from caseflow.domain.words import Words
from caseflow.web.display import words

TITLES: Mapping[Column, Words] = MappingProxyType(
    {
        Column.READY: Words("Ready to file", "可以申请"),
        Column.FILED: Words("Filed", "已申请"),
        Column.ACCEPTED: Words("Accepted", "已受理"),
        Column.REFUSED: Words("Refused: not accepted", "不予受理"),
        Column.RULED: Words("Ruled: not to be executed", "裁定不准予执行"),
        Column.IN_ENFORCEMENT: Words("In enforcement", "执行中"),
        Column.WITHDRAWN: Words("Withdrawn", "已撤回"),
    }
)
EMPTY: Mapping[Column, Words] = MappingProxyType(
    {
        Column.READY: Words(
            "A case comes here when its demand has run out or its application is signed, while there is time to apply.",
            "催告期满或者申请书已签署、且申请期限未过的案件列于此处。",
        ),
        Column.FILED: Words(
            "A case comes here when its application is filed with the court.", "向法院提交申请后，案件列于此处。"
        ),
        Column.ACCEPTED: Words(
            "A case comes here when the court's acceptance is recorded.", "登记法院受理后，案件列于此处。"
        ),
        Column.REFUSED: Words(
            "A case comes here when the court does not accept it; 15 days to challenge begin.",
            "法院不予受理的案件列于此处，十五日内可以申请复议。",
        ),
        Column.RULED: Words(
            "A case comes here when the court rules against execution; 15 days to challenge begin.",
            "法院裁定不准予执行的案件列于此处，十五日内可以申请复议。",
        ),
        Column.IN_ENFORCEMENT: Words(
            "A case comes here when the court allows execution.", "法院裁定准予执行后，案件列于此处。"
        ),
        Column.WITHDRAWN: Words(
            "A case stays here after its application was withdrawn, until it is closed.",
            "撤回申请后，案件列于此处，直至结案。",
        ),
    }
)


def column_title(column: Column | str) -> str:
    """Return what a column of the board is called."""
    return words(TITLES[Column(column)])


def column_empty(column: Column | str) -> str:
    """Return what would stand in an empty column, and how it comes there."""
    return words(EMPTY[Column(column)])


def register(app: Flask) -> None:
    """Offer the words to the templates."""
    app.add_template_filter(column_title)
    app.add_template_filter(column_empty)
