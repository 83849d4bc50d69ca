"""What a line may be, with the reason in words; a person looks and decides. Pure.

A proposal always makes the amount of the line exactly. The order is from the likeliest to the least likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.bank.matching import OpenReceipt, OpenRemittance
from caseflow.domain.bank.statements import Direction, StatementLine
from caseflow.domain.words import Words

MOST_PROPOSALS = 5
_SHORTEST_NUMBER_IN_TEXT = 4
_LONGEST_LIST = 6


@dataclass(frozen=True)
class Proposal:
    """What a line may be: receipts that make its amount, or a remittance; with the reason."""

    reason: Words
    receipts: tuple[OpenReceipt, ...] = ()
    remittance: OpenRemittance | None = None


def propose(line: StatementLine, receipts: Sequence[OpenReceipt]) -> list[Proposal]:
    """Return what an incoming line may be, among receipts whose money no line has shown yet."""
    if line.direction is not Direction.CREDIT:
        return []
    ranked: list[tuple[int, int, Proposal]] = []
    for one in receipts:
        if one.amount_fen == line.amount_fen:
            rank, why = _likeness(line, one)
            near = one.in_window(line.booked_on)
            if rank < _ONLY_THE_AMOUNT or near:
                days = one.days_to(line.booked_on)
                reason = Words(f"Same amount, {_days_en(days)}, {why.en}.", f"金额相同，{_days_zh(days)}，{why.zh}。")
                ranked.append((rank, abs(days), Proposal(reason, (one,))))
    if not any(rank < _ONLY_THE_AMOUNT for rank, _days, _one in ranked):
        ranked += [(_SUM, 0, _sum_of(run)) for run in _sums(line, receipts)]
    ranked.sort(key=lambda entry: entry[:2])
    return [proposal for _rank, _days, proposal in ranked[:MOST_PROPOSALS]]


def propose_outgoing(line: StatementLine, remittances: Sequence[OpenRemittance]) -> list[Proposal]:
    """Return the remittances an outgoing line may be: those of its amount, the nearest day first."""
    if line.direction is not Direction.DEBIT:
        return []
    same = [one for one in remittances if one.amount_fen == line.amount_fen]
    same.sort(key=lambda one: abs((line.booked_on - one.remitted_on).days))
    return [
        Proposal(
            Words(
                f"Same amount as voucher {one.voucher}, {_days_en((line.booked_on - one.remitted_on).days)}.",
                f"与缴款凭证{one.voucher}金额相同，{_days_zh((line.booked_on - one.remitted_on).days)}。",
            ),
            remittance=one,
        )
        for one in same[:MOST_PROPOSALS]
    ]


_SUM, _ONLY_THE_AMOUNT = 5, 4


def _likeness(line: StatementLine, one: OpenReceipt) -> tuple[int, Words]:
    if line.reference == one.number:
        return 0, Words("and the number agrees", "票据号一致")
    if line.reference and _one_slip(line.reference, one.number):
        return 1, Words("number differs in one digit", "票据号相差一位")
    if len(one.number) >= _SHORTEST_NUMBER_IN_TEXT and one.number in f"{line.reference} {line.text}":
        return 2, Words("the number stands in the text", "摘要中有该票据号")
    if not line.reference:
        return _ONLY_THE_AMOUNT, Words("the line names no receipt", "该笔未注明票据号")
    return _ONLY_THE_AMOUNT, Words("the line names another number", "该笔注明的号码不同")


def _one_slip(first: str, second: str) -> bool:
    if len(first) == len(second):
        wrong = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
        if len(wrong) == 1:
            return True
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1  # noqa: PLR2004 - two neighbours
        return swapped and first[wrong[0]] == second[wrong[1]] and first[wrong[1]] == second[wrong[0]]
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )


def _sums(line: StatementLine, receipts: Sequence[OpenReceipt]) -> list[tuple[OpenReceipt, ...]]:
    """Return runs of receipts in the order of their numbers (a day's cash paid in at once), then pairs."""
    near = sorted((one for one in receipts if one.in_window(line.booked_on)), key=lambda one: one.key)
    found = _runs(near, line.amount_fen)
    by_amount: dict[int, OpenReceipt] = {}
    for one in near:
        other = by_amount.get(line.amount_fen - one.amount_fen)
        if other is not None and (other, one) not in found:
            found.append((other, one))
        by_amount.setdefault(one.amount_fen, one)
    return found[:MOST_PROPOSALS]


def _runs(near: Sequence[OpenReceipt], wanted: int) -> list[tuple[OpenReceipt, ...]]:
    found = []
    first, total = 0, 0
    for last, one in enumerate(near):
        total += one.amount_fen
        while total > wanted:
            total -= near[first].amount_fen
            first += 1
        if total == wanted and last > first:
            found.append(tuple(near[first : last + 1]))
    return found


def _sum_of(run: tuple[OpenReceipt, ...]) -> Proposal:
    numbers = [one.number for one in run]
    if len(numbers) > _LONGEST_LIST:
        return Proposal(
            Words(
                f"The amount equals the {len(numbers)} receipts from {numbers[0]} to {numbers[-1]} together.",
                f"金额等于票据{numbers[0]}至{numbers[-1]}共{len(numbers)}张之和。",
            ),
            run,
        )
    return Proposal(
        Words(f"The amount equals receipts {' + '.join(numbers)}.", f"金额等于票据{'、'.join(numbers)}之和。"), run
    )


def _days_en(days: int) -> str:
    if days == 0:
        return "the same day"
    count = abs(days)
    return f"{count} {'day' if count == 1 else 'days'} {'later' if days > 0 else 'earlier'}"


def _days_zh(days: int) -> str:
    return "同日" if days == 0 else f"{'晚' if days > 0 else '早'}{abs(days)}天"
