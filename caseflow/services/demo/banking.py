"""The county's banking: statements entered, money remitted and advised as its cashier would have, on their own days."""

from __future__ import annotations

import csv
import io
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from caseflow.domain.access import Actor
from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.workflow import money_text
from caseflow.services.bank import BankLines, EnterFile, MakeRemittance, Remittances, StatementImports
from caseflow.services.demo.county import BankingPlan
from caseflow.services.ports.bank import LineFilter
from caseflow.services.ports.remittances import ReceiptRow, WayFilter

Acts = Mapping[date, Sequence[Callable[[], None]]]

_DAY = timedelta(days=1)
_MONTHLY_MONTHS, _MONTHS_A_YEAR, _LONGEST_MONTH = 24, 12, 31
_BOOKING_DAYS = 3
_ADVICE_DAYS, _CORRECTION_DAYS = 3, 5
_HEADINGS = ("记账日期", "金额", "票据号", "摘要", "对方户名")


@dataclass(frozen=True)
class Stretch:
    """The days of one statement, both included; of the ``running`` month nothing is remitted yet."""

    first: date
    last: date
    running: bool = False

    @property
    def name(self) -> str:
        """The month, or the year where it is a whole one."""
        return f"{self.first:%Y-%m}" if self.first.month == self.last.month else f"{self.first.year}"


def stretches(began: date, as_of: date) -> Iterator[Stretch]:
    """Yield the years that ended 24 months before ``as_of`` or earlier, the months after them, and the running month.

    They begin with the year or month of the day ``began`` and end on the day before ``as_of``.
    """
    recent = (as_of.year * _MONTHS_A_YEAR + as_of.month - 1 - _MONTHLY_MONTHS) // _MONTHS_A_YEAR
    for year in range(began.year, recent):
        yield Stretch(date(year, 1, 1), date(year, 12, 31))
    first = max(date(recent, 1, 1), began.replace(day=1))
    while first < as_of:
        following = (first + _LONGEST_MONTH * _DAY).replace(day=1)
        yield Stretch(first, min(following, as_of) - _DAY, running=following > as_of)
        first = following


@dataclass(frozen=True)
class _Remitted:
    id: int
    voucher: str
    fen: int
    on: date


@dataclass(frozen=True)
class CountyBanking:
    """What the cashier does at the bank and the treasury; ``receipt_days``: of receipts before ``as_of``, in order."""

    plan: BankingPlan
    cashier: Actor
    statements: StatementImports
    lines: BankLines
    remittances: Remittances
    calendar: WorkingCalendar
    as_of: date
    receipt_days: Sequence[date]
    _made: dict[Stretch, _Remitted] = field(default_factory=dict)
    _papers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def acts(self) -> Acts:
        """Return what is to be done by day, on each day before anything else."""
        found: dict[date, list[Callable[[], None]]] = defaultdict(list)
        known = list(stretches(self.receipt_days[0], self.as_of)) if self.receipt_days else []
        whole = [one for one in known if not one.running]
        paying = [one for one in whole if self._shows_a_receipt(one)]
        for one in known:
            day = self._working(one.last + _DAY)
            found[day].append(partial(self._enter, one, has_stray=one in whole[-1:]))
            if one in paying:
                found[day].append(partial(self._remit, one, day))
        # The last remittance has no advice yet; the advice of the one before it is wrong at first.
        for one in paying[:-1]:
            advised = self._working(self._working(one.last + _DAY) + _ADVICE_DAYS * _DAY)
            off_fen = self.plan.misadvised_fen if one in paying[-2:] else 0
            found[advised].append(partial(self._advise, one, advised, off_fen))
            if off_fen:
                corrected = self._working(advised + _CORRECTION_DAYS * _DAY)
                found[corrected].append(partial(self._advise, one, corrected, 0))
        return found

    def _working(self, day: date) -> date:
        """Return the next working day, or the business date where there is none up to it."""
        while day < self.as_of and not self.calendar.is_working(day):
            day += _DAY
        return min(day, self.as_of)

    def _places(self, stretch: Stretch) -> range:
        """Return the places of the stretch's receipts counted from the last one (1), the first of them first."""
        first, after = (bisect_left(self.receipt_days, day) for day in (stretch.first, stretch.last + _DAY))
        return range(len(self.receipt_days) - first, len(self.receipt_days) - after, -1)

    def _shows_a_receipt(self, stretch: Stretch) -> bool:
        differing = {*self.plan.missing, *self.plan.misread}
        return any(place not in differing for place in self._places(stretch))

    def _enter(self, stretch: Stretch, *, has_stray: bool) -> None:
        """Enter the bank's statement of a stretch, if anything moved in it; what nobody can explain is suspended."""
        rows = sorted([*self._paid_in(stretch), *self._paid_out(stretch), *([self._stray(stretch)] * has_stray)])
        if not rows:
            return
        paper = io.StringIO(newline="")
        csv.writer(paper).writerows([_HEADINGS, *rows])
        name = self.plan.file.format(stretch=stretch.name)
        asked = EnterFile(name, paper.getvalue().encode("gb18030"), self._account())
        self.statements.enter(self.cashier, asked, key=f"demo:{stretch.name}")
        if has_stray:
            chosen = LineFilter("open", booked_from=stretch.first, booked_until=stretch.last)
            page = self.lines.page(self.cashier, chosen)
            unknown = {row.id: row.nth for row in page.rows if row.line.text == self.plan.stray.text}
            self.lines.suspend(self.cashier, unknown, reason=self.plan.stray.reason, key=f"demo:{stretch.name}")

    def _account(self) -> int:
        """Return the county's collecting account, opened when it is first asked for."""
        known = self.statements.accounts(self.cashier)
        if known:
            return known[0].id
        self.statements.open_account(self.cashier, self.plan.bank, self.plan.account, key="demo")
        return self._account()

    def _paid_in(self, stretch: Stretch) -> Iterator[_Row]:
        for place, receipt in zip(self._places(stretch), self._receipts(stretch), strict=True):
            if place in self.plan.missing:
                continue
            number = _one_digit_off(receipt.number) if place in self.plan.misread else receipt.number
            booked_on = min(receipt.entered_on + receipt.no % _BOOKING_DAYS * _DAY, stretch.last)
            yield _row(booked_on, receipt.amount_fen, number, self.plan.text, receipt.payer)

    def _receipts(self, stretch: Stretch) -> Sequence[ReceiptRow]:
        """Return the receipts of a stretch in their order, none of them banked yet."""
        chosen = WayFilter("collected", stretch.first, stretch.last)
        rows, before = self.remittances.ways(self.cashier, chosen)
        found = list(rows)
        while before is not None:
            rows, before = self.remittances.ways(self.cashier, chosen, before)
            found += rows
        return found[::-1]

    def _paid_out(self, stretch: Stretch) -> Iterator[_Row]:
        for one in self._made.values():
            if stretch.first <= one.on <= stretch.last:
                yield _row(one.on, -one.fen, one.voucher, self.plan.text_out, self.plan.treasury)

    def _stray(self, stretch: Stretch) -> _Row:
        stray = self.plan.stray
        return _row(stretch.first + stray.day * _DAY, stray.fen, "", stray.text, stray.payer)

    def _remit(self, stretch: Stretch, day: date) -> None:
        account = self._account()
        rows = self.remittances.remittable(self.cashier, account, stretch.last)
        voucher = self._paper(self.plan.voucher, day)
        fen = sum(row.amount_fen for row in rows)
        asked = MakeRemittance(account, voucher, day, tuple((row.lot_id, row.no) for row in rows), fen)
        made = self.remittances.make(self.cashier, asked, key=f"demo:{stretch.name}")
        self._made[stretch] = _Remitted(made, voucher, fen, day)

    def _advise(self, stretch: Stretch, day: date, off_fen: int) -> None:
        made, number = self._made[stretch], self._paper(self.plan.advice, day)
        key = f"demo:{number}"
        self.remittances.advise(self.cashier, made.id, number, day, made.fen + off_fen, key=key)

    def _paper(self, pattern: str, day: date) -> str:
        """Return the next number of a kind of paper, counted by the year."""
        self._papers[pattern, day.year] += 1
        return pattern.format(year=day.year, number=self._papers[pattern, day.year])


_Row = tuple[str, str, str, str, str]


def _row(booked_on: date, fen: int, reference: str, text: str, other: str) -> _Row:
    return (booked_on.isoformat(), money_text(fen), reference, text, other)


def _one_digit_off(number: str) -> str:
    """Return the number with its fourth digit from the end another one, which no receipt of the county has."""
    return f"{number[:-4]}{(int(number[-4]) + 5) % 10}{number[-3:]}"
