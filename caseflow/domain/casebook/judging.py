"""Judges the rows of an old casebook: each against itself, against the rows above it, and against the law."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from caseflow.domain.casebook.cells import NOTHING, BookPlace, ReadRow, RowReader, kept_text, number_key
from caseflow.domain.casebook.headings import not_taken, quoted
from caseflow.domain.casebook.numbers import book_number
from caseflow.domain.casebook.rows import Finding, Grade, JudgedRow, ReportedRow, Sheet
from caseflow.domain.law import NoLawInForce
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words

_GRAVITY: Final = {Grade.ERROR: 0, Grade.WARNING: 1, Grade.OK: 2}


class Known(Protocol):
    """What the office has already, loaded beforehand for all numbers of a file: nothing here may ask a database."""

    def case_of(self, number: str) -> str | None:
        """Return the Chinese number of the office's case that this number, as the book writes it, cannot stand beside.

        It has the number itself, or the one that a case with this number would get here (``book_number``). None: none.
        """
        ...

    def is_same(self, reported: ReportedRow) -> bool:
        """Tell whether that case of its number was imported from the same content (:func:`content_text`)."""
        ...

    def receipt_of(self, number: str) -> str | None:
        """Return the case number of the receipt with this number, "" where it has none; None: no such receipt."""
        ...


class NothingKnown:
    """An empty office."""

    def case_of(self, number: str) -> str | None:  # noqa: ARG002
        """Return that there is none."""
        return None

    def is_same(self, reported: ReportedRow) -> bool:  # noqa: ARG002
        """Return that there is none."""
        return False

    def receipt_of(self, number: str) -> str | None:  # noqa: ARG002
        """Return that there is none."""
        return None


@dataclass(frozen=True)
class Numbers:
    """The case and receipt numbers of a file, as it writes them: what :class:`Known` must know about."""

    cases: Collection[str]
    receipts: Collection[str]


def numbers_in(sheet: Sheet, columns: Mapping[str, int], rules: Rules) -> Numbers:
    """Return the case and receipt numbers of all rows, for one look into the database before judging."""
    book = RowReader(sheet, columns, rules.definition).places.values()
    kinds = {
        kind: [one.place for one in book if one.column.kind == kind and one.place is not None]
        for kind in ("case_number", "receipt")
    }
    found = {
        kind: {
            kept_text(row.cells[at])
            for row in sheet.rows
            for at in places
            if at < len(row.cells) and row.cells[at].casefold() not in NOTHING
        }
        for kind, places in kinds.items()
    }
    return Numbers(found["case_number"], found["receipt"])


def content_text(reported: ReportedRow) -> str:
    """Return what a row says as one canonical text, the same however the file writes it; to be hashed with a key."""
    said = {
        "case": number_key(reported.case_number),
        "kind": reported.party_kind,
        "name": reported.party_name,
        "identity": reported.identity_no,
        "address": reported.address,
        "dates": {name: day.isoformat() for name, day in reported.dates.items()},
        "amounts_fen": dict(reported.amounts_fen),
        "words": dict(reported.words),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def judge(sheet: Sheet, columns: Mapping[str, int], rules: Rules, today: date, known: Known) -> Iterator[JudgedRow]:
    """Yield each row of the file judged, in its order. ``columns``: column name -> place of the cell, from 0.

    A row with an error has no ``reported``. A row whose case the office has from the same content is ``known``: it is
    OK and adds nothing. ``rules.definition.old_book`` must be set (else ``ValueError``).
    """
    judging = _Judge(RowReader(sheet, columns, rules.definition), rules, today, known)
    for row in sheet.rows:
        yield judging.row(row.number, row.cells)


class _Judge:
    """Judges row after row and remembers the numbers it has seen."""

    def __init__(self, reader: RowReader, rules: Rules, today: date, known: Known) -> None:
        self.reader, self.rules, self.today, self.known = reader, rules, today, known
        self.places = reader.places
        by_kind = {place.column.kind: place for place in self.places.values()}
        self.case_number, self.receipt = by_kind["case_number"], by_kind.get("receipt")
        self.name, self.identity = by_kind["name"], by_kind.get("identity")
        self.address, self.party_kind = by_kind.get("address"), by_kind.get("party_kind")
        self.unmapped = reader.unmapped
        self.seen_cases: dict[str, tuple[int, str]] = {}
        self.seen_receipts: dict[str, int] = {}
        self.law = _Law(rules, self.places)

    def row(self, number: int, cells: tuple[str, ...]) -> JudgedRow:
        read = self.reader.read(number, cells)
        written = read.texts.get(self.case_number.column.name) or kept_text(read.cells[self.case_number.column.name])
        self._future(read)
        self._missing(read)
        self._order(read)
        self._above(read)
        read.findings += self.law.findings(read)
        self._seen_case(read)
        if self.receipt is not None:
            self._seen(read, self.receipt, self.seen_receipts)
        known = self._known(read)
        read.findings.sort(key=lambda one: _GRAVITY[one.grade])
        grade = read.findings[0].grade if read.findings else Grade.OK
        reported = None if grade == Grade.ERROR else self._reported(read)
        return JudgedRow(number, written, grade, tuple(read.findings), reported, known)

    def _future(self, read: ReadRow) -> None:
        late = [name for name, day in read.dates.items() if day > self.today]
        for name in late:
            words = Words(
                f"{read.dates[name]} is still to come; look it up on the paper",
                f"{read.dates[name]}尚未到来，请核对原件",
            )
            read.findings.append(self._finding(read, name, words))
            # It says nothing about the dates after it, which may well be right.
            del read.dates[name]

    def _missing(self, read: ReadRow) -> None:
        """Find columns that are empty though others need them: one finding each, which names those that do."""
        wanted: dict[str, list[str]] = {}
        for name, place in self.places.items():
            if place.column.needs and read.holds(name):
                for other in place.column.needs:
                    if other in read.empty or read.amounts_fen.get(other) == 0:
                        wanted.setdefault(other, []).append(place.heading)
        for name, headings in wanted.items():
            if self.places[name].column.required:
                continue  # told already
            named = quoted(headings)
            if self.places[name].place is None:
                # The file has no such column, and what stands in the others may well be true.
                words = not_taken(self.unmapped, named)
            else:
                what = ("missing", "为空") if name in read.empty else ("zero", "为零")
                words = Words(
                    f"{what[0]}, though {named.en} cannot stand without it; fill it in, or clear {named.en}",
                    f"{what[1]}，而已填的{named.zh}必须有此项，请补填，或者清空{named.zh}",
                )
            read.findings.append(self._finding(read, name, words))

    def _order(self, read: ReadRow) -> None:
        """Find dates before what must come first; where that is not known, before what must come before that."""
        for name, day in tuple(read.dates.items()):
            earlier = [other for other in self._bounds(read, name, frozenset()) if day < read.dates[other]]
            if not earlier:
                continue
            other = max(earlier, key=lambda one: read.dates[one])
            first, bound = self.places[other].heading, read.dates[other]
            words = Words(
                f"{day} lies before “{first}” ({bound}), and may not; look both up on the papers",
                f"{day}早于“{first}”（{bound}），顺序有误，请核对原件",
            )
            read.findings.append(self._finding(read, name, words))

    def _bounds(self, read: ReadRow, name: str, passed: frozenset[str]) -> Iterator[str]:
        for other in self.places[name].column.not_before:
            if other in read.dates:
                yield other
            elif other not in passed:
                yield from self._bounds(read, other, passed | {other})

    def _above(self, read: ReadRow) -> None:
        for name, fen in read.amounts_fen.items():
            highest = self.places[name].column.not_above
            if highest is None or not fen or fen <= read.amounts_fen.get(highest, fen):
                continue
            if not read.amounts_fen[highest]:
                continue  # zero is nothing: told as missing
            first, bound = self.places[highest].heading, _yuan(read.amounts_fen[highest])
            words = Words(
                f"{_yuan(fen)} yuan are more than “{first}” ({bound}); look both up on the papers",
                f"{_yuan(fen)}元超过“{first}”（{bound}元），请核对原件",
            )
            read.findings.append(self._finding(read, name, words))

    def _own_number(self, written: str) -> str:
        """Return the number that a case gets here, whatever zeros and brackets the book writes: no two share it."""
        return book_number(self.rules.definition.number, written).english

    def _seen_case(self, read: ReadRow) -> None:
        text = read.texts.get(self.case_number.column.name)
        if text is None:
            return
        own = self._own_number(text)
        first, first_text = self.seen_cases.setdefault(number_key(own), (read.number, text))
        if first == read.number:
            return
        if number_key(first_text) == number_key(text):
            words = _same_number(first)
        else:
            words = Words(
                f"row {first} ({first_text}) would get the same number {own} here; one of the two is wrong or the case "
                "stands there twice, look them up on the papers",
                f"与第{first}行（{first_text}）在本系统中的编号相同（{own}），必有一行有误或重复，请核对原件",
            )
        read.findings.append(self._finding(read, self.case_number.column.name, words))

    def _seen(self, read: ReadRow, place: BookPlace, seen: dict[str, int]) -> None:
        text = read.texts.get(place.column.name)
        if text is None:
            return
        if place is self.case_number:
            # 〔2017〕7号 and 〔2017〕0007号, and what either is in English, are one number of the regime's pattern.
            text = book_number(self.rules.definition.number, text).english
        first = seen.setdefault(number_key(text), read.number)
        if first != read.number:
            read.findings.append(self._finding(read, place.column.name, _same_number(first)))

    def _known(self, read: ReadRow) -> bool:
        """Tell whether the office has the row already; find what it has already and says otherwise."""
        number = read.texts.get(self.case_number.column.name)
        sound = not any(one.grade == Grade.ERROR for one in read.findings)
        there = self.known.case_of(number) if number is not None else None
        if number is not None and there is not None:
            if sound and self.known.is_same(self._reported(read)):
                return True
            words = _there_already(number, there, self._own_number(number))
            read.findings.append(self._finding(read, self.case_number.column.name, words))
        receipt = read.texts.get(self.receipt.column.name) if self.receipt is not None else None
        owner = self.known.receipt_of(receipt) if receipt is not None else None
        if owner is not None and self.receipt is not None:
            of_en, of_zh = (f" for case {owner}", f"，属于案件{owner}") if owner else ("", "")
            words = Words(
                f"the office has a receipt of this number already{of_en}; look it up on the paper",
                f"本单位已有此票据号{of_zh}，请核对票据",
            )
            read.findings.append(self._finding(read, self.receipt.column.name, words))
        return False

    def _reported(self, read: ReadRow) -> ReportedRow:
        own = [one.column.name for one in (self.case_number, self.name, self.identity, self.address) if one]
        kind = read.texts.get(self.party_kind.column.name) if self.party_kind else None
        book = self.rules.definition.old_book
        return ReportedRow(
            case_number=read.texts[self.case_number.column.name],
            party_kind=kind or (book.party_kind if book else ""),
            party_name=read.texts[self.name.column.name],
            identity_no=read.texts.get(self.identity.column.name, "") if self.identity else "",
            address=read.texts.get(self.address.column.name, "") if self.address else "",
            dates=dict(read.dates),
            amounts_fen={name: fen for name, fen in read.amounts_fen.items() if fen},
            words={
                name: text
                for name, text in read.texts.items()
                if name not in own and (self.party_kind is None or name != self.party_kind.column.name)
            },
        )

    def _finding(self, read: ReadRow, name: str, words: Words) -> Finding:
        return self.places[name].finding(read.cells[name], words)


class _Law:
    """Says of a row where no law supported what it reports. Each pair of days is looked up once."""

    def __init__(self, rules: Rules, places: Mapping[str, BookPlace]) -> None:
        book, steps = rules.definition.old_book, rules.definition.steps
        self.rules, self.places = rules, places
        self.conduct = book.opening.get("act_date", "") if book else ""
        self.levied = [one.on for one in book.events if steps[one.step].levies] if book else []
        self._levies: dict[tuple[date, date], NoLawInForce | None] = {}

    def findings(self, read: ReadRow) -> Iterator[Finding]:
        """Yield a finding for each decision that no law supported: on its day, or for conduct of that day.

        A warning where the law had ended: to report such a levy is not to levy, and only a case that is on record can
        be put right. An error where no law on file reaches back so far. A case that was only filed after the law had
        ended levied nothing: the wind-down closes it.
        """
        conduct = read.dates.get(self.conduct)
        for name in self.levied:
            day = read.dates.get(name)
            if day is None or (refusal := self._levy(conduct or day, day)) is None:
                continue
            yield self._finding(read, self.conduct if refusal.on == conduct != day else name, refusal)

    def _levy(self, conduct: date, day: date) -> NoLawInForce | None:
        if (conduct, day) not in self._levies:
            try:
                self.rules.law.levy_basis(self.rules.definition.law, act_date=conduct, decision_date=day)
            except NoLawInForce as refusal:
                self._levies[conduct, day] = refusal
            else:
                self._levies[conduct, day] = None
        return self._levies[conduct, day]

    def _finding(self, read: ReadRow, name: str, refusal: NoLawInForce) -> Finding:
        said_en, said_zh = refusal.message_en.removesuffix("."), refusal.message_zh.removesuffix("。")
        if refusal.repealed_by is None:
            words = Words(
                f"{said_en}. Look the day up on the paper; if it is right, the case is not to be taken over as it "
                "stands",
                f"{said_zh}。请核对原件上的日期；如日期无误，本案不得照此导入",
            )
            return self.places[name].finding(read.cells[name], words)
        words = Words(
            f"{said_en}. Look the day up on the paper; if it is right, the case is taken over so that it can be put "
            "right: the wind-down plan names it, and the refund finder names what was paid on it",
            f"{said_zh}。请核对原件上的日期；如日期无误，仍导入本案以便纠正：本案将列入待清理案件，已缴款项将列入待核查退款",
        )
        return self.places[name].finding(read.cells[name], words, Grade.WARNING)


def _same_number(first: int) -> Words:
    return Words(
        f"row {first} has the same number; one of the two is wrong, look them up on the papers",
        f"与第{first}行的号码重复，必有一行有误，请核对原件",
    )


def _there_already(written: str, there: str, own: str) -> Words:
    if number_key(there) == number_key(written):
        return Words(
            "the office has a case of this number already, and not from this row; leave the row out, or correct the "
            "number",
            "本单位已有此案号的案件，且内容与本行不同，请删除本行或更正案号",
        )
    return Words(
        f"the office has case {there} already, with the number {own} that this row would get too; leave the row out, "
        "or correct the number",
        f"本单位已有案件{there}，其编号{own}与本行将得的编号相同，请删除本行或更正案号",
    )


def _yuan(fen: int) -> str:
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02d}"
