"""From the rows of a file to a table: where its headings are, and which rows hold no case."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from caseflow.domain.casebook.headings import plain_heading
from caseflow.domain.casebook.rows import SheetRow
from caseflow.domain.words import Words
from caseflow.services.ports.casebooks import LONGEST_CELL, MOST_BOOK_COLUMNS, MOST_BOOK_ROWS, BookUnreadable

NumberedRow = tuple[int, Sequence[str]]

MOST_ROWS_ABOVE: Final = 50
"""How far down the headings are looked for."""
_LEAST_ALIKE: Final = 2
_TOTAL: Final = re.compile(
    r"(?:本页|本頁|全部|以上)?(?:合计|合計|总计|總計|小计|小計|共计|共計|累计|累計|总数|totals?|grandtotals?|subtotals?|sum)"
    r"[\d共]*[件户戶人笔筆例元]*(?:cases?|rows?)?"
)
_FOOTER: Final = re.compile(
    r"\s*(?:制表|填表|编制|編制|审核|審核|复核|複核|负责|負責|经办|單位|单位|备注|備註|说明|說明|注|prepared|checked|note)[^:：]{0,8}[:：]",
    re.IGNORECASE,
)
_FOOTER_CELLS: Final = 4
_COUNTERS: Final = frozenset(
    ("序号", "序號", "序", "行号", "行號", "项次", "項次", "no", "nr", "row", "serial", "serialno")
)

_TITLE: Final = Words("stands above the headings", "位于标题行之上")
_EMPTY: Final = Words("is empty", "空行")
_SUM: Final = Words("is a total, not a case", "合计行，不是案件")
_AGAIN: Final = Words("repeats the headings", "重复的标题行")
_SIGNED: Final = Words("is a note or signature below the table, not a case", "表下的说明或签署栏，不是案件")


@dataclass
class Table:
    """The headings of a file, their row, the rows below that may be cases, and why the others are not."""

    headings: tuple[str, ...]
    heading_row: int
    rows: list[SheetRow] = field(default_factory=list)
    left_out: dict[int, Words] = field(default_factory=dict)


def alike(cells: Iterable[str], known: Collection[str]) -> int:
    """Return how many different known headings stand in a row."""
    return len({plain for cell in cells if cell and (plain := plain_heading(cell)) in known})


def best_alike(rows: Iterable[NumberedRow], known: Collection[str]) -> int:
    """Return how many different known headings stand in the row that has the most of them."""
    return max((alike(cells, known) for _, cells in rows), default=0)


def table_of(rows: Iterator[NumberedRow], known: Collection[str]) -> Table:
    """Return the table of a file's rows (numbers from 1, cells stripped). Raises ``BookUnreadable``."""
    above = [_within(row) for row in islice(rows, MOST_ROWS_ABOVE)]
    at = _headings_at(above, known)
    if at is None:
        raise BookUnreadable(
            Words(
                "No row of headings was found: the table needs one row that names its columns, case number and person "
                f"among them, within the first {MOST_ROWS_ABOVE} rows.",
                f"未找到标题行：表格的前{MOST_ROWS_ABOVE}行内须有一行写明各列名称（如案号、当事人）。",
            ),
            1,
        )
    number, cells = above[at]
    table = Table(_trimmed(cells), number)
    table.left_out.update((row, _TITLE if any(text) else _EMPTY) for row, text in above[:at])
    _fill(table, chain(above[at + 1 :], rows))
    if not table.rows:
        words = Words(
            f"There is no case below the headings in row {number}: fill the table in, or choose another sheet or file.",
            f"第{number}行标题下没有案件：请补填表格，或选择其他工作表或文件。",
        )
        raise BookUnreadable(words, number)
    return table


def _fill(table: Table, rows: Iterable[NumberedRow]) -> None:
    width = len(table.headings)
    empty: list[int] = []
    for number, cells in rows:
        row = _trimmed(cells)
        if not row:
            empty.append(number)
            if len(empty) > MOST_BOOK_ROWS:
                break  # nothing comes after so much nothing
            continue
        _within((number, row))
        # Empty rows at the very end are no rows at all.
        table.left_out.update(dict.fromkeys(empty, _EMPTY))
        empty.clear()
        why = _no_case(row, table.headings)
        if why is not None:
            table.left_out[number] = why
            continue
        table.rows.append(SheetRow(number, row + ("",) * (width - len(row))))
        if len(table.rows) > MOST_BOOK_ROWS:
            words = Words(
                f"The file has more than {MOST_BOOK_ROWS:,} cases: divide it.",
                f"案件超过{MOST_BOOK_ROWS}行，请拆分文件。",
            )
            raise BookUnreadable(words, number)


def _within(row: NumberedRow) -> NumberedRow:
    """Return the row if it is within bounds."""
    number, cells = row
    if len(cells) > MOST_BOOK_COLUMNS and len(_trimmed(cells)) > MOST_BOOK_COLUMNS:
        words = Words(
            f"Row {number} has more than {MOST_BOOK_COLUMNS} columns: delete what belongs to no case.",
            f"第{number}行超过{MOST_BOOK_COLUMNS}列，请删除与案件无关的列。",
        )
        raise BookUnreadable(words, number)
    longest = max(map(len, cells), default=0)
    if longest > LONGEST_CELL:
        words = Words(
            f"A cell of row {number} has {longest:,} characters, more than {LONGEST_CELL:,}: a closing quotation mark "
            "may be missing there. Mend or shorten it.",
            f"第{number}行有单元格长达{longest}个字，超过{LONGEST_CELL}个字，可能缺少右引号，请更正或缩短。",
        )
        raise BookUnreadable(words, number)
    return row


def _headings_at(rows: Sequence[NumberedRow], known: Collection[str]) -> int | None:
    """Return the place of the row with the most known headings; without any, of the first as wide as the rest."""
    scores = [alike(cells, known) for _, cells in rows]
    if scores and max(scores) >= _LEAST_ALIKE:
        return scores.index(max(scores))
    filled = [sum(map(bool, cells)) for _, cells in rows]
    wide = max(2, max(filled, default=0) * 2 // 3)
    return next((at for at, count in enumerate(filled) if count >= wide), None)


def _no_case(row: Sequence[str], headings: Sequence[str]) -> Words | None:
    told = [cell for cell in row if cell]
    if len(told) == 1 and len(row) <= len(headings) and plain_heading(headings[len(row) - 1]) in _COUNTERS:
        return _EMPTY  # a row that was numbered beforehand and never filled in
    if _TOTAL.fullmatch(plain_heading(told[0])):
        return _SUM
    if _FOOTER.match(told[0]) and len(told) <= _FOOTER_CELLS:
        return _SIGNED
    return _AGAIN if tuple(row) == tuple(headings) else None


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells without the empty ones at the end."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return tuple(cells[:end])
