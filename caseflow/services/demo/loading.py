"""Loading a county: stamp, office, staff, and every planned move through the same services a person's click goes to."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.rules import Rules
from caseflow.domain.step_effects import OPENING
from caseflow.domain.words import Words
from caseflow.services.bank import BankLines, Remittances, StatementImports
from caseflow.services.cases import Cases, OpenCase, TakeStep
from caseflow.services.demo.banking import Acts, CountyBanking
from caseflow.services.demo.county import County
from caseflow.services.demo.papers import PaperUse, issue_all
from caseflow.services.demo.planning import PlannedCase, Skipped, plan_county
from caseflow.services.demo.receipts import CountyReceipts
from caseflow.services.demo.rehearsal import Move
from caseflow.services.installation import TRAINING, Installations, date_fault
from caseflow.services.ledger import Ledger
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.ports import BusinessTime, NewStaff, PasswordHasher, Store
from caseflow.services.ports.bank import StatementReader
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.receipt_book import ReceiptBook
from caseflow.services.receipts import Receipts
from caseflow.services.rulebook import Rulebook
from caseflow.services.service_attempts import RecordAttempt, ServiceAttempts

Progress = Callable[[int, int], None]

_UNREAD_DAYS = 3
_PRODUCTION = Words(
    "This is a production database: it runs at the real date, and the demo county is loaded only for training.",
    "这是正式库：正式库只按真实日期运行，演示县只能载入培训库。",
)
_IN_USE = Words(
    "This database is in use and was never stamped for training: load the demo county into an empty one.",
    "该数据库已有数据且未标记为培训库：请在空数据库中载入演示县。",
)


class DemoRefused(Exception):
    """The county may not be loaded into this database; ``en`` and ``zh`` say why."""

    def __init__(self, words: Words) -> None:
        self.en, self.zh = words.en, words.zh
        super().__init__(words.en)


class MovableTime(BusinessTime, Protocol):
    """A business time that stands where it is put."""

    day: date


class CountyStore(Store, Protocol):
    """A store that keeps everything or nothing, for the time of loading."""

    def has_staff(self) -> bool:
        """Tell whether anybody works here yet."""
        ...

    def read_notices_before(self, day: date) -> None:
        """Mark the notices of steps before ``day`` as read."""
        ...


@dataclass(frozen=True)
class LoadReport:
    """What was loaded; ``loaded`` is False where the county was there already."""

    loaded: bool
    business_date: date
    cases: int = 0
    steps: int = 0
    skipped: tuple[Skipped, ...] = ()


def county_there(store: CountyStore, time: MovableTime) -> LoadReport | None:
    """Return the report of a county that is there already, or None where one may be loaded.

    Raises :class:`DemoRefused` for a production database and for one in use that nobody has stamped.
    """
    has_staff = store.has_staff()
    stamp = Installations(store, time).stamp_of()
    if stamp is not None and stamp.kind != TRAINING:
        raise DemoRefused(_PRODUCTION)
    if stamp is None and has_staff:
        raise DemoRefused(_IN_USE)
    if stamp is None or not has_staff:
        return None
    there = time.real_today() + timedelta(days=stamp.date_shift_days)
    return LoadReport(loaded=False, business_date=there)


@dataclass(frozen=True)
class CountyLoader:
    """The use case behind ``caseflow demo``."""

    store: CountyStore
    rulebook: Rulebook
    time: MovableTime
    passwords: PasswordHasher
    reader: StatementReader
    papers: PaperUse
    cipher: FieldCipher

    def load(self, county: County, as_of: date, *, progress: Progress | None = None) -> LoadReport:
        """Load ``county`` as at ``as_of``; into a training database that has it: nothing new.

        Raises :class:`DemoRefused` for a production database, for one in use that nobody has stamped, and for a date
        the working-day calendar does not reach back from.
        """
        there = county_there(self.store, self.time)
        if there is not None:
            return there
        if as_of < county.earliest:
            raise DemoRefused(_too_early(county.earliest))
        too_late = date_fault(as_of)
        if too_late is not None:
            raise DemoRefused(too_late)
        installation = Installations(self.store, self.time)
        installation.stamp(TRAINING)
        staff = self._staff(county)
        planned, skipped = plan_county(county, self._rules(), staff, as_of)
        self._raise_serials(county, staff[0].office_id, planned)
        cashier = next(actor for actor in staff if Role.CASHIER in actor.roles)
        receipts = self._receipts(county)
        banking = self._banking(county, cashier, planned, as_of)
        steps = self._drive(planned, staff, receipts, banking.acts(), progress)
        OutboxDelivery(self.store).drain()
        self.store.read_notices_before(as_of - timedelta(days=_UNREAD_DAYS))
        self.time.day = as_of
        receipts.report_losses(cashier)
        if as_of != self.time.real_today():
            installation.move_date(as_of)
        return LoadReport(loaded=True, business_date=as_of, cases=len(planned), steps=steps, skipped=tuple(skipped))

    def _rules(self) -> Mapping[str, Rules]:
        with self.store.begin() as work:
            return {name: self.rulebook.current(name, work) for name in self.rulebook.definitions}

    def _staff(self, county: County) -> list[Actor]:
        staff = []
        # One hash for all: the password is printed for everybody to read, and argon2 is slow on purpose.
        password_hash = self.passwords.hash(county.password)
        with self.store.begin() as work:
            office = county.office
            added = self._event("office_added", {"code": office.code})
            office_id = work.staff.add_office(office.code, office.title.en, office.title.zh, added)
            work.ledger.open_accounts(office_id, self.rulebook.chart.accounts)
            for plan in county.staff:
                new = NewStaff(
                    office_id=office_id,
                    login=plan.login,
                    name_en=plan.name.en,
                    name_zh=plan.name.zh,
                    password_hash=password_hash,
                    roles=plan.roles,
                    locale=plan.locale,
                    email=f"{plan.login}@{office.mail_domain}",
                )
                event = self._event("staff_added", {"login": plan.login}, office_id)
                staff_id = work.staff.add(new, event)
                roles = frozenset(plan.roles)
                staff.append(Actor(staff_id, office_id, plan.login, plan.name.en, plan.name.zh, roles, plan.locale))
                if plan.login == office.head:
                    named = self._event("office_head_named", {"login": plan.login}, office_id)
                    work.staff.set_head(office_id, staff_id, named)
            work.commit()
        return staff

    def _raise_serials(self, county: County, office_id: int, planned: Sequence[PlannedCase]) -> None:
        """Let the cases of some regimes be numbered from higher up; below is room for an old casebook."""
        with self.store.begin() as work:
            for regime, last in county.serials_after.items():
                years = {case.history.moves[0].day.year for case in planned if case.regime == regime}
                work.reported.raise_serials(office_id, regime, dict.fromkeys(sorted(years), last))
            work.commit()

    def _drive(
        self,
        planned: Sequence[PlannedCase],
        staff: Sequence[Actor],
        receipts: CountyReceipts,
        banking: Acts,
        progress: Progress | None,
    ) -> int:
        """Make every move on its own day, all cases side by side, so that numbers follow the calendar."""
        days: dict[date, list[tuple[int, int]]] = defaultdict(list)
        for index, case in enumerate(planned):
            for number, move in enumerate(case.history.moves):
                days[move.day].append((index, number))
        total = sum(len(moves) for moves in days.values())
        cases = Cases(self.store, self.rulebook, self.time, self.cipher)
        service = ServiceAttempts(self.store, self.rulebook, self.time)
        ids: dict[int, int] = {}
        done = 0
        for day in sorted({*days, *banking}):
            self.time.day = day
            for act in banking.get(day, ()):
                act()
            for index, number in days.get(day, ()):
                case = planned[index]
                if number == 0:
                    ids[index] = _open(cases, case)
                else:
                    self._issue(case, ids[index], number, staff)
                    answers = self._answers(receipts, case, number)
                    _try(service, case, ids[index], number)
                    _advance(cases, case, ids[index], number, answers)
                done += 1
                if progress is not None:
                    progress(done, total)
        return total

    def _issue(self, case: PlannedCase, case_id: int, number: int, staff: Sequence[Actor]) -> None:
        """Issue the papers without which the next step stays closed."""
        definition = self.rulebook.definitions[case.regime]
        wanted = definition.steps[case.history.moves[number].trigger].needs.issued
        if wanted:
            issue_all(self.papers, case_id, [one for one in staff if Role.ADMINISTRATOR not in one.roles], wanted)

    def _receipts(self, county: County) -> CountyReceipts:
        ledger = Ledger(self.store, self.store, self.rulebook, self.time)
        kept = Receipts(self.store, self.time, ledger)
        return CountyReceipts(county.receipts, kept, ReceiptBook(self.store, self.time), self.time)

    def _banking(self, county: County, cashier: Actor, planned: Sequence[PlannedCase], as_of: date) -> CountyBanking:
        ledger = Ledger(self.store, self.store, self.rulebook, self.time)
        paid = (move.day for case in planned for move in case.history.moves if self._receipt_field(case, move))
        return CountyBanking(
            county.banking,
            cashier,
            StatementImports(self.store, self.time, self.reader),
            BankLines(self.store, self.time, ledger),
            Remittances(self.store, self.time, ledger),
            self.rulebook.calendar,
            as_of,
            sorted(day for day in paid if day < as_of),
        )

    def _receipt_field(self, case: PlannedCase, move: Move) -> str | None:
        definition = self.rulebook.definitions[case.regime]
        return None if move.trigger == OPENING else definition.receipt_field(definition.steps[move.trigger])

    def _answers(self, receipts: CountyReceipts, case: PlannedCase, number: int) -> Mapping[str, str]:
        """Return what somebody types; the number of a receipt is known only when its turn comes."""
        move = case.history.moves[number]
        field = self._receipt_field(case, move)
        return move.answers if field is None else {**move.answers, field: receipts.next_number(move.actor)}

    def _event(self, action: str, body: dict[str, str], office_id: int | None = None) -> AuditEvent:
        return AuditEvent(
            key=f"{action}:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=None,
            office_id=office_id,
            action=action,
            body=body,
        )


def _too_early(earliest: date) -> Words:
    return Words(
        f"The demo county can be had as at {earliest.isoformat()} or later: before that the working days of its"
        " histories are not published.",
        f"演示县的业务日期不得早于{earliest.isoformat()}：更早年份的工作日历没有公布数据。",
    )


def _open(cases: Cases, case: PlannedCase) -> int:
    move = case.history.moves[0]
    request = OpenCase(
        regime=case.regime,
        party_kind=case.party_kind,
        party_name=case.party_name,
        answers=move.answers,
        idempotency_key=_key(case, move, 0),
        second_officer_id=case.second.id,
    )
    return cases.open(move.actor, request).case_id


def _try(service: ServiceAttempts, case: PlannedCase, case_id: int, number: int) -> None:
    """Record the attempts to serve that failed before a move, on the day of the move."""
    move = case.history.moves[number]
    for count, tried in enumerate(move.tried):
        day = move.day - timedelta(days=tried.days_before)
        asked = RecordAttempt(
            case_id=case_id,
            document=tried.document,
            method=tried.method,
            result=tried.result,
            attempted_on=day.isoformat(),
            hour=str(tried.hour),
            attempted_by=str(move.actor.id),
            note=tried.note,
            idempotency_key=f"{_key(case, move, number)}:{count}",
        )
        service.record(move.actor, asked)


def _advance(cases: Cases, case: PlannedCase, case_id: int, number: int, answers: Mapping[str, str]) -> None:
    move = case.history.moves[number]
    request = TakeStep(
        case_id=case_id,
        trigger=move.trigger,
        version=number,
        answers=answers,
        idempotency_key=_key(case, move, number),
    )
    cases.advance(move.actor, request)


def _key(case: PlannedCase, move: Move, number: int) -> str:
    return f"demo:{case.key}:{number:02d}:{move.trigger}"
