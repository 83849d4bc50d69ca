"""What one case owes and has paid, and the legs each ledger event moves it by. Pure; amounts in fen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from caseflow.domain.frozen_copies import changed

Component = Literal["principal", "charge"]
PRINCIPAL_FIRST: tuple[Component, ...] = ("principal", "charge")
CHARGE_FIRST: tuple[Component, ...] = ("charge", "principal")

_CLAIM = {"principal": "receivable", "charge": "charge_receivable"}
_INCOME = {"principal": "assessed", "charge": "charge_assessed"}
_OPEN = {"principal": "principal_open_fen", "charge": "charge_open_fen"}
_GROWS_BY_DEBIT: dict[str, tuple[str, ...]] = {
    "receivable": ("principal_open_fen",),
    "charge_receivable": ("charge_open_fen",),
    "collecting_bank": ("collected_fen",),
}
_GROWS_BY_CREDIT: dict[str, tuple[str, ...]] = {
    "held": ("held_fen",),
    "refund_due": ("refund_due_fen",),
    "treasury": ("refunded_fen",),
    "refund_interest": ("refunded_fen",),
    "assessed": ("assessed_fen",),
    "charge_assessed": ("assessed_fen", "charged_fen"),
}


@dataclass(frozen=True)
class Leg:
    """One movement: ``amount_fen`` from the account of ``credit_kind`` to that of ``debit_kind`` (line of income).

    ``reverses`` marks the mirror of an earlier one.
    """

    operation: str
    debit_kind: str
    credit_kind: str
    amount_fen: int
    reverses: bool = False

    def mirrored(self) -> Leg:
        """Return the leg that takes this one back."""
        return Leg(self.operation, self.credit_kind, self.debit_kind, self.amount_fen, reverses=True)


@dataclass(frozen=True)
class Money:
    """The money of one case, in fen, as the sum of its transfers. Expenditure never meets a case.

    ``assessed_fen`` and ``written_off_fen`` hold principal and added charge together; ``charged_fen`` and
    ``charge_written_off_fen`` say how much of each is added charge. ``collected_fen`` counts what is held, too.
    """

    assessed_fen: int = 0
    collected_fen: int = 0
    refunded_fen: int = 0
    written_off_fen: int = 0
    charged_fen: int = 0
    charge_written_off_fen: int = 0
    principal_open_fen: int = 0
    charge_open_fen: int = 0
    held_fen: int = 0
    refund_due_fen: int = 0

    @property
    def outstanding_fen(self) -> int:
        """What is still to be paid."""
        return self.principal_open_fen + self.charge_open_fen

    @property
    def refundable_fen(self) -> int:
        """What was taken beyond what is owed and must go back to the payer."""
        return self.held_fen + self.refund_due_fen

    def after(self, leg: Leg) -> Money:
        """Return the money after one leg; the database sums transfers by the same rules (function case_money)."""
        changes: dict[str, int] = {}

        def add(names: tuple[str, ...], fen: int) -> None:
            for name in names:
                changes[name] = changes.get(name, getattr(self, name)) + fen

        add(_GROWS_BY_DEBIT.get(leg.debit_kind, ()), leg.amount_fen)
        add(_GROWS_BY_DEBIT.get(leg.credit_kind, ()), -leg.amount_fen)
        add(_GROWS_BY_CREDIT.get(leg.debit_kind, ()), -leg.amount_fen)
        add(_GROWS_BY_CREDIT.get(leg.credit_kind, ()), leg.amount_fen)
        written_off_fen = _written_off_fen(leg)
        if written_off_fen:
            add(("written_off_fen", "assessed_fen"), written_off_fen)
            if "charge_assessed" in (leg.debit_kind, leg.credit_kind):
                add(("charge_written_off_fen", "charged_fen"), written_off_fen)
        return changed(self, **changes)

    def post(
        self, event: str, amount_fen: int, *, allocation: Sequence[Component] = PRINCIPAL_FIRST
    ) -> tuple[Money, tuple[Leg, ...]]:
        """Return the money after one ledger event of ``amount_fen`` and the legs that move it.

        ``allocation`` says which part of the debt a payment meets first (the rule of the added charge names it);
        what is paid beyond the debt is held for the payer, and all of it where ``allocation`` is empty: a debt that has
        lost its law is not paid any more. Else who has money with the office owes it nothing at the same time: it is
        set off. Raises :class:`PostingRefused` for an amount that is not above zero, a refund of more than
        is refundable, a write-off of more than is outstanding and an annulment of more than was assessed.
        """
        if amount_fen <= 0:
            raise PostingRefused(event, amount_fen, "the amount must be above zero", "金额必须大于零")
        if event not in _EVENTS:
            raise PostingRefused(event, amount_fen, f"'{event}' is not a ledger event", f"“{event}”不是记账事项")
        limit_fen, en, zh = self._limit(event)
        if limit_fen is not None and amount_fen > limit_fen:
            raise PostingRefused(event, amount_fen, en, zh)
        money, legs = self, list[Leg]()
        for leg in _legs(self, event, amount_fen, allocation):
            money = money.after(leg)
            legs.append(leg)
        if event in _ASSESSMENTS:
            for leg in _set_off(money):
                money = money.after(leg)
                legs.append(leg)
        return money, tuple(legs)

    def set_off(self, before: Money) -> tuple[Leg, ...]:
        """Return the legs by which money that the office holds for the payer meets what the payer owes.

        Nothing where the office held money apart from the debt ``before``: that goes back, whatever is owed.
        """
        if before.outstanding_fen and before.refundable_fen:
            return ()
        return tuple(_set_off(self))

    def _limit(self, event: str) -> tuple[int | None, str, str]:
        if event == "annul":
            return self.assessed_fen, "more than was assessed", "超过已确定的应缴金额"
        if event == "refund":
            return self.refundable_fen, "more than may be refunded on this case", "超过本案可退还的金额"
        if event in ("write_off", "waive"):
            return self.outstanding_fen, "more than is outstanding", "超过尚未缴纳的金额"
        return None, "", ""

    def open_fen(self, component: Component) -> int:
        """Return what is open of the principal or of the added charge."""
        opened: int = getattr(self, _OPEN[component])
        return opened


_ASSESSMENTS = {
    "assess": ("assess", "receivable", "assessed"),
    "confiscate": ("assess", "receivable", "assessed"),
    "charge": ("charge", "charge_receivable", "charge_assessed"),
}
# What is given up: of a debt that cannot be had the principal first, of a hardship the added charge (ACL article 42).
_FORGIVENESS = {"write_off": PRINCIPAL_FIRST, "waive": CHARGE_FIRST}
_EVENTS = (*_ASSESSMENTS, *_FORGIVENESS, "collect", "annul", "refund", "interest")


def _written_off_fen(leg: Leg) -> int:
    sign = {"write_off": 1, "waive": 1, "reinstate": -1}.get(leg.operation, 0)
    return sign * leg.amount_fen * (-1 if leg.reverses else 1)


def _legs(money: Money, event: str, amount_fen: int, allocation: Sequence[Component]) -> Iterator[Leg]:
    if event in _ASSESSMENTS:
        yield Leg(*_ASSESSMENTS[event], amount_fen)
    elif event == "collect":
        yield from _collection(money, amount_fen, allocation)
    elif event in _FORGIVENESS:
        for component, fen in _shares(money, amount_fen, _FORGIVENESS[event]):
            yield Leg(event, _INCOME[component], _CLAIM[component], fen)
    elif event == "interest":
        yield Leg("interest", "refund_interest", "refund_due", amount_fen)
        yield Leg("refund", "refund_due", "treasury", amount_fen)
    elif event == "refund":
        held_fen = max(0, amount_fen - money.refund_due_fen)
        if held_fen:
            yield Leg("refund_order", "held", "refund_due", held_fen)
        yield Leg("refund", "refund_due", "treasury", amount_fen)
    else:
        yield from _annulment(money, amount_fen)


def _collection(money: Money, amount_fen: int, allocation: Sequence[Component]) -> Iterator[Leg]:
    for component, fen in _shares(money, amount_fen, allocation):
        yield Leg("collect", "collecting_bank", _CLAIM[component], fen)
        amount_fen -= fen
    if amount_fen:
        yield Leg("collect", "collecting_bank", "held", amount_fen)


def _annulment(money: Money, amount_fen: int) -> Iterator[Leg]:
    """Take back the added charge first, which never outlasts what it was added to, then the principal.

    Of each: what was written off, then what is open, then what was paid.
    """
    parts: tuple[tuple[Component, int, int], ...] = (
        ("charge", money.charged_fen, money.charge_written_off_fen),
        ("principal", money.assessed_fen - money.charged_fen, money.written_off_fen - money.charge_written_off_fen),
    )
    for component, assessed_fen, written_off_fen in parts:
        part_fen = min(amount_fen, assessed_fen)
        amount_fen -= part_fen
        restored_fen = min(part_fen, written_off_fen)
        if restored_fen:
            yield Leg("reinstate", _CLAIM[component], _INCOME[component], restored_fen)
        falls_fen = min(part_fen, restored_fen + money.open_fen(component))
        if falls_fen:
            yield Leg("annul", _INCOME[component], _CLAIM[component], falls_fen)
        if part_fen > falls_fen:
            yield Leg("refund_order", _INCOME[component], "refund_due", part_fen - falls_fen)


def _set_off(money: Money) -> Iterator[Leg]:
    for debt in ("refund_due", "held"):
        # Below zero where a payment is taken back that was set off meanwhile: the database refuses that then.
        with_office_fen = max(0, getattr(money, f"{debt}_fen"))
        for component, fen in _shares(money, with_office_fen, PRINCIPAL_FIRST):
            leg = Leg("set_off", debt, _CLAIM[component], fen)
            money = money.after(leg)
            yield leg


def _shares(money: Money, amount_fen: int, order: Sequence[Component]) -> Iterator[tuple[Component, int]]:
    for component in order:
        fen = min(amount_fen, money.open_fen(component))
        if fen:
            yield component, fen
            amount_fen -= fen


class PostingRefused(Exception):
    """A ledger event that the money of the case does not allow."""

    def __init__(self, event: str, amount_fen: int, en: str, zh: str) -> None:
        self.event, self.amount_fen, self.en, self.zh = event, amount_fen, en, zh
        super().__init__(f"{event} {amount_fen}: {en}")
