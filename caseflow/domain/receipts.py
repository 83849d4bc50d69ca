"""Numbered receipts: lots of printed numbers, what may become of each number, and when the next lot may open. Pure.

Sources: Decree 427 article 16 (receipts lent, substituted, forged, destroyed), Decree 281 article 10 (money taken
without a receipt), Administrative Penalty Law 2021 article 70 (no official receipt: the person may refuse to pay).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from caseflow.domain.ledger import Leg
from caseflow.domain.words import Words

MOST_IN_A_LOT = 100_000
MOST_COPIES = 9
LONGEST_PREFIX = 20
LONGEST_REASON = 500
LONGEST_BOOK = 100
WIDEST = 12
RECEIPT_FIELD = "receipt_no"
_PREFIX = re.compile(rf"[0-9A-Za-z\u4e00-\u9fff〔〕()\-]{{0,{LONGEST_PREFIX}}}")


class Status(StrEnum):
    """What has become of one printed number; ``checked_off`` covers a number whose whole lot was checked off."""

    BLANK = "blank"
    ISSUED = "issued"
    VOID = "void"
    LOST = "lost"
    CHECKED_OFF = "checked_off"


class ReceiptRefused(Exception):
    """What was asked of a receipt or a lot is not lawful; ``field`` names the input it is about (empty: none)."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


@dataclass(frozen=True)
class NewLot:
    """A lot of printed receipts as it comes from the treasury; ``copies`` is how many sheets each number has."""

    book: str
    prefix: str
    first_no: int
    last_no: int
    width: int
    copies: int

    def printed(self, no: int) -> str:
        """Return the number as it is printed on the paper."""
        return f"{self.prefix}{no:0{self.width}d}"

    @property
    def size(self) -> int:
        """How many numbers the lot has."""
        return self.last_no - self.first_no + 1


@dataclass(frozen=True)
class Lot(NewLot):
    """A lot as the office keeps it. ``last_used`` is its highest number with a receipt, a void or a loss.

    ``used_count`` is how many numbers have one, where it was counted. A lot of the kind ``reported`` is the list of the
    receipts that an old casebook names: its numbers are places in the list, and nobody writes from it or checks it off.
    """

    id: int
    office_id: int
    opened_on: date
    issued_to: int | None = None
    last_used: int | None = None
    checked_off_on: date | None = None
    used_count: int | None = None
    kind: str = "issued"

    @property
    def is_reported(self) -> bool:
        """Whether these are receipts that an old casebook reports."""
        return self.kind == "reported"

    @property
    def next_no(self) -> int | None:
        """The next blank number; None when the lot is used up or checked off."""
        after = self.first_no if self.last_used is None else self.last_used + 1
        return after if after <= self.last_no and self.checked_off_on is None else None

    @property
    def next_number(self) -> str | None:
        """The next blank number as printed."""
        return None if self.next_no is None else self.printed(self.next_no)

    @property
    def gap_count(self) -> int:
        """How many numbers below the highest used one have nothing: none in a sound book, if it was counted."""
        used = 0 if self.last_used is None else self.last_used - self.first_no + 1
        return used - self.used_count if self.used_count is not None else 0

    @property
    def blank_count(self) -> int:
        """How many numbers are still blank."""
        return self.size if self.last_used is None else self.last_no - self.last_used


@dataclass(frozen=True)
class Receipt:
    """One number of a lot that is blank no more. Amounts in fen; those of a number spoiled or lost blank are None."""

    lot_id: int
    no: int
    number: str
    status: Status
    entered_on: date
    cashier_id: int
    cashier_en: str
    cashier_zh: str
    leaf: bytes
    amount_fen: int | None = None
    principal_fen: int | None = None
    charge_fen: int | None = None
    held_fen: int | None = None
    payer: str = ""
    case_id: int | None = None
    case_number: str | None = None
    case_number_zh: str | None = None
    regime: str | None = None
    seq: int | None = None
    transfer_key: str | None = None
    reversal_key: str | None = None
    reason: str | None = None
    copies: int | None = None
    ended_on: date | None = None
    found_on: date | None = None
    event_key: str = ""
    reported: bool = False

    @property
    def money_stands(self) -> bool:
        """Whether the receipt stands for an entry of the ledger that has not been reversed."""
        return self.transfer_key is not None and self.reversal_key is None


@dataclass(frozen=True)
class Shares:
    """What a receipt is for, in fen: the fee or fine, the added charge, and what is held for the payer."""

    principal_fen: int
    charge_fen: int = 0
    held_fen: int = 0

    @property
    def amount_fen(self) -> int:
        """The sum on the receipt."""
        return self.principal_fen + self.charge_fen + self.held_fen

    @classmethod
    def of_legs(cls, legs: Iterable[Leg]) -> Shares:
        """Return what of a step's legs is money taken, by what it was taken for."""
        taken = Counter[str]()
        for leg in legs:
            if leg.operation == "collect":
                taken[leg.credit_kind] += leg.amount_fen
        return cls(taken["receivable"], taken["charge_receivable"], taken["held"])


@dataclass(frozen=True)
class Stubs:
    """The stubs of a lot by what became of them, and the sum of the issued ones, in fen."""

    issued: int
    void: int
    lost: int
    issued_fen: int


def check_new_lot(lot: NewLot, open_lots: Iterable[Lot]) -> None:
    """Raise :class:`ReceiptRefused` unless the lot can exist and no lot of its book is still open.

    No new lot before the old one is checked off: the rule of the finance departments on the supply of receipts
    (Caishui 2016-33 and the provincial texts; ``../shared/law.md`` section 5).
    """
    _check_cover(lot)
    if not 0 <= lot.first_no <= lot.last_no < 10**lot.width:
        raise ReceiptRefused(Words("The last number must not be below the first", "终止号不得小于起始号"), "last_no")
    if lot.size > MOST_IN_A_LOT:
        raise ReceiptRefused(
            Words(f"A lot has at most {MOST_IN_A_LOT} numbers", f"一批最多{MOST_IN_A_LOT}个号码"), "last_no"
        )
    if not 1 <= lot.copies <= MOST_COPIES:
        raise ReceiptRefused(
            Words(f"A receipt has 1 to {MOST_COPIES} copies", f"票据联次应为1至{MOST_COPIES}联"), "copies"
        )
    for other in open_lots:
        if other.book == lot.book:
            first, last = other.printed(other.first_no), other.printed(other.last_no)
            raise ReceiptRefused(
                Words(
                    f"The lot {first} to {last} of “{lot.book}” is not checked off yet; check it off first",
                    f"“{lot.book}”的上一批票据（{first}至{last}）尚未核销，请先核销",
                ),
                "book",
            )


def _check_cover(lot: NewLot) -> None:
    if not lot.book.strip():
        raise ReceiptRefused(Words("Give the kind of receipts, as its cover says", "请填写票据种类（见封面）"), "book")
    if len(lot.book) > LONGEST_BOOK:
        raise ReceiptRefused(Words(f"At most {LONGEST_BOOK} characters", f"最多{LONGEST_BOOK}个字符"), "book")
    if not _PREFIX.fullmatch(lot.prefix):
        en = f"The letters before the number are at most {LONGEST_PREFIX} letters, figures or Chinese characters"
        raise ReceiptRefused(Words(en, f"号码前缀最多{LONGEST_PREFIX}个字母、数字或汉字"), "prefix")
    if not 1 <= lot.width <= WIDEST:
        raise ReceiptRefused(Words(f"A number has 1 to {WIDEST} figures", f"号码位数应为1至{WIDEST}位"), "first_no")
    if lot.width < WIDEST and lot.prefix[-1:].isdecimal():
        raise ReceiptRefused(Words("The figures belong to the number", "前缀末尾的数字应计入号码"), "prefix")


def lot_of(book: str, first: str, last: str, copies: int) -> NewLot:
    """Return the lot whose first and last printed numbers somebody typed; what stands before the figures is the prefix.

    Raises :class:`ReceiptRefused` where one has no figures at its end or the two differ in prefix or width.
    """
    ends = []
    for typed, field in ((first, "first_no"), (last, "last_no")):
        found = re.fullmatch(r"(.*?)([0-9]+)", unicodedata.normalize("NFC", typed.strip()))
        if found is None:
            raise ReceiptRefused(
                Words("Give the number as it is printed, such as A00001", "请按票面填写号码，例如A00001"), field
            )
        ends.append(found.groups())
    (prefix, low), (other, high) = ends
    if (prefix, len(low)) != (other, len(high)):
        en, zh = "The last number must look like the first one", "终止号与起始号的前缀、位数应一致"
        raise ReceiptRefused(Words(en, zh), "last_no")
    if len(low) > WIDEST:
        # The figures further left never change within a lot: they belong to the prefix.
        prefix, low, high = prefix + low[:-WIDEST], low[-WIDEST:], high[-WIDEST:]
    return NewLot(book.strip(), prefix, int(low), int(high), len(low), copies)


def read_number(lot: NewLot, typed: str) -> int | None:
    """Return which number of ``lot`` somebody typed, with or without its prefix; None for no number of the lot.

    Full-width figures and spaces are taken as people type them.
    """
    plain = unicodedata.normalize("NFKC", typed).replace(" ", "")
    plain = plain.removeprefix(unicodedata.normalize("NFKC", lot.prefix).replace(" ", ""))
    if not re.fullmatch(rf"[0-9]{{1,{WIDEST}}}", plain):
        return None
    no = int(plain)
    return no if lot.first_no <= no <= lot.last_no else None


def choose_next(lots: Sequence[Lot], typed: str) -> tuple[Lot, int]:
    """Return the lot and the number typed, if it is the next blank one of a lot in ``lots`` (the usual one first).

    Raises :class:`ReceiptRefused` (field ``receipt_no``), saying what to do, where there is no open lot, where it is
    used up, and for a number that is used, not the next one or of no open lot.
    """
    for lot in lots:
        if lot.next_no is not None and read_number(lot, typed) == lot.next_no:
            return lot, lot.next_no
    raise ReceiptRefused(_not_next(lots[0] if lots else None, typed), RECEIPT_FIELD)


def _not_next(lot: Lot | None, typed: str) -> Words:
    if lot is None:
        en = "There is no open lot of receipts: open one under Receipts, then take the money"
        return Words(en, "没有已启用的票据：请先在“票据”中启用一批，再行收款")
    if lot.next_no is None:
        en = "The lot is used up: check it off and open the next one under Receipts"
        return Words(en, "本批票据已用完：请在“票据”中核销并启用下一批")
    no, expected = read_number(lot, typed), lot.next_number
    if no is None:
        en, zh = "is no number of the open lot", "不是已启用票据的号码"
    elif no < lot.next_no:
        en, zh = "has been used already", "已经使用"
    else:
        en, zh = "is not the next one: a number must not be left out", "不是下一个号码：票据须按顺序使用，不得跳号"
    return Words(f"The receipt number {en}; write the next one, {expected}", f"该票据号{zh}；请使用{expected}")


def check_run(lot: Lot, through: int) -> range:
    """Return the blank numbers from the next one to ``through``: what a loss or a spoiled sheet takes out of use.

    Numbers are used in order, so a loss further on takes every blank number before it as well. Raises
    :class:`ReceiptRefused` (field ``through``).
    """
    first = lot.next_no
    if first is None or not first <= through <= lot.last_no:
        first_text, last_text = lot.next_number or "-", lot.printed(lot.last_no)
        raise ReceiptRefused(
            Words(
                f"Only blank numbers can be taken out of use: {first_text} to {last_text}",
                f"只能停用空白号码：{first_text}至{last_text}",
            ),
            "through",
        )
    return range(first, through + 1)


def check_void(lot: NewLot, status: Status, reason: str, copies: int) -> None:
    """Raise :class:`ReceiptRefused` unless the number may be voided: a reason is given and every copy kept.

    Source: the fiscal-receipt measures (``../shared/law.md`` section 5): wrong ones are marked void with all copies.
    """
    _check_standing(status)
    _check_reason(reason)
    if copies != lot.copies:
        raise ReceiptRefused(
            Words(
                f"A void receipt is kept with all its {lot.copies} copies; with fewer it is lost, and is reported so",
                f"作废票据须{lot.copies}联齐全保存；缺联的应按遗失报告",
            ),
            "copies",
        )


def check_loss(lot: NewLot, status: Status, reason: str, copies: int, *, found_on: date, today: date) -> None:
    """Raise :class:`ReceiptRefused` unless a loss may be reported so (deadline-table row N2)."""
    _check_standing(status)
    _check_reason(reason)
    if not 1 <= copies <= lot.copies:
        raise ReceiptRefused(
            Words(f"Between 1 and {lot.copies} copies are lost", f"遗失联数应为1至{lot.copies}联"), "copies"
        )
    if found_on > today:
        raise ReceiptRefused(Words("The loss was not found after today", "发现遗失的日期不得晚于今日"), "found_on")


def check_stubs(lot: Lot, kept: Stubs, counted: Stubs, reference: str) -> None:
    """Raise :class:`ReceiptRefused` unless the lot is used up and finance counted the stubs as the record has them.

    ``reference`` is the number of finance's check sheet. The counts are typed blind: they prove that somebody counted.
    """
    if lot.checked_off_on is not None:
        raise ReceiptRefused(Words(f"Checked off on {lot.checked_off_on}", f"已于{lot.checked_off_on}核销"))
    if lot.next_no is not None:
        raise ReceiptRefused(
            Words(
                f"{lot.blank_count} numbers are still blank: use them, or report them void or lost first",
                f"尚有{lot.blank_count}个空白号码：请先用完，或者办理作废、遗失",
            )
        )
    if not reference.strip():
        raise ReceiptRefused(Words("Give the number of finance's check sheet", "请填写财政部门核销单号"), "reference")
    if counted != kept:
        raise ReceiptRefused(
            Words(
                "The count does not agree with the record; count the stubs again",
                "清点结果与登记不一致，请重新清点存根",
            ),
            "issued",
        )


def gaps(used: Sequence[int], first_no: int) -> tuple[int, ...]:
    """Return the numbers below the highest used one that have no receipt: none in a sound book."""
    return tuple(sorted(set(range(first_no, max(used, default=first_no - 1) + 1)) - set(used)))


def duplicates(numbers: Iterable[str]) -> tuple[str, ...]:
    """Return the printed numbers that occur more than once: none in a sound book."""
    return tuple(sorted(number for number, times in Counter(numbers).items() if times > 1))


def _check_standing(status: Status) -> None:
    told = {
        Status.VOID: Words("The receipt is void already", "该票据已经作废"),
        Status.LOST: Words("The receipt is reported lost already", "该票据已报遗失"),
        Status.CHECKED_OFF: Words("Its lot is checked off", "所属批次已经核销"),
    }.get(status)
    if told is not None:
        raise ReceiptRefused(told)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReceiptRefused(Words("Give the reason", "请填写原因"), "reason")
    if len(reason) > LONGEST_REASON:
        raise ReceiptRefused(Words(f"At most {LONGEST_REASON} characters", f"最多{LONGEST_REASON}个字符"), "reason")
