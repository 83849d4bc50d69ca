"""How the states of an import are called, how a cell is shown, and what its pages share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.casebook.imports import Fate, ImportState, Phase
from caseflow.domain.casebook.rows import Grade
from caseflow.domain.old_book import OldBook
from caseflow.domain.words import Words
from caseflow.services.case_imports import BookRead, CaseImports, ImportHeader, ImportMovedOn, ImportRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import application
from caseflow.web.phrases import _

STATES: Final[Mapping[ImportState, Words]] = {
    ImportState.ENTERED: Words("columns to be chosen", "待选定各列"),
    ImportState.CHECKING: Words("being checked", "正在核对"),
    ImportState.CHECKED: Words("checked, nothing imported yet", "已核对，尚未导入"),
    ImportState.COMMITTING: Words("being imported", "正在导入"),
    ImportState.COMMITTED: Words("imported", "已导入"),
    ImportState.DROPPED: Words("given up", "已放弃"),
}
_REFUSED: Final = Words("refused", "未予接收")
GRADES: Final[Mapping[Grade, Words]] = {
    Grade.OK: Words("good", "无误"),
    Grade.WARNING: Words("good, to be looked at", "可导入，请留意"),
    Grade.ERROR: Words("at fault", "有误"),
}
FATES: Final[Mapping[Fate, Words]] = {
    Fate.WAITING: Words("not imported yet", "尚未导入"),
    Fate.WRITTEN: Words("imported", "已导入"),
    Fate.ALREADY_THERE: Words("a case already", "此前已导入"),
    Fate.QUARANTINED: Words("in quarantine", "待更正"),
    Fate.MENDED: Words("mended and imported", "更正后导入"),
    Fate.LEFT_OUT: Words("left out", "不予导入"),
}
PHASES: Final[Mapping[Phase, Words]] = {
    Phase.READING: Words("Rows read", "已读取行数"),
    Phase.JUDGING: Words("Rows checked", "已核对行数"),
    Phase.WRITING: Words("Rows imported", "已导入行数"),
}
LARGEST_ID: Final = 2**62
LARGEST_ROW: Final = 2**31 - 1
LONGEST_SAMPLE: Final = 30
# 15 or 18 digits, the last perhaps an X, however a spreadsheet spaced them.
_IDENTITY: Final = re.compile(r"(?<!\d)\d{6}[ \-]?(?:\d[ \-]?){8,11}[\dXxＸ](?!\d)")
_SHOWN_CHARACTERS: Final = 4


def imports() -> CaseImports:
    """Return the use cases of the import."""
    return application().case_imports


def cell(text: str) -> str:
    """Return a cell as it can be shown: what no page may hold and nobody sees stands there as its number."""
    return "".join(_visible(one) for one in text)


def sample(text: str, kind: str = "") -> str:
    """Return a cell as it is shown to choose a column by: short, and of an identity number the end only.

    ``kind`` is that of the column it fills, if any: what stands for an identity number is masked in any form.
    """
    masked = _masked(text) if kind == "identity" else _IDENTITY.sub(lambda found: _masked(found[0]), text)
    return cell(masked if len(masked) <= LONGEST_SAMPLE else masked[: LONGEST_SAMPLE - 1] + "…")


def column_titles(book: OldBook) -> dict[str, str]:
    """Return the title of each column of a book in the language of the reader."""
    return {name: display.words(column.title) for name, column in book.columns.items()}


def titles_of(book: OldBook | None) -> Callable[[Iterable[str]], str]:
    """Return what lists the titles of some columns of a book in the language of the reader."""
    titles = column_titles(book) if book is not None else {}
    return lambda names: display.listed(titles.get(name, name) for name in names)


def listed(headings: Iterable[str]) -> str:
    """Return headings of a file, or names of sheets, as a list."""
    return display.listed(sample(one) for one in headings)


def state_of(header: ImportHeader) -> str:
    """Say where an import stands; one that was given up because nobody can read its file was refused."""
    return display.words(_REFUSED if header.refused else STATES[header.state])


def book_of(regime: str | None) -> OldBook | None:
    """Return what an old casebook of a regime has; None where there is none."""
    definition = application().rulebook.definitions.get(regime or "")
    return definition.old_book if definition is not None else None


def regime_title(regime: str | None) -> str:
    """Return the title of a regime; nothing while none is known."""
    definition = application().rulebook.definitions.get(regime or "")
    return display.words(definition.title) if definition is not None else ""


def how_read(read: BookRead) -> str:
    """Say how a file was read: the sheet of a workbook, or the encoding of a text."""
    if read.sheet_name:
        return _("sheet %(name)s", name=cell(read.sheet_name))
    return _("text in %(encoding)s", encoding=read.encoding.upper())


def note(faults: Faults, refusal: ImportRefused, ids: Mapping[str, str]) -> None:
    """Note what a use case refused, at the input that ``ids`` gives for what it names; else over the whole form."""
    for name, words in refusal.faults:
        faults.add(words, ids.get(name, ""))


def refused(refusal: ImportRefused) -> str:
    """Return everything that was refused as one text."""
    return " ".join(display.words(words) for _name, words in refusal.faults)


def moved_on(import_id: int, moved: ImportMovedOn) -> ResponseReturnValue:
    """Lead to the import as it stands now, and say that somebody else was first."""
    state = display.words(STATES[moved.state])
    flash(_("Nothing was done: the import has moved on meanwhile. Where it stands now: %(state)s.", state=state))
    return redirect(url_for("case_imports.one", import_id=import_id), 303)


def _masked(number: str) -> str:
    shown = number[-_SHOWN_CHARACTERS:] if len(number) > 2 * _SHOWN_CHARACTERS else ""
    return "*" * (len(number) - len(shown)) + shown


def _visible(one: str) -> str:
    code = ord(one)
    never_a_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004
    unseen = one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cs", "Cf")
    return f"\\x{code:02x}" if unseen or never_a_character else one
