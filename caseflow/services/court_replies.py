"""Replies of the court from a file: looked at first, row by row, then recorded through the steps of each case."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.bank import read_day
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.court_replies import (
    DAY,
    FIELDS,
    KIND,
    NUMBER,
    PAPER,
    ReplyRow,
    answers_of,
    kinds_known,
    plain,
    steps_meant,
    unanswered,
)
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.rules import Rules
from caseflow.domain.step_effects import take_step
from caseflow.domain.stepping import StepRefused
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step, plain_text, unwritable
from caseflow.services.case_answers import AnswersRefused, step_moment
from caseflow.services.cases import CaseMovedOn, Cases, KeyReused, TakeStep
from caseflow.services.duties import check_duties
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.liaison import ReplyFile
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import StepRecord
from caseflow.services.withdrawals import refusal_words

Level = Literal["ok", "known", "warning", "error", "recorded"]
_REFUSALS = (AnswersRefused, StepRefused, PostingRefused, LawRefusal, CalendarNotPublished)


class ReplyReader(Protocol):
    """Reads the rows of a file."""

    def read(self, content: bytes) -> list[ReplyRow]:
        """Return the rows below the headings. Raises ``ReplyFileRefused``."""
        ...


class NoSuchFile(LookupError):
    """No such file in the actor's office."""


class RowsRefused(Exception):
    """Some rows are at fault, and nothing was recorded."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a row: its value, and how it is mended."""

    field: str
    value: str
    words: Words


@dataclass(frozen=True)
class RowReport:
    """What a row would do, or did.

    ``ok``: it is recorded; ``known``: it was recorded before and adds nothing; ``warning``: an earlier row of the same
    case comes first, and it is judged after that; ``error``: ``faults`` tell what to mend.
    """

    row: ReplyRow
    level: Level
    case_id: int | None = None
    step: Step | None = None
    faults: Sequence[Fault] = ()
    words: Words | None = None


@dataclass(frozen=True)
class Report:
    """What a file would do, or did, row by row."""

    rows: Sequence[RowReport]

    def count(self, *levels: Level) -> int:
        """Return how many rows have one of these levels."""
        return sum(row.level in levels for row in self.rows)

    @property
    def has_errors(self) -> bool:
        """Whether a row is at fault."""
        return self.count("error") > 0


@dataclass(frozen=True)
class _Known:
    """The cases the rows name, with their rules and histories, as of one reading."""

    ids: Mapping[str, int]
    cases: Mapping[int, Case]
    rules: Mapping[int, Rules]
    timelines: Mapping[int, Sequence[StepRecord]]


@dataclass(frozen=True)
class CourtReplies:
    """The use cases of a file with the court's replies."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cases: Cases
    reader: ReplyReader

    def receive(self, actor: Actor, name: str, content: bytes) -> int:
        """Keep a file that can be read as it came; return its id. Raises ``NotPermitted``, ``ReplyFileRefused``."""
        check_duties(actor, Permission.REFER)
        self.reader.read(content)
        digest = hashlib.sha256(content).hexdigest()
        name = plain_text(name)[-200:]
        event = AuditEvent(
            key=f"court_replies:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=actor.id,
            office_id=actor.office_id,
            action="court_replies_received",
            body={"name": name, "sha256": digest},
        )
        with self.store.begin() as work:
            kept = work.liaison.keep_file(actor.office_id, name or "-", content, event)
            work.commit()
        return kept

    def file(self, actor: Actor, file_id: int) -> ReplyFile:
        """Return a file of the office. Raises ``NotPermitted``, :class:`NoSuchFile` and ``FileShut``."""
        check_permission(actor, Permission.REFER)
        with self.store.begin() as work:
            found = work.liaison.file(actor.office_id, file_id)
        if found is None:
            raise NoSuchFile(file_id)
        return found

    def preview(self, actor: Actor, content: bytes) -> Report:
        """Return what a file would do, writing nothing. Raises ``NotPermitted`` and ``ReplyFileRefused``."""
        check_permission(actor, Permission.REFER)
        rows = self.reader.read(content)
        return Report(self._judge(actor, rows, self._read(actor, rows)))

    def record(self, actor: Actor, content: bytes, *, good_rows_only: bool = False) -> Report:
        """Record what a file says, each row through its own step of its case; return what came of each.

        The same file again adds nothing. Raises ``NotPermitted``, ``ReplyFileRefused`` and :class:`RowsRefused` where
        rows are at fault and the good ones alone were not asked for.
        """
        check_permission(actor, Permission.REFER)
        rows = self.reader.read(content)
        judged = self._judge(actor, rows, self._read(actor, rows))
        if any(one.level == "error" for one in judged) and not good_rows_only:
            raise RowsRefused
        done: dict[int, RowReport] = {one.row.line: one for one in judged if one.level in ("known", "error")}
        waiting = [one.row for one in judged if one.row.line not in done]
        # A round takes the first row of each case; what follows in the same case is judged when that is written.
        while waiting:
            known = self._read(actor, waiting)
            for one in self._judge(actor, waiting, known):
                if one.level != "warning":
                    done[one.row.line] = self._record(actor, one, known) if one.level == "ok" else one
            waiting = [row for row in waiting if row.line not in done]
        return Report([done[row.line] for row in rows])

    def liaison(self, login: str | None) -> Actor | None:
        """Return the liaison with this login; without one the only liaison there is; None where that is not told."""
        with self.store.begin() as work:
            logins = [one for one in work.liaison.logins() if login in (None, one)]
            member = work.staff.by_login(logins[0], self.time.today()) if len(logins) == 1 else None
        return member.actor if member is not None and Role.LIAISON in member.actor.roles else None

    def _read(self, actor: Actor, rows: Sequence[ReplyRow]) -> _Known:
        numbers = {row.cells.get(NUMBER, "") for row in rows} - {""}
        # Such a cell is a fault of its row; the database takes none of them.
        numbers = {number for number in numbers if unwritable(number) is None}
        with self.store.begin() as work:
            ids = work.liaison.case_ids(actor.office_id, numbers)
            wanted = sorted(set(ids.values()))
            cases = work.cases.load_many(wanted)
            return _Known(ids, cases, self._rules(work, cases), work.views.timelines(wanted))

    def _rules(self, work: UnitOfWork, cases: Mapping[int, Case]) -> dict[int, Rules]:
        return {case.id: self.rulebook.pinned(case.definition_hash, work) for case in cases.values()}

    def _judge(self, actor: Actor, rows: Sequence[ReplyRow], known: _Known) -> list[RowReport]:
        reports: list[RowReport] = []
        first: dict[int, int] = {}
        for row in rows:
            report = self._one(actor, row, known, first)
            if report.level == "ok" and report.case_id is not None:
                first[report.case_id] = row.line
            reports.append(report)
        return reports

    def _one(self, actor: Actor, row: ReplyRow, known: _Known, first: Mapping[int, int]) -> RowReport:
        row, faults = _cell_faults(row)
        case_id = known.ids.get(row.cells.get(NUMBER, ""))
        if case_id is None and not any(fault.field == NUMBER for fault in faults):
            words = Words("no case of the office has this number", "本单位没有该编号的案件")
            faults.append(Fault(NUMBER, row.cells.get(NUMBER, ""), words))
        if case_id is None or faults:
            return RowReport(row, "error", case_id, faults=faults)
        case, rules = known.cases[case_id], known.rules[case_id]
        meant = steps_meant(rules.definition, row.cells[KIND])
        if any(_is_recorded(step, row, record) for step in meant for record in known.timelines[case_id]):
            return RowReport(row, "known", case_id, words=Words("was recorded before", "此前已登记"))
        if not meant:
            return RowReport(row, "error", case_id, faults=[_kind_fault(row, rules, case, known=False)])
        if case_id in first:
            line = first[case_id]
            words = Words(f"comes after row {line}, and is judged then", f"在第{line}行之后办理，届时再行核对")
            return RowReport(row, "warning", case_id, words=words)
        return self._step(actor, row, case, rules, meant)

    def _step(self, actor: Actor, row: ReplyRow, case: Case, rules: Rules, meant: Sequence[Step]) -> RowReport:
        definition, today = rules.definition, self.time.today()
        leading = [step for step in meant if case.state in step.from_states]
        if not leading:
            return RowReport(row, "error", case.id, faults=[_kind_fault(row, rules, case, known=True)])
        refused: list[Fault] = []
        for step in leading:
            missing = unanswered(definition, step)
            if missing is not None:
                words = Words(
                    f"asks “{missing.en}” too: record it on the page of the case",
                    f"还须填写“{missing.zh}”，请在案件页面登记",
                )
                refused = [Fault(KIND, row.cells[KIND], words)]
                continue
            answers, sources = answers_of(definition, step, _dated(row))
            try:
                take_step(rules, case, step, actor, step_moment(rules, case, step, answers, today))
            except AnswersRefused as refusal:
                refused = [
                    Fault(sources.get(one.field, KIND), row.cells.get(sources.get(one.field, KIND), ""), one.words)
                    for one in refusal.problems
                ]
            except _REFUSALS as refusal:
                refused = [Fault(KIND, row.cells[KIND], refusal_words(refusal))]
            else:
                return RowReport(row, "ok", case.id, step)
        return RowReport(row, "error", case.id, leading[0], refused)

    def _record(self, actor: Actor, report: RowReport, known: _Known) -> RowReport:
        assert report.case_id is not None  # noqa: S101 - a row that is ok names its case and step
        assert report.step is not None  # noqa: S101 - the same
        case, rules = known.cases[report.case_id], known.rules[report.case_id]
        answers, _sources = answers_of(rules.definition, report.step, _dated(report.row))
        key = reply_key(case.id, report.step, report.row)
        try:
            moved = self.cases.advance(actor, TakeStep(case.id, report.step.name, case.version, answers, key))
        except (*_REFUSALS, CaseMovedOn, KeyReused) as refusal:
            words = refusal_words(refusal)
            return replace(report, level="error", faults=[Fault(KIND, report.row.cells[KIND], words)])
        if moved.repeated:
            return replace(report, level="known", words=Words("was recorded before", "此前已登记"))
        return replace(report, level="recorded")


def reply_key(case_id: int, step: Step, row: ReplyRow) -> str:
    """Return the idempotency key of a row: the same reply to the same case is one request, whatever file it is in."""
    told = "\n".join([str(case_id), step.name, plain(row.cells.get(PAPER, "")), row.cells.get(DAY, "")])
    return f"reply:{hashlib.sha256(told.encode()).hexdigest()[:48]}"


def _dated(row: ReplyRow) -> dict[str, str]:
    day = read_day(row.cells.get(DAY, ""))
    return {**row.cells, DAY: day.isoformat() if day is not None else row.cells.get(DAY, "")}


def _cell_faults(row: ReplyRow) -> tuple[ReplyRow, list[Fault]]:
    """Return the row as it may be shown, hidden characters written out, and what is wrong with its cells."""
    hidden = {field: words for field, value in row.cells.items() if (words := unwritable(value)) is not None}
    row = replace(row, cells={name: _visible(text) if name in hidden else text for name, text in row.cells.items()})
    faults = [
        Fault(
            field,
            row.cells[field],
            Words(
                f"{words.en}: type the cell anew, or save the file as CSV in UTF-8",
                f"{words.zh}：请重新填写该单元格，或者将文件另存为UTF-8编码的CSV",
            ),
        )
        for field, words in hidden.items()
    ]
    for field in (NUMBER, KIND, PAPER, DAY):
        value = row.cells.get(field, "")
        if not value:
            label = FIELDS[field]
            faults.append(Fault(field, "", Words(f"“{label.en}” is missing", f"缺少“{label.zh}”")))
    faults += [
        Fault(field, row.cells[field], Words("is a formula: type the value itself", "是公式，请直接填写数值或者文字"))
        for field in sorted(row.formulas)
    ]
    value = row.cells.get(DAY, "")
    if value and DAY not in row.formulas and DAY not in hidden and read_day(value) is None:
        words = Words("is no date: write it as 2020-03-27", "不是日期，请填写为2020-03-27的形式")
        faults.append(Fault(DAY, value, words))
    return row, faults


def _visible(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _kind_fault(row: ReplyRow, rules: Rules, case: Case, *, known: bool) -> Fault:
    state = rules.definition.states[case.state].title
    offered = kinds_known(rules.definition, case.state)
    names_en = "; ".join(words.en for words in offered) or "nothing"
    names_zh = "；".join(words.zh for words in offered) or "无"
    if known:
        words = Words(
            f"does not follow from “{state.en}”; what can be recorded there: {names_en}",
            f"案件处于“{state.zh}”，不能登记该答复；可以登记：{names_zh}",
        )
    else:
        words = Words(
            f"is no reply that is known; what can be recorded in “{state.en}”: {names_en}",
            f"不是已知的答复类型；案件处于“{state.zh}”，可以登记：{names_zh}",
        )
    return Fault(KIND, row.cells[KIND], words)


def _is_recorded(step: Step, row: ReplyRow, record: StepRecord) -> bool:
    """Tell whether a step of the history says what the row says: the same act by the same paper of the same day."""
    if record.trigger != step.name:
        return False
    day = read_day(row.cells.get(DAY, ""))
    told = {plain(str(value)) for value in record.answers.values() if isinstance(value, str)}
    dates = {value for value in record.answers.values() if isinstance(value, str)}
    return plain(row.cells.get(PAPER, "")) in told and isinstance(day, date) and day.isoformat() in dates
