"""Which column of a spreadsheet holds what: guessed from its headings, or told by a mapping."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from caseflow.domain.old_book import BookColumn, OldBook
from caseflow.domain.words import Words

# Remarks in brackets that do not change what a column holds. Any other one may (已缴金额（含滞纳金）), and stays.
_REMARK: Final = re.compile(
    r"[(\[【〔][\s:：]*(?:(?:单位|單位|unit)[:：]?)?(?:人民币|人民幣|rmb|cny|¥|/|\s)*"
    r"(?P<unit>万元|萬元|千元|元|圆|分|yuan|fen|人民币|rmb|cny|年月日|yyyy[-/.]?mm[-/.]?dd|必填|选填|可不填|如有)\s*[)\]】〕]"
)
_UNITS_FEN: Final[Mapping[str, int]] = {"万元": 1_000_000, "萬元": 1_000_000, "千元": 100_000, "分": 1, "fen": 1}
_YUAN_FEN: Final = 100
# Headings of casebooks in traditional characters: those that such headings use, as the simplified ones they are.
_SIMPLIFIED: Final = str.maketrans(
    "號當徵證為決達額繳據請備註應實際時間處書編錄單類別稱執罰訴願強結餘種戶現區縣鄉鎮聯絡許駁審檔開發條總數費補機關撫養違規個營業對簽領齡萬圓幣權歸還圖辦經長員進縮減擔",
    "号当征证为决达额缴据请备注应实际时间处书编录单类别称执罚诉愿强结余种户现区县乡镇联络许驳审档开发条总数费补机关抚养违规个营业对签领龄万圆币权归还图办经长员进缩减担",
)
# A longer text is no heading, and searching it would take a time that grows faster than it does.
_LONGEST: Final = 200
_MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class ColumnFault:
    """Something wrong with a mapping: the column (as the mapping names it), and what is wrong and how to mend it."""

    column: str
    words: Words


class MappingRefused(Exception):
    """A mapping does not fit the regime's columns or the file's headings."""

    def __init__(self, faults: Sequence[ColumnFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(one.words.en for one in faults))


def plain_heading(text: str) -> str:
    """Return a heading without width, case, spaces, line breaks, punctuation, and a unit in brackets."""
    plain = re.sub(r"[\W_]+", "", _REMARK.sub("", _folded(text)))
    return plain.translate(_SIMPLIFIED).replace("身分", "身份")


def unit_fen_of(heading: str) -> int:
    """Return the fen of the unit that a heading names in brackets: 1,000,000 for 金额（万元）; else those of a yuan."""
    found = _REMARK.search(_folded(heading))
    return _UNITS_FEN.get(found["unit"], _YUAN_FEN) if found else _YUAN_FEN


def known_headings(book: OldBook, mapping: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return every heading by which the heading row of a file may be known: the regime's, and those of a mapping."""
    ours = {name for column in book.columns.values() for rank in _names(column) for name in rank}
    return frozenset(ours | {plain_heading(heading) for heading in (mapping or {}).values()} - {""})


def guess_columns(headings: Sequence[str], book: OldBook) -> dict[str, int]:
    """Return the place (from 0) of each column of ``book`` among the headings, as far as they tell without doubt.

    The name of a column counts for more than the other names it goes by.
    """
    return {name: places[0] for name, places in _places(headings, book).items() if len(places) == 1}


def unclear_columns(headings: Sequence[str], book: OldBook) -> dict[str, tuple[int, ...]]:
    """Return the columns that were not guessed because several headings might be theirs, with the places of these.

    One place alone: the heading might as well be that of another column.
    """
    clear = guess_columns(headings, book)
    found = {name: places for name, (_, places) in _ranked(headings, book).items() if name not in clear}
    taken = set(clear.values())
    return {name: places for name, places in found.items() if not taken.issuperset(places)}


def mapped_columns(mapping: Mapping[str, str], headings: Sequence[str], book: OldBook) -> dict[str, int]:
    """Return the columns: the guess, corrected by ``mapping`` (column name -> heading; an empty heading: not there).

    Raises :class:`MappingRefused`: no such column, no such heading, or several headings of that name.
    """
    faults = [fault for name, heading in mapping.items() if (fault := _mapping_fault(name, heading, headings, book))]
    if faults:
        raise MappingRefused(faults)
    told = {name: _places_of(heading, headings)[0] for name, heading in mapping.items() if heading.strip()}
    taken = set(told.values())
    guessed = {
        name: place
        for name, place in guess_columns(headings, book).items()
        if name not in mapping and place not in taken
    }
    both = guessed | told
    return {name: both[name] for name in book.columns if name in both}


def columns_faults(columns: Mapping[str, int], headings: Sequence[str], book: OldBook) -> tuple[ColumnFault, ...]:
    """Return what keeps a file from being judged: a required column missing, one heading used twice, no such place."""
    unclear = unclear_columns(headings, book)
    faults: list[ColumnFault] = []
    for name, place in columns.items():
        if name not in book.columns:
            faults.append(_no_such_column(name, book))
        elif not 0 <= place < len(headings):
            faults.append(ColumnFault(name, Words("The file has no such column.", "文件中没有这一列。")))
        elif (other := next(one for one in columns if columns[one] == place)) != name:
            faults.append(_used_twice(name, headings[place], other, book))
    for name, column in book.columns.items():
        if column.required and name not in columns:
            left = [heading for at, heading in enumerate(headings) if heading and at not in columns.values()]
            faults.append(_missing(column, [headings[place] for place in unclear.get(name, ())], left))
    return tuple(faults)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()


def _names(column: BookColumn) -> tuple[frozenset[str], frozenset[str]]:
    own = {plain_heading(text) for text in (column.title.zh, column.title.en, column.name)}
    return frozenset(own), frozenset(plain_heading(text) for text in column.also) - own


def _ranked(headings: Sequence[str], book: OldBook) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Return for each column the headings that might be its own, by the better kind of name only."""
    plain = [plain_heading(heading) for heading in headings]
    found: dict[str, tuple[int, tuple[int, ...]]] = {}
    for name, column in book.columns.items():
        for rank, names in enumerate(_names(column)):
            places = tuple(at for at, text in enumerate(plain) if text in names)
            if places:
                found[name] = rank, places
                break
    return found


def _places(headings: Sequence[str], book: OldBook) -> dict[str, tuple[int, ...]]:
    """Return the headings left to each column when every heading goes to the one column it fits best, if one does."""
    ranked = _ranked(headings, book)
    claims: dict[int, list[tuple[int, str]]] = {}
    for name, (rank, places) in ranked.items():
        for place in places:
            claims.setdefault(place, []).append((rank, name))
    left = dict.fromkeys(ranked, ())
    found: dict[str, tuple[int, ...]] = dict(left)
    for place, claimants in sorted(claims.items()):
        best = min(rank for rank, _ in claimants)
        winners = [name for rank, name in claimants if rank == best]
        if len(winners) == 1:
            found[winners[0]] = (*found[winners[0]], place)
    return found


def _places_of(heading: str, headings: Sequence[str]) -> list[int]:
    exact = [at for at, one in enumerate(headings) if one.strip() == heading.strip()]
    wanted = plain_heading(heading)
    return exact or [at for at, one in enumerate(headings) if wanted and plain_heading(one) == wanted]


def _mapping_fault(name: str, heading: str, headings: Sequence[str], book: OldBook) -> ColumnFault | None:
    if name not in book.columns:
        return _no_such_column(name, book)
    places = _places_of(heading, headings)
    if not heading.strip() or len(places) == 1:
        return None
    if places:
        return ColumnFault(
            name,
            Words(
                f"The file has {len(places)} columns “{heading}”: give one of them another heading.",
                f"文件中有{len(places)}列“{heading}”，请修改其中一列的标题。",
            ),
        )
    near = get_close_matches(heading, headings, n=1, cutoff=0.4)
    hint = Words(f" Did you mean “{near[0]}”?", f"是否指“{near[0]}”？") if near else Words("", "")
    return ColumnFault(
        name, Words(f"The file has no column “{heading}”.{hint.en}", f"文件中没有“{heading}”列。{hint.zh}")
    )


def _no_such_column(name: str, book: OldBook) -> ColumnFault:
    known = ", ".join(book.columns)
    words = Words(f"A casebook has no column {name}; it has {known}.", f"案件台账没有“{name}”项，可用的有：{known}。")
    return ColumnFault(name, words)


def _used_twice(name: str, heading: str, other: str, book: OldBook) -> ColumnFault:
    first, second = book.columns[other].title, book.columns[name].title
    return ColumnFault(
        name,
        Words(
            f"The column “{heading}” is used twice, as {first.en} and as {second.en}: choose another for one of them.",
            f"“{heading}”列同时用作{first.zh}和{second.zh}，请为其中一项另选一列。",
        ),
    )


def _missing(column: BookColumn, candidates: Sequence[str], left: Sequence[str]) -> ColumnFault:
    title = column.title
    if candidates:
        named = quoted(candidates)
        words = Words(
            f"Several columns may be {title.en}: choose one of {named.en}.",
            f"{title.zh}可能是{named.zh}，请选择一列。",
        )
    else:
        advice = _choose(left)
        words = Words(
            f"No column is known as {title.en}, which every row needs, and none of the file is taken for it: "
            f"{advice.en}.",
            f"没有找到每行都须有的“{title.zh}”列，文件中没有一列作为该项：{advice.zh}。",
        )
    return ColumnFault(column.name, words)


def not_taken(left: Sequence[str], needed_by: Words) -> Words:
    """Return what is said of a column that the file lacks and ``needed_by`` needs; ``left`` headings fill none."""
    advice = _choose(left)
    return Words(
        f"no column of the file is taken for it, and {needed_by.en} cannot stand without it: {advice.en}",
        f"文件中没有一列作为该项，而已填的{needed_by.zh}必须有此项：{advice.zh}",
    )


def quoted(headings: Sequence[str]) -> Words:
    """Return headings in quotation marks, as a list; a long list is cut."""
    shown, more = headings[:_MOST_NAMED], len(headings) - _MOST_NAMED
    in_marks = [f"“{one}”" for one in shown]
    return Words(
        ", ".join(in_marks) + (f" and {more} more" if more > 0 else ""),
        "、".join(in_marks) + (f"等{len(headings)}列" if more > 0 else ""),
    )


def _choose(left: Sequence[str]) -> Words:
    if not left:
        return Words("every column is taken for something else, so add one", "其余各列均已使用，请在文件中补一列")
    named = quoted(left)
    return Words(f"choose one, among {named.en} (not taken over)", f"请从未导入的列中选择：{named.zh}")
