"""Reads the cells of one row by the kind of their column, each for itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from caseflow.domain.casebook.days import read_date
from caseflow.domain.casebook.formulas import is_formula
from caseflow.domain.casebook.headings import plain_heading, unit_fen_of
from caseflow.domain.casebook.identities import identity_doubt, plain_identity
from caseflow.domain.casebook.rows import Finding, Grade, Sheet
from caseflow.domain.casebook.sums import read_sum
from caseflow.domain.old_book import BookColumn
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition

NOTHING: Final = frozenset(
    ("", "-", "--", "---", "—", "——", "–", "/", "\\", "无", "無", "n/a", "na", "nil", "none", "null")
)
"""What stands in a cell, in small letters, to say that there is nothing to say."""
_NOBODY: Final = frozenset(("不详", "不詳", "未知", "不明", "unknown"))
_LONGEST: Final[Mapping[str, int]] = {"name": 200, "address": 500, "text": 500}
_LONGEST_WORD: Final = 100
# What a database or a page cannot hold, and the signs that turn or hide what stands beside them.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SPACE: Final = re.compile(r"[\s\u200b-\u200f\ufeff]+")
# A dash between two numbers of equal length (31000001-31000003) is a range; one in 2017-000123 belongs to the number.
_SEVERAL: Final = re.compile(r"[、,;\n]|/(?=\d{4})|至|~")
_RANGE_OF_NUMBERS: Final = re.compile(r"\D*(\d{4,})\s*[-\u2010-\u2015\u2212]+\s*\D*(\d{4,})\D*")
_NOT_IN_A_NUMBER: Final = re.compile(r"[<>\\]")
_HIGH_FEN: Final = 10_000_000_000
_HAS_LETTER: Final = re.compile(r"[^\W\d_]")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_HAS_SIGN: Final = re.compile(r"[^\W_]")
# 〔2017〕, [2017], (2017) and 【2017】 are the same number, whoever typed it.
_BRACKETS: Final = str.maketrans("〔【[{〈《﹝〕】]}〉》﹞", "(((((((" + ")))))))")


@dataclass(frozen=True)
class BookPlace:
    """A column of the regime as it stands in a file; ``place`` is None where the file has none."""

    column: BookColumn
    place: int | None
    heading: str
    unit_fen: int = 100

    def finding(self, value: str, words: Words, grade: Grade = Grade.ERROR) -> Finding:
        """Return a finding about this column: its heading, then ``words`` (what is wrong; how to mend it)."""
        told = Words(f"“{self.heading}”: {words.en}.", f"“{self.heading}”：{words.zh}。")
        return Finding(self.column.name, self.heading, value, grade, told)


@dataclass
class ReadRow:
    """The cells of a row as read, by column: what could be read, what is empty, and what is wrong."""

    number: int
    cells: Mapping[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    dates: dict[str, date] = field(default_factory=dict)
    amounts_fen: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    empty: set[str] = field(default_factory=set)

    def holds(self, name: str) -> bool:
        """Tell whether the cell could be read and says something; an amount of zero says that nothing was moved."""
        return name in self.texts or name in self.dates or bool(self.amounts_fen.get(name))


class RowReader:
    """Reads the rows of one sheet."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, int], definition: Definition) -> None:
        if definition.old_book is None:
            message = f"the regime {definition.regime} takes over no old casebooks"
            raise ValueError(message)
        self.sheet = sheet
        self.places: Mapping[str, BookPlace] = {
            name: _place(column, columns.get(name), sheet.headings)
            for name, column in definition.old_book.columns.items()
        }
        self._definition = definition
        self._kinds = {
            plain_heading(text): name
            for name in definition.subjects
            for text in (name, *_both(definition.subject_titles.get(name)))
        }
        self._choices = {
            name: {
                plain_heading(text): choice for choice, ways in place.column.choices.items() for text in (choice, *ways)
            }
            for name, place in self.places.items()
        }
        used = {place.place for place in self.places.values()}
        self._others = tuple(at for at in range(len(sheet.headings)) if at not in used)
        self.unmapped = [heading for at in self._others if (heading := sheet.headings[at])]

    def read(self, number: int, cells: Sequence[str]) -> ReadRow:
        """Return the row read; it is wrong in itself where ``findings`` has an error."""
        known = {
            name: cells[one.place] if one.place is not None and one.place < len(cells) else ""
            for name, one in self.places.items()
        }
        row = ReadRow(number, known)
        if any(cell.strip() for cell in cells[len(self.sheet.headings) :]):
            row.findings.append(self._shifted(cells))
            return row
        for name, place in self.places.items():
            self._cell(row, place, known[name])
        row.findings.extend(self._other_formulas(cells))
        return row

    def _cell(self, row: ReadRow, place: BookPlace, text: str) -> None:
        name = place.column.name
        if text and is_formula(text):
            row.findings.append(place.finding(text, _FORMULA))
            return
        said = text.removeprefix("'").strip()
        if not said or said.casefold() in NOTHING:
            row.empty.add(name)
            if place.column.required:
                row.findings.append(place.finding(text, _MISSING))
            return
        if not text.isprintable() and _UNPRINTABLE.search(text):
            row.findings.append(place.finding(_UNPRINTABLE.sub("\ufffd", text), _NOT_PRINTABLE))
            return
        doubt = self._value(row, place, said)
        if doubt is not None:
            row.findings.append(place.finding(text, doubt))

    def _value(self, row: ReadRow, place: BookPlace, text: str) -> Words | None:
        """Keep what the cell says; return what is wrong instead where it says nothing that can be kept."""
        name, kind = place.column.name, place.column.kind
        doubt: Words | None = None
        if kind not in _LONGEST and len(text) > _LONGEST_WORD:
            doubt = _too_long(_LONGEST_WORD)
        elif kind == "date":
            day = read_date(text, serials=self.sheet.serial_dates)
            if isinstance(day, date):
                row.dates[name] = day
            else:
                doubt = day
        elif kind == "amount":
            fen = read_sum(text, unit_fen=place.unit_fen)
            if isinstance(fen, int):
                row.amounts_fen[name] = fen
                if fen > _HIGH_FEN:
                    row.findings.append(place.finding(text, _HIGH, Grade.WARNING))
            else:
                doubt = fen
        elif kind == "identity":
            doubt = _identity(row, place, text)
        elif kind in ("choice", "party_kind"):
            doubt = self._choice(row, place, text)
        else:
            doubt = _text(row, name, kind, text)
        return doubt

    def _choice(self, row: ReadRow, place: BookPlace, text: str) -> Words | None:
        of_party = place.column.kind == "party_kind"
        known = self._kinds if of_party else self._choices[place.column.name]
        choice = known.get(plain_heading(text))
        if choice is None:
            return self._no_kind() if of_party else _no_choice(place.column.choices)
        row.texts[place.column.name] = choice
        return None

    def _other_formulas(self, cells: Sequence[str]) -> Iterator[Finding]:
        """Yield formulas in columns that are not taken over. Those of a workbook calculate there, and stay there."""
        if self.sheet.sheet_name:
            return
        for at in self._others:
            if at < len(cells) and cells[at] and is_formula(cells[at]):
                heading = self.sheet.headings[at]
                words = Words(f"“{heading}”: {_FORMULA.en}.", f"“{heading}”：{_FORMULA.zh}。")
                # What stands in such a column is not kept, not even in a finding.
                yield Finding("", heading, "", Grade.ERROR, words)

    def _shifted(self, cells: Sequence[str]) -> Finding:
        headings = self.sheet.headings
        words = Words(
            f"The row has {len(cells)} cells under {len(headings)} headings, so nobody knows which belongs where: put "
            "a cell that holds the delimiter into quotation marks.",
            f"本行有{len(cells)}个单元格，标题只有{len(headings)}列，无法判断对应关系：请把含分隔符的内容放入引号。",
        )
        return Finding("", headings[-1], "", Grade.ERROR, words)

    def _no_kind(self) -> Words:
        titles = [self._definition.subject_titles.get(name, Words(name, name)) for name in self._definition.subjects]
        return _one_of([one.en for one in titles], [one.zh for one in titles])


def number_key(text: str) -> str:
    """Return a case or receipt number so that two ways to write the same one are equal."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_BRACKETS)


def kept_text(text: str) -> str:
    """Return the text of a cell as it is kept: in one line, one space where there was more room.

    Without the apostrophe by which a spreadsheet is told that it is text.
    """
    return _SPACE.sub(" ", text).strip().removeprefix("'").lstrip()


_FORMULA: Final = Words(
    "a formula, which a spreadsheet would run; put the value itself in its place",
    "单元格是公式，电子表格会执行它，请改为数值或文字本身",
)
_MISSING: Final = Words(
    "nothing stands here, and every row needs it; fill it in from the paper", "必填项为空，请按原件补填"
)
_NOT_PRINTABLE: Final = Words("signs that cannot be printed; type it anew", "含有不可见字符，请重新录入")
_NO_NAME: Final = Words("names nobody; write the name as it stands on the paper", "没有写明姓名或名称，请按原件填写")
_NO_NUMBER: Final = Words("no number; write it as it stands on the paper", "不是编号，请按原件填写")
_STRANGE_NUMBER: Final = Words(
    "holds signs (< > \\) that stand in no number; write it as it stands on the paper",
    "含有编号中不应有的符号（< > \\），请按原件填写",
)
_HIGH: Final = Words(
    "above 100 million yuan for one person; look it up on the paper", "超过一亿元，请核对原件上的金额和单位"
)
_SEVERAL_NUMBERS: Final = Words(
    "several numbers in one cell; leave the one of this payment, and enter the other payments after the import",
    "一格内有多个号码，请只保留本次缴款的号码，其余缴款在导入后补录",
)


def _place(column: BookColumn, place: int | None, headings: Sequence[str]) -> BookPlace:
    if place is None:
        chinese = any(_CHINESE.search(heading) for heading in headings)
        return BookPlace(column, None, column.title.zh if chinese else column.title.en)
    return BookPlace(column, place, headings[place], unit_fen_of(headings[place]))


def _both(words: Words | None) -> tuple[str, ...]:
    return (words.en, words.zh) if words else ()


def _identity(row: ReadRow, place: BookPlace, text: str) -> Words | None:
    number = plain_identity(text)
    doubt = identity_doubt(number)
    if doubt is not None and doubt.wrong:
        return doubt.words
    if doubt is not None:
        row.findings.append(place.finding(text, doubt.words, Grade.WARNING))
    row.texts[place.column.name] = number
    return None


def _text(row: ReadRow, name: str, kind: str, text: str) -> Words | None:
    kept = kept_text(text)
    longest = _LONGEST.get(kind, _LONGEST_WORD)
    if len(kept) > longest:
        return _too_long(longest)
    if kind == "name" and (not _HAS_LETTER.search(kept) or kept.casefold() in _NOBODY):
        return _NO_NAME
    if kind in ("case_number", "receipt", "reference") and not _HAS_SIGN.search(kept):
        return _NO_NUMBER
    if kind == "case_number" and _NOT_IN_A_NUMBER.search(unicodedata.normalize("NFKC", kept)):
        return _STRANGE_NUMBER
    if kind == "receipt" and _several_numbers(unicodedata.normalize("NFKC", kept)):
        return _SEVERAL_NUMBERS
    row.texts[name] = kept
    return None


def _several_numbers(text: str) -> bool:
    found = _RANGE_OF_NUMBERS.fullmatch(text)
    return bool(_SEVERAL.search(text)) or (found is not None and len(found[1]) == len(found[2]))


def _too_long(longest: int) -> Words:
    return Words(f"longer than {longest} characters; shorten it", f"超过{longest}个字，请缩短")


def _no_choice(choices: Mapping[str, Sequence[str]]) -> Words:
    ways = [way for all_ways in choices.values() for way in all_ways[:1]]
    return _one_of(ways, ways)


def _one_of(names_en: Sequence[str], names_zh: Sequence[str]) -> Words:
    return Words(f"not known here; write one of {', '.join(names_en)}", f"无法识别，请填写{'、'.join(names_zh)}之一")
