"""Attempts to serve that did not succeed, and everything the service page of a case shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.cases import Case
from caseflow.domain.law.service_law import AttemptResult, Night, ServiceMethod
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, unwritable
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.duties import check_duties, on_case
from caseflow.services.erased_cases import check_not_erased
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.service import AttemptRecord, CaseMovedMeanwhile, NewAttempt, ServiceRecord
from caseflow.services.rulebook import Rulebook
from caseflow.services.sight import seen_services

PAGE_SIZE = 50
LONGEST_NOTE = 500
MOST_TRIES = 3
LAST_HOUR = 23
RECORDED = "service_attempted"
LONGEST_NUMBER = 9
_MOVED = Words("The case was moved a moment ago: look at it again", "案件刚刚有新的进展，请重新查看")
_DOCUMENT = Words(
    "Choose one of the papers that are to be served where the case stands now", "请选择本案当前阶段应送达的文书"
)
_DAY = Words("Give the day of the attempt, such as 2026-03-08", "请填写送达日期，例如2026-03-08")
_HOUR = Words("Give the hour the attempt began in, 0 to 23", "请填写开始的钟点，0至23")
_METHOD = Words("Choose how it was tried", "请选择采用的送达方式")
_RESULT = Words("Choose what it came to", "请选择送达结果")
_WHO = Words("Choose an active enforcement officer of this office", "请选择本单位在岗执法人员")
_NOTE = Words(f"Write at most {LONGEST_NOTE} characters", f"不得超过{LONGEST_NOTE}个字符")


class AttemptRefused(Exception):
    """What was typed cannot stand so: (input, words) of everything that is wrong. Nothing was written."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class RecordAttempt:
    """What somebody typed about an attempt; day, hour (0 to 23) and who tried as they stood in the form."""

    case_id: int
    document: str
    method: str
    result: str
    attempted_on: str
    hour: str
    attempted_by: str
    note: str
    idempotency_key: str


@dataclass(frozen=True)
class ServicePage:
    """What was served on a case, what was tried, newest first, and what may be recorded now.

    ``older`` continues the attempts. ``documents`` are those whose service leads out of the state the case is in.
    ``untimely`` are the ids of attempts made at night or on a holiday, ``on_holidays`` the steps of such services.
    """

    services: Sequence[ServiceRecord]
    attempts: Sequence[AttemptRecord]
    older: int | None
    documents: tuple[str, ...]
    methods: Sequence[ServiceMethod]
    results: Sequence[AttemptResult]
    night: Night | None
    untimely: frozenset[int]
    on_holidays: frozenset[int]
    may_record: bool


@dataclass(frozen=True)
class ServiceAttempts:
    """The use cases behind the service of papers."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def record(self, actor: Actor, asked: RecordAttempt) -> None:
        """Record an attempt. A repeated request changes nothing.

        Raises ``NotPermitted``, ``CaseNotFound``, ``CaseErased``, :class:`AttemptRefused` (each input named),
        ``KeyReused``.
        """
        check_duties(actor, Permission.RECORD_SERVICE)
        for _ in range(MOST_TRIES):
            try:
                self._record(actor, asked)
            except (AlreadyWritten, CaseMovedMeanwhile):
                continue
            return
        raise AttemptRefused(("", _MOVED))

    def _record(self, actor: Actor, asked: RecordAttempt) -> None:
        with self.store.begin() as work:
            case = _case(work, actor, asked.case_id)
            check_duties(actor, Permission.RECORD_SERVICE, (), on_case(case))
            check_not_erased(work, asked.case_id)
            said = work.services.attempt_with(asked.idempotency_key)
            new = self._new(work, actor, case, asked, repeated=said is not None)
            if said is not None:
                if said != new.said:
                    raise KeyReused(asked.idempotency_key)
                return
            body = {
                "case": case.number,
                "document": new.document,
                "method": new.method,
                "result": new.result,
                "attempted_on": new.attempted_on.isoformat(),
                "hour": new.hour,
                "attempted_by": new.attempted_by,
                "note": new.note,
            }
            key = f"service_attempt:{asked.idempotency_key}"
            event = AuditEvent(key, new.recorded_at, actor.id, actor.office_id, RECORDED, body=body)
            work.services.add_attempt(new, event)
            work.commit()

    def show(self, actor: Actor, case_id: int, *, before_id: int | None = None) -> ServicePage:
        """Return the service page of a case. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            case = _case(work, actor, case_id)
            rules = self.rulebook.pinned(case.definition_hash, work)
            services = work.services.services(case_id, before_seq=None, limit=PAGE_SIZE)
            found = work.services.attempts(case_id, before_id=before_id, limit=PAGE_SIZE + 1)
        older = found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None
        services = seen_services(actor, rules.definition, services)
        attempts, law = seen_services(actor, rules.definition, found[:PAGE_SIZE]), rules.law.service
        documents = tuple(documents_to_serve(rules.definition, case.state))
        return ServicePage(
            services=services,
            attempts=attempts,
            older=older,
            documents=documents,
            methods=_methods(rules),
            results=list(law.results.values()),
            night=law.night,
            untimely=frozenset(one.id for one in attempts if _is_untimely(rules, one.attempted_on, one.hour)),
            on_holidays=frozenset(one.seq for one in services if _is_holiday(rules.calendar, one.served_on)),
            may_record=bool(documents) and may(actor, Permission.RECORD_SERVICE),
        )

    def _new(self, work: UnitOfWork, actor: Actor, case: Case, asked: RecordAttempt, *, repeated: bool) -> NewAttempt:
        rules, today = self.rulebook.pinned(case.definition_hash, work), self.time.today()
        faults: list[tuple[str, Words]] = []
        if not repeated and asked.document not in documents_to_serve(rules.definition, case.state):
            faults.append(("document", _DOCUMENT))
        day, hour, tried_by = _day(asked.attempted_on), _hour(asked.hour), _number(asked.attempted_by)
        faults += _fault("attempted_on", None if day is not None else _DAY)
        if day is not None and not repeated:
            faults += _fault("attempted_on", _out_of_time(case, day, today))
        faults += _fault("hour", None if hour is not None else _HOUR)
        faults += _method_faults(rules, asked, day or today)
        if not self._is_officer(work, actor, tried_by):
            faults.append(("attempted_by", _WHO))
        note = asked.note.strip()
        faults += _fault("note", unwritable(note) or (None if len(note) <= LONGEST_NOTE else _NOTE))
        if faults or day is None or hour is None or tried_by is None:
            raise AttemptRefused(*faults)
        return NewAttempt(
            case_id=case.id,
            seq=case.version,
            key=asked.idempotency_key,
            document=asked.document,
            method=asked.method,
            result=asked.result,
            attempted_on=day,
            hour=hour,
            attempted_by=tried_by,
            note=note,
            recorded_by=actor.id,
            recorded_on=today,
            recorded_at=self.time.now(),
        )

    def _is_officer(self, work: UnitOfWork, actor: Actor, staff_id: int | None) -> bool:
        officers = {one.id for one in work.staff.with_role(actor.office_id, Role.OFFICER)} | {actor.id}
        return staff_id in officers


def documents_to_serve(definition: Definition, state: str) -> list[str]:
    """Return the documents whose service leads out of ``state``, in the order of its steps."""
    return list(dict.fromkeys(step.serves for step in definition.steps_from(state) if step.serves is not None))


def _methods(rules: Rules) -> list[ServiceMethod]:
    return [method for method in rules.law.service.methods.values() if method.after is None]


def _case(work: UnitOfWork, actor: Actor, case_id: int) -> Case:
    case = work.cases.load(case_id)
    if case is None or case.office_id != actor.office_id:
        raise CaseNotFound(case_id)
    return case


def _method_faults(rules: Rules, asked: RecordAttempt, on: date) -> list[tuple[str, Words]]:
    method = next((one for one in _methods(rules) if one.name == asked.method), None)
    result = rules.law.service.results.get(asked.result)
    faults = _fault("method", _METHOD if method is None else None)
    if method is not None and method.version_on(on) is None:
        words = Words(
            f"{method.title.en}: no law in force on {on.isoformat()} allows it",
            f"{method.title.zh}：{on.isoformat()}尚无允许该方式的法律规定",
        )
        faults.append(("method", words))
    return [*faults, *_fault("result", _RESULT if result is None else None)]


def _fault(name: str, words: Words | None) -> list[tuple[str, Words]]:
    return [] if words is None else [(name, words)]


def _out_of_time(case: Case, day: date, today: date) -> Words | None:
    if day > today:
        return Words(f"The day must not be after today ({today})", f"日期不得晚于当日（{today}）")
    last = case.dates.last_step_on
    if last is not None and day < last:
        return Words(
            f"The day must not be before the last step of the case ({last}): the paper was not there to serve",
            f"日期不得早于本案上一步骤的日期（{last}）：当时尚无该文书可送",
        )
    return None


def _is_untimely(rules: Rules, on: date, hour: int) -> bool:
    night = rules.law.service.night
    return (night is not None and night.covers(hour)) or _is_holiday(rules.calendar, on)


def _is_holiday(calendar: WorkingCalendar, on: date) -> bool:
    try:
        return calendar.is_holiday(on)
    except CalendarNotPublished:
        return False


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _hour(text: str) -> int | None:
    hour = _number(text)
    return hour if hour is not None and hour <= LAST_HOUR else None


def _number(text: str) -> int | None:
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_NUMBER else None
