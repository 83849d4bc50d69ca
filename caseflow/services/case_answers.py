"""What somebody typed, judged against the case, the office and its calendar before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case
from caseflow.domain.identity_numbers import identity_fault
from caseflow.domain.rules import Rules
from caseflow.domain.service import service_faults
from caseflow.domain.step_effects import AmountOutOfRange, effective_on
from caseflow.domain.stepping import Moment
from caseflow.domain.words import Words
from caseflow.domain.workflow import (
    Definition,
    FieldProblem,
    Step,
    clean_answers,
    money_text,
    restored_answers,
    stored_answers,
    unwritable,
)
from caseflow.services.added_charges import charge_open_fen
from caseflow.services.ports import UnitOfWork
from caseflow.services.refund_interest import payments_of, refund_interest

LONGEST_TEXT = 200
_LABELS = {
    "opened_on": Words("The opening date", "登记日期"),
    "party_name": Words("The party's name", "当事人姓名或名称"),
    "party_contact": Words("The party's contact", "当事人联系方式"),
    "party_identity": Words("The identity number", "公民身份号码"),
    "party_address": Words("The address", "住址"),
    "party_kind": Words("The kind of party", "当事人类型"),
    "second_officer_id": Words("The second officer", "第二承办人"),
}


@dataclass(frozen=True)
class OpenCase:
    """What somebody typed to open a case."""

    regime: str
    party_kind: str
    party_name: str
    answers: Mapping[str, str]
    idempotency_key: str
    party_contact: str = ""
    second_officer_id: int | None = None
    opened_on: str = ""
    party_identity: str = ""
    party_address: str = ""


class AnswersRefused(Exception):
    """Some answers cannot be taken; ``problems`` names each field. Nothing was written."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.field}: {problem.words.en}" for problem in problems))


def step_moment(rules: Rules, case: Case, step: Step, raw: Mapping[str, str], today: date) -> Moment:
    """Return the typed answers and the date of a step. Raises :class:`AnswersRefused`, naming each field."""
    earlier = restored_answers(rules.definition, case.facts)
    answers, problems = clean_answers(rules.definition, step, raw, today=today, earlier=earlier)
    if problems:
        raise AnswersRefused(tuple(problems))
    on = effective_on(step, answers, today)
    last = case.dates.last_step_on
    if last is not None and on < last and not step.reaches_back:
        en, zh = f"must not be before the last step of the case ({last})", f"不得早于本案上一步骤的日期（{last}）"
        raise AnswersRefused((_about_field(rules.definition, step.effective or "", en, zh),))
    unproved = service_faults(rules.law.service, rules.definition, case, step, answers, on)
    problems = tuple(FieldProblem(name, words) for name, words in unproved)
    if problems:
        raise AnswersRefused(problems)
    return Moment(on=on, today=today, answers=answers)


def check_named_officers(work: UnitOfWork, actor: Actor, definition: Definition, step: Step, moment: Moment) -> None:
    """Raise :class:`AnswersRefused` unless whom the step names are active enforcement officers of the office."""
    en, zh = "must be an active enforcement officer of this office", "必须是本单位在岗执法人员"
    asked = [name for name in step.asks if definition.fields[name].type == "staff" and name in moment.answers]
    problems = tuple(
        _about_field(definition, name, en, zh)
        for name in asked
        if not _is_officer(work, actor.office_id, int(moment.answers[name]))
    )
    if problems:
        raise AnswersRefused(problems)


def check_foretold(work: UnitOfWork, definition: Definition, case: Case, step: Step, moment: Moment) -> None:
    """Raise :class:`AnswersRefused` unless the step is given what the papers issued for it state already."""
    kinds = case.prepared.intersection(step.makes)
    if not kinds:
        return
    given, problems = stored_answers(moment.answers), []
    for _, number, foretold in work.papers.foretold_of(case.id, kinds):
        for name, value in foretold.items():
            if name in step.asks and given.get(name) != value:
                told = money_text(value) if definition.fields[name].type == "money" else str(value)
                en = f"must be as the issued paper No. {number.en} states it: {told}"
                problems.append(_about_field(definition, name, en, f"应与已印发的{number.zh}一致：{told}"))
    if problems:
        raise AnswersRefused(tuple(problems))


def check_charge(work: UnitOfWork, rules: Rules, case: Case, step: Step, moment: Moment) -> None:
    """Raise ``AmountOutOfRange`` when a step charges more than lateness has added until its date.

    Source: the rule of the added charge (APL 2021 articles 72 and 73; ACL article 45; D357 article 8).
    """
    fields = [posting.amount for posting in step.posts if posting.event == "charge"]
    if not fields:
        return
    amount_fen = sum(int(moment.answers.get(name) or 0) for name in fields)
    open_fen = charge_open_fen(rules, case, work.views.timeline(case.id), moment.on)
    if amount_fen <= open_fen:
        return
    sum_yuan = money_text(open_fen)
    label = rules.definition.fields[fields[0]].label
    words = Words(
        f"{label.en} must not be above {sum_yuan} yuan, what has been added by {moment.on} and is not entered yet",
        f"“{label.zh}”不得超过截至{moment.on}已产生而尚未登记的{sum_yuan}元",
    )
    raise AmountOutOfRange(step.name, fields[0], words)


def check_interest(work: UnitOfWork, rules: Rules, case: Case, step: Step, moment: Moment) -> None:
    """Raise ``AmountOutOfRange`` unless a step that pays deposit interest pays exactly what the law of its day gives.

    Source: the rule of deposit interest (State Compensation Law articles 36 (1) and (7)).
    """
    name = next((posting.amount for posting in step.posts if posting.event == "interest"), None)
    if name is None:
        return
    sheet = refund_interest(rules, case, payments_of(work.views.timeline(case.id)), moment.on)
    owed_fen = sheet.result_fen if sheet is not None else 0
    if int(moment.answers.get(name) or 0) == owed_fen:
        return
    label = rules.definition.fields[name].label
    sum_yuan = money_text(owed_fen)
    words = Words(
        f"{label.en} must be {sum_yuan} yuan for a refund on {moment.on}",
        f"{moment.on}退付的，“{label.zh}”应为{sum_yuan}元",
    )
    raise AmountOutOfRange(step.name, name, words)


def opening_answers(definition: Definition, request: OpenCase, today: date) -> tuple[date, dict[str, Any]]:
    """Return the opening date and the typed answers of an opening. Raises :class:`AnswersRefused`."""
    answers, problems = clean_answers(definition, None, request.answers, today=today)
    opened_on, found = _opened_on(definition, request, answers, today)
    found = [*problems, *found]
    if not request.party_name.strip():
        found.append(FieldProblem("party_name", Words("The party's name is required", "请填写当事人姓名或名称")))
    identity_problem = identity_fault(request.party_identity) if request.party_identity.strip() else None
    if identity_problem is not None:
        found.append(_about("party_identity", identity_problem.en, identity_problem.zh))
    for name in ("party_name", "party_contact", "party_address"):
        typed = str(getattr(request, name))
        fault = unwritable(typed)
        if fault is not None:
            found.append(_about(name, fault.en, fault.zh))
        elif len(typed.strip()) > LONGEST_TEXT:
            found.append(_about(name, f"must be at most {LONGEST_TEXT} characters long", f"最多{LONGEST_TEXT}个字符"))
    if request.party_kind not in definition.subjects:
        found.append(_about("party_kind", "must be one of the kinds offered", "只能从所列类型中选择"))
    if found:
        raise AnswersRefused(tuple(found))
    return opened_on, answers


def check_second_officer(work: UnitOfWork, actor: Actor, second_id: int | None) -> None:
    """Raise :class:`AnswersRefused` unless the second officer, if any, is another one of the actor's office."""
    if second_id is None:
        return
    if second_id == actor.id or not _is_officer(work, actor.office_id, second_id):
        en, zh = "must be another enforcement officer of this office", "必须是本单位的另一名执法人员"
        raise AnswersRefused((_about("second_officer_id", en, zh),))


def _opened_on(
    definition: Definition, request: OpenCase, answers: Mapping[str, Any], today: date
) -> tuple[date, list[FieldProblem]]:
    opened_on = today
    if request.opened_on:
        try:
            opened_on = date.fromisoformat(request.opened_on)
        except ValueError:
            return today, [_about("opened_on", "must be a date such as 2024-03-08", "应填写日期，例如2024-03-08")]
    if opened_on > today:
        return opened_on, [_about("opened_on", f"must not be after today ({today})", f"不得晚于当日（{today}）")]
    later = [
        (definition.fields[name].label, day)
        for name, day in answers.items()
        if isinstance(day, date) and day > opened_on
    ]
    return opened_on, [
        _about("opened_on", f"must not be before “{label.en}” ({day})", f"不得早于“{label.zh}”（{day}）")
        for label, day in later
    ]


def _is_officer(work: UnitOfWork, office_id: int, staff_id: int) -> bool:
    member = work.staff.by_id(staff_id)
    in_office = member is not None and member.active and member.actor.office_id == office_id
    return member is not None and in_office and Role.OFFICER in member.actor.roles


def _about_field(definition: Definition, name: str, en: str, zh: str) -> FieldProblem:
    declared = definition.fields.get(name)
    label = declared.label if declared is not None else Words("The date of the step", "步骤日期")
    return FieldProblem(name, Words(f"{label.en} {en}", f"“{label.zh}”{zh}"))


def _about(name: str, en: str, zh: str) -> FieldProblem:
    return FieldProblem(name, Words(f"{_LABELS[name].en} {en}", f"{_LABELS[name].zh}{zh}"))
