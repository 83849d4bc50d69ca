"""Appropriation, commitment, payment: the use cases of expenditure. All of it is written as the spending role."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Account, Chart, ChartAccount, Entry, Line
from caseflow.domain.spending import (
    FIELDS,
    PERMISSIONS,
    Act,
    Appropriation,
    Commitment,
    PaymentOrder,
    SpendingRefused,
    commitment_fault,
    decision_fault,
    give_back_fault,
    lapse_fault,
    use_fault,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import FieldProblem, clean_fields, money_text
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.cases import KeyReused
from caseflow.services.duties import Matter, Part, check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, LedgerRefused, NewAct, Store, UnitOfWork, WrittenAct


class SpendingNotFound(LookupError):
    """No such appropriation, commitment or payment order in the actor's office."""


@dataclass(frozen=True)
class Request:
    """What somebody typed for an act on ``subject_id`` (0: an appropriation that is new).

    ``expected_fen`` is the sum that was shown when they confirmed; a lapse takes exactly that or nothing.
    """

    act: Act
    answers: Mapping[str, str]
    idempotency_key: str
    subject_id: int = 0
    expected_fen: int | None = None

    def digest(self, actor: Actor) -> bytes:
        """Return the hash by which a repeated request is told from another one under the same key."""
        told = [self.act.value, self.subject_id, self.expected_fen, actor.id, sorted(self.answers.items())]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True)
class Doing:
    """An act under way: who does it, in which unit of work, with which typed answers."""

    actor: Actor
    work: UnitOfWork
    request: Request
    answers: Mapping[str, Any]

    @property
    def office_id(self) -> int:
        """The office it is done in."""
        return self.actor.office_id

    @property
    def amount_fen(self) -> int:
        """The amount that was typed, in fen."""
        return int(self.answers["amount"])


@dataclass(frozen=True)
class Effect:
    """What an act writes: columns of its own, and the movement of money it makes, as (debit, credit, fen)."""

    values: Mapping[str, str | int]
    movement: tuple[str, Account, Account, int] | None = None
    document: str = ""
    reason: str = ""
    reverses: str | None = None
    accounts: Sequence[ChartAccount] = field(default_factory=tuple)


@dataclass(frozen=True)
class Spending:
    """The use cases of expenditure; ``store`` must reach the database as the role that may post expenditure."""

    store: Store
    chart: Chart
    time: BusinessTime

    def do(self, actor: Actor, request: Request) -> int:
        """Do an act; return the id of what it made (of a decision: the order's). A repeat answers its first result.

        Raises ``NotPermitted``, :class:`SpendingNotFound`, ``AnswersRefused`` (each field named), ``SpendingRefused``
        and ``KeyReused``.
        """
        self.check(actor, request)
        digest = request.digest(actor)
        try:
            with self.store.begin() as work:
                known = work.spending.written(request.act, request.idempotency_key)
                if known is not None:
                    return _same(known, digest, request)
                written = self._write(Doing(actor, work, request, _answers(request)), digest)
                work.commit()
                return written
        except LedgerRefused as refused:
            raise _worded(refused) from refused
        except AlreadyWritten:
            with self.store.begin() as work:
                known = work.spending.written(request.act, request.idempotency_key)
            if known is None:
                raise KeyReused(request.idempotency_key) from None
            return _same(known, digest, request)

    def check(self, actor: Actor, request: Request) -> None:
        """Raise what :meth:`do` would for the role and the answers, writing nothing."""
        check_duties(actor, PERMISSIONS[request.act])
        _answers(request)

    def rehearse(self, actor: Actor, request: Request) -> None:
        """Raise whatever :meth:`do` would refuse as things stand, writing nothing: for a page that asks once more."""
        self.check(actor, request)
        with self.store.begin() as work:
            self._effect(Doing(actor, work, request, _answers(request)))

    def _effect(self, doing: Doing) -> Effect:
        effects: Mapping[Act, Callable[[Doing], Effect]] = {
            Act.APPROPRIATE: self._appropriate,
            Act.LAPSE: self._lapse,
            Act.COMMIT: self._commit,
            Act.RELEASE: self._release,
            Act.PREPARE: self._prepare,
            Act.APPROVE: self._approve,
            Act.REFUSE: self._refuse,
            Act.GIVE_BACK: self._give_back,
        }
        return effects[doing.request.act](doing)

    def _write(self, doing: Doing, digest: bytes) -> int:
        effect = self._effect(doing)
        request, work, today = doing.request, doing.work, self.time.today()
        key = f"{request.act.value}:{request.idempotency_key}"
        moves = effect.movement is not None or effect.reverses is not None
        if effect.accounts:
            work.ledger.open_accounts(doing.office_id, effect.accounts)
        if moves:
            self._post(doing, effect, key)
        new = NewAct(
            act=request.act,
            office_id=doing.office_id,
            done_on=today,
            done_by=doing.actor.id,
            idempotency_key=request.idempotency_key,
            request_hash=digest,
            values=effect.values,
            transfer_key=key if moves else None,
        )
        event = AuditEvent(
            key=f"spending:{key}",
            at=self.time.now(),
            actor_id=doing.actor.id,
            office_id=doing.office_id,
            action=f"spending_{request.act.value}",
            body={**effect.values, "transfer": new.transfer_key},
        )
        return work.spending.record(new, event)

    def _post(self, doing: Doing, effect: Effect, key: str) -> None:
        today = self.time.today()
        entry = Entry(
            key=key,
            office_id=doing.office_id,
            line=Line.EXPENDITURE,
            booked_on=today,
            value_on=today,
            at=self.time.now(),
            actor_id=doing.actor.id,
            document=effect.document,
            reason=effect.reason,
        )
        if effect.reverses is not None:
            transfers = entry.reversal(doing.work.spending.transfers(effect.reverses))
        else:
            transfers = entry.transfers([effect.movement] if effect.movement else [])
        doing.work.ledger.post(transfers)

    def _appropriate(self, doing: Doing) -> Effect:
        year, typed = int(doing.answers["year"]), doing.answers
        today = self.time.today()
        if year not in (today.year, today.year + 1):
            words = Words("“Budget year” must be this year or the next", "“预算年度”只能是本年度或者下一年度")
            raise AnswersRefused((FieldProblem("year", words),))
        serial = doing.work.spending.next_serial(doing.office_id, year)
        new = Appropriation(
            0, doing.office_id, year, serial, typed["paper"], typed["purpose"], doing.amount_fen, today, doing.actor.id
        )
        return Effect(
            values={
                "year": year,
                "serial": serial,
                "paper": new.paper,
                "purpose": new.purpose,
                "amount_fen": new.amount_fen,
                "quota": new.quota.code,
                "committed": new.committed.code,
            },
            movement=(
                "appropriate",
                new.quota,
                self.chart.account(Line.EXPENDITURE, "authority"),
                new.amount_fen,
            ),
            document=new.paper,
            accounts=_accounts_of(new),
        )

    def _lapse(self, doing: Doing) -> Effect:
        one = _appropriation_of(doing, doing.request.subject_id)
        _raise(lapse_fault(one, doing.request.expected_fen))
        authority = self.chart.account(Line.EXPENDITURE, "authority")
        document, reason = doing.answers["document"], doing.answers["reason"]
        return Effect(
            values={
                "appropriation_id": one.id,
                "year": one.year,
                "amount_fen": one.left_fen,
                "document": document,
                "reason": reason,
            },
            movement=("lapse", authority, one.quota, one.left_fen),
            document=document,
            reason=reason,
        )

    def _commit(self, doing: Doing) -> Effect:
        one = _appropriation_of(doing, doing.request.subject_id)
        _raise(commitment_fault(one, self.time.today()))
        _check_amount(doing, one.left_fen)
        values = {
            "appropriation_id": one.id,
            "year": one.year,
            "payee": doing.answers["payee"],
            "purpose": doing.answers["purpose"],
            "document": doing.answers.get("document", ""),
            "amount_fen": doing.amount_fen,
        }
        movement = ("commit", one.committed, one.quota, doing.amount_fen)
        return Effect(values, movement, document=values["document"])

    def _release(self, doing: Doing) -> Effect:
        one, of = _commitment_of(doing)
        _raise(use_fault(one))
        _check_amount(doing, one.open_fen)
        values: dict[str, str | int] = {
            **_carried(one),
            "amount_fen": doing.amount_fen,
            "reason": doing.answers["reason"],
        }
        movement = ("release", of.quota, of.committed, doing.amount_fen)
        return Effect(values, movement, document=one.document, reason=doing.answers["reason"])

    def _prepare(self, doing: Doing) -> Effect:
        one, _ = _commitment_of(doing)
        _raise(use_fault(one))
        _check_amount(doing, one.open_fen)
        typed = {name: doing.answers[name] for name in ("document", "payee_account", "payee_bank")}
        return Effect({**_carried(one), "amount_fen": doing.amount_fen, **typed})

    def _approve(self, doing: Doing) -> Effect:
        order, of = _order_to_decide(doing)
        expense = self.chart.account(Line.EXPENDITURE, "expense")
        movement = ("pay", expense, of.committed, order.amount_fen)
        return Effect(_decision(order, "paid"), movement, document=order.document)

    def _refuse(self, doing: Doing) -> Effect:
        order, _ = _order_to_decide(doing)
        return Effect({**_decision(order, "refused"), "reason": doing.answers["reason"]})

    def _give_back(self, doing: Doing) -> Effect:
        order, _ = _order_of(doing)
        _raise(give_back_fault(order))
        document, reason = doing.answers["document"], doing.answers["reason"]
        values = {"order_id": order.id, "document": document, "reason": reason}
        return Effect(values, None, document, reason, reverses=order.pay_key)


def _raise(fault: SpendingRefused | None) -> None:
    if fault is not None:
        raise fault


def _answers(request: Request) -> Mapping[str, Any]:
    cleaned = clean_fields(FIELDS[request.act], request.answers)
    if cleaned.problems:
        raise AnswersRefused(cleaned.problems)
    return cleaned.answers


def _same(known: WrittenAct, digest: bytes, request: Request) -> int:
    if known.request_hash != digest:
        raise KeyReused(request.idempotency_key)
    return known.id


def _worded(refused: LedgerRefused) -> SpendingRefused:
    if refused.rule in ("transfer_account_covered", "commitment_covers"):
        words = Words(
            "Somebody else took of it a moment ago, and less is left than you ask: look at it again",
            "刚刚有他人使用，剩余额度已不足，请重新查看",
        )
        return SpendingRefused(refused.rule, words, "amount")
    return SpendingRefused(refused.rule, refused.words, "paper" if refused.rule == "uq_appropriation_paper" else "")


def _accounts_of(new: Appropriation) -> tuple[ChartAccount, ...]:
    return (
        ChartAccount(
            Line.EXPENDITURE,
            new.quota.code,
            new.quota.kind,
            None,
            Words(f"To be committed: {new.number} {new.purpose}", f"可用额度：{new.number} {new.purpose}"),
        ),
        ChartAccount(
            Line.EXPENDITURE,
            new.committed.code,
            new.committed.kind,
            None,
            Words(f"Committed: {new.number} {new.purpose}", f"已承诺：{new.number} {new.purpose}"),
        ),
    )


def _appropriation_of(doing: Doing, appropriation_id: int) -> Appropriation:
    found = doing.work.spending.appropriation(doing.office_id, appropriation_id)
    if found is None:
        raise SpendingNotFound(appropriation_id)
    return found


def _commitment_of(doing: Doing) -> tuple[Commitment, Appropriation]:
    found = doing.work.spending.commitment(doing.office_id, doing.request.subject_id)
    if found is None:
        raise SpendingNotFound(doing.request.subject_id)
    return found, _appropriation_of(doing, found.appropriation_id)


def _order_of(doing: Doing) -> tuple[PaymentOrder, Appropriation]:
    found = doing.work.spending.order(doing.office_id, doing.request.subject_id)
    if found is None:
        raise SpendingNotFound(doing.request.subject_id)
    return found, _appropriation_of(doing, found.appropriation_id)


def _order_to_decide(doing: Doing) -> tuple[PaymentOrder, Appropriation]:
    order, of = _order_of(doing)
    _raise(decision_fault(doing.actor, order))
    had = {Part.PREPARER: (order.prepared_by,), Part.COMMITTER: (order.committed_by,)}
    check_duties(doing.actor, PERMISSIONS[doing.request.act], (Part.CHECKER,), Matter(had))
    return order, of


def _carried(one: Commitment) -> dict[str, int]:
    return {"commitment_id": one.id, "appropriation_id": one.appropriation_id, "committed_by": one.committed_by}


def _decision(order: PaymentOrder, decision: str) -> dict[str, str | int]:
    return {
        "order_id": order.id,
        "committed_by": order.committed_by,
        "prepared_by": order.prepared_by,
        "decision": decision,
    }


def _check_amount(doing: Doing, most_fen: int) -> None:
    if doing.amount_fen > most_fen:
        most = money_text(most_fen)
        words = Words(f"“Amount” must be at most what is left: {most} yuan", f"“金额”不得超过剩余的{most}元")
        raise AnswersRefused((FieldProblem("amount", words),))
