"""What the pages of expenditure show: lists by key, every number from the ledger, and who may act next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.spending import Appropriation, Commitment, Movement, PaymentOrder
from caseflow.services.ports import BusinessTime, OrderFilter, Store, UnitOfWork
from caseflow.services.spending import SpendingNotFound

PAGE_SIZE = 25
_FEW = 8

Names = Mapping[int, tuple[str, str]]
Row = TypeVar("Row", Appropriation, Commitment, PaymentOrder)


@dataclass(frozen=True)
class Overview:
    """The appropriations of the office, and the payments that wait for approval (the newest few)."""

    rows: Sequence[Appropriation]
    next_key: int | None
    waiting: Sequence[PaymentOrder]
    more_wait: bool
    names: Names


@dataclass(frozen=True)
class AppropriationPage:
    """An appropriation with a page of its commitments and one of its payment orders."""

    one: Appropriation
    commitments: Sequence[Commitment]
    next_commitment: int | None
    orders: Sequence[PaymentOrder]
    next_order: int | None
    lapses: Sequence[Movement]
    names: Names
    today: date


@dataclass(frozen=True)
class CommitmentPage:
    """A commitment with its releases and a page of its payment orders."""

    of: Appropriation
    one: Commitment
    releases: Sequence[Movement]
    orders: Sequence[PaymentOrder]
    next_order: int | None
    names: Names


@dataclass(frozen=True)
class OrderPage:
    """A payment order with its commitment, its appropriation, and who may approve it."""

    of: Appropriation
    commitment: Commitment
    one: PaymentOrder
    approvers: Sequence[Actor]
    names: Names


@dataclass(frozen=True)
class OrderList:
    """A page of the payment orders of the office."""

    rows: Sequence[PaymentOrder]
    next_key: int | None
    names: Names


@dataclass(frozen=True)
class SpendingPages:
    """The questions of the pages; every one asks for the permission to read expenditure."""

    store: Store
    time: BusinessTime

    def overview(self, actor: Actor, *, before_id: int | None = None) -> Overview:
        """Return a page of appropriations, newest first. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_SPENDING)
        with self.store.begin() as work:
            rows, next_key = _page(work.spending.appropriations(actor.office_id, before_id, PAGE_SIZE + 1))
            waiting = work.spending.orders(actor.office_id, OrderFilter(waiting=True), None, _FEW + 1)
            shown = waiting[:_FEW]
            return Overview(rows, next_key, shown, len(waiting) > _FEW, _names(work, actor, _people(shown)))

    def appropriation(
        self,
        actor: Actor,
        appropriation_id: int,
        *,
        before_commitment: int | None = None,
        before_order: int | None = None,
    ) -> AppropriationPage:
        """Return an appropriation with a page of what hangs on it. Raises ``NotPermitted``, ``SpendingNotFound``."""
        check_permission(actor, Permission.READ_SPENDING)
        with self.store.begin() as work:
            one = _appropriation(work, actor, appropriation_id)
            commitments, next_commitment = _page(work.spending.commitments(one.id, before_commitment, PAGE_SIZE + 1))
            chosen = OrderFilter(appropriation_id=one.id)
            orders, next_order = _page(work.spending.orders(actor.office_id, chosen, before_order, PAGE_SIZE + 1))
            lapses = work.spending.lapses(one.id)
            people = {one.entered_by, *_people(orders), *(row.committed_by for row in commitments)}
            people |= {lapse.done_by for lapse in lapses}
            names = _names(work, actor, people)
        today = self.time.today()
        return AppropriationPage(one, commitments, next_commitment, orders, next_order, lapses, names, today)

    def commitment(self, actor: Actor, commitment_id: int, *, before_order: int | None = None) -> CommitmentPage:
        """Return a commitment with a page of its payment orders. Raises ``NotPermitted``, ``SpendingNotFound``."""
        check_permission(actor, Permission.READ_SPENDING)
        with self.store.begin() as work:
            one = _commitment(work, actor, commitment_id)
            of = _appropriation(work, actor, one.appropriation_id)
            releases = work.spending.releases(one.id)
            chosen = OrderFilter(commitment_id=one.id)
            orders, next_order = _page(work.spending.orders(actor.office_id, chosen, before_order, PAGE_SIZE + 1))
            people = {one.committed_by, *_people(orders), *(release.done_by for release in releases)}
            return CommitmentPage(of, one, releases, orders, next_order, _names(work, actor, people))

    def order(self, actor: Actor, order_id: int) -> OrderPage:
        """Return a payment order and who may approve it. Raises ``NotPermitted``, ``SpendingNotFound``."""
        check_permission(actor, Permission.READ_SPENDING)
        with self.store.begin() as work:
            one = work.spending.order(actor.office_id, order_id)
            if one is None:
                raise SpendingNotFound(order_id)
            commitment = _commitment(work, actor, one.commitment_id)
            of = _appropriation(work, actor, one.appropriation_id)
            approvers = [
                member
                for member in work.staff.with_role(actor.office_id, Role.APPROVER)
                if member.id not in (one.prepared_by, one.committed_by)
            ]
            return OrderPage(of, commitment, one, approvers, _names(work, actor, _people([one])))

    def orders(self, actor: Actor, *, waiting: bool, before_id: int | None = None) -> OrderList:
        """Return a page of the payment orders of the office, newest first. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_SPENDING)
        with self.store.begin() as work:
            found = work.spending.orders(actor.office_id, OrderFilter(waiting=waiting), before_id, PAGE_SIZE + 1)
            rows, next_key = _page(found)
            return OrderList(rows, next_key, _names(work, actor, _people(rows)))


def _page(found: Sequence[Row]) -> tuple[Sequence[Row], int | None]:
    """Return what fits on a page, and the key of the next one where there is one."""
    shown = found[:PAGE_SIZE]
    return shown, shown[-1].id if len(found) > PAGE_SIZE else None


def _appropriation(work: UnitOfWork, actor: Actor, appropriation_id: int) -> Appropriation:
    found = work.spending.appropriation(actor.office_id, appropriation_id)
    if found is None:
        raise SpendingNotFound(appropriation_id)
    return found


def _commitment(work: UnitOfWork, actor: Actor, commitment_id: int) -> Commitment:
    found = work.spending.commitment(actor.office_id, commitment_id)
    if found is None:
        raise SpendingNotFound(commitment_id)
    return found


def _people(orders: Sequence[PaymentOrder]) -> set[int]:
    told = {
        person for one in orders for person in (one.prepared_by, one.committed_by, one.decided_by, one.given_back_by)
    }
    return {person for person in told if person is not None}


def _names(work: UnitOfWork, actor: Actor, people: Collection[int]) -> Names:
    known = [member.actor for member in work.staff.of_office(actor.office_id)]
    return {one.id: (one.name_en, one.name_zh) for one in known if one.id in people}
