"""Findings: the auditor raises, the supervisor replies, the auditor follows up, closes or withdraws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.findings import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    About,
    Note,
    Severity,
    Standing,
    Subject,
    Written,
    may_be_added,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.cases import KeyReused
from caseflow.services.duties import Matter, Part, check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.auditing import Finding, NewFinding, NewNote

PAGE_SIZE = 50
PERMISSIONS: Mapping[Note, Permission] = {
    Note.REPLY: Permission.ANSWER_FINDINGS,
    Note.FOLLOW_UP: Permission.AUDIT,
    Note.CLOSING: Permission.AUDIT,
    Note.WITHDRAWAL: Permission.AUDIT,
}
_ACTIONS = {
    Note.REPLY: "finding_replied",
    Note.FOLLOW_UP: "finding_followed_up",
    Note.CLOSING: "finding_closed",
    Note.WITHDRAWAL: "finding_withdrawn",
}
RAISED = "finding_raised"
_OUT_OF_TURN = Words("This cannot be added to the finding as it stands now", "该审计发现的当前状态不允许此操作")
_TEXT = Words(f"Write a text of at most {LONGEST_TEXT:,} characters.", f"请填写内容，不超过{LONGEST_TEXT:,}字。")
_TITLE = Words(f"Give a title of up to {LONGEST_TITLE} characters", f"请填写标题，不超过{LONGEST_TITLE}字")
_NO_SUBJECT = Words("The office has no such thing: check the number", "本单位没有该记录，请核对编号")
_DUE = Words("Give a day that is not past, such as 2026-03-08", "请填写今天或以后的日期，例如2026-03-08")


class NoSuchFinding(LookupError):
    """No such finding in the actor's office."""


class FindingRefused(Exception):
    """What was written cannot stand so: (input, words) of everything that is wrong; an empty input means the whole."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class RaiseFinding:
    """What an auditor raises. ``reply_due_on`` None: no day was given."""

    subject: Subject
    title: str
    text: str
    severity: Severity
    reply_due_on: date | None
    idempotency_key: str


@dataclass(frozen=True)
class AddNote:
    """What is added to a finding. ``seen`` is how many notes its writer saw; ``due_on`` belongs to a follow-up."""

    finding_id: int
    kind: Note
    text: str
    seen: int
    idempotency_key: str
    due_on: date | None = None


@dataclass(frozen=True)
class FindingPage:
    """A finding with its notes, oldest first, and what the actor may add to it now."""

    finding: Finding
    notes: Sequence[Written]
    may_add: frozenset[Note]


@dataclass(frozen=True)
class Findings:
    """The use cases of findings."""

    store: Store
    time: BusinessTime

    def raise_one(self, actor: Actor, asked: RaiseFinding) -> int:
        """Raise a finding and tell the office's supervisors; return its id.

        A repeated request answers its first result.

        Raises ``NotPermitted``, :class:`FindingRefused`, ``AuditRefused``, ``KeyReused``.
        """
        check_duties(actor, Permission.AUDIT)
        new = self._new(asked)
        try:
            return self._raise(actor, new)
        except AlreadyWritten:
            # The same form was sent twice at once; what the other one wrote is there now.
            return self._raise(actor, new)

    def _raise(self, actor: Actor, new: NewFinding) -> int:
        with self.store.begin() as work:
            first = work.findings.by_key(actor.office_id, new.key)
            if first is not None:
                return _first_result(first, new)
            resolved = work.findings.resolve(actor.office_id, new.subject)
            if resolved is None:
                raise FindingRefused((_SUBJECT_INPUT.get(new.subject.about, ""), _NO_SUBJECT))
            body = {
                "about": new.subject.about.value,
                "subject": {name: value for name, value in vars(new.subject).items() if value and name != "about"},
                "title": new.title,
                "text": new.text,
                "severity": new.severity.value,
                "reply_due_on": new.reply_due_on.isoformat(),
            }
            event = self._event(actor, f"finding:{new.key}", RAISED, body)
            finding_id = work.findings.add(actor.office_id, new, resolved, event)
            finding = _known(work, actor, finding_id)
            self._tell(work, actor, finding, event, Role.SUPERVISOR)
            work.commit()
        return finding_id

    def add(self, actor: Actor, asked: AddNote) -> None:
        """Add a note and tell whose turn it is. A repeated request changes nothing.

        Raises ``NotPermitted``, :class:`NoSuchFinding`, :class:`FindingRefused`, ``AuditRefused``, ``KeyReused``.
        """
        check_duties(actor, PERMISSIONS[asked.kind])
        try:
            self._add(actor, asked)
        except AlreadyWritten:
            self._add(actor, asked)

    def _add(self, actor: Actor, asked: AddNote) -> None:
        text = plain_text(asked.text).strip()
        with self.store.begin() as work:
            finding = _known(work, actor, asked.finding_id)
            if self._was_written(work, asked, text):
                return
            notes = work.findings.notes(finding.id)
            self._check(actor, finding, notes, asked, text)
            if asked.kind is Note.CLOSING:
                replied = {Part.REPLIER: [one.actor_id for one in notes if one.kind is Note.REPLY]}
                check_duties(actor, PERMISSIONS[asked.kind], (Part.CLOSER,), Matter(replied))
            body = {
                "finding": finding.number,
                "text": text,
                "due_on": asked.due_on.isoformat() if asked.due_on else None,
            }
            event = self._event(actor, f"finding_note:{asked.idempotency_key}", _ACTIONS[asked.kind], body)
            due_on = asked.due_on if asked.kind is Note.FOLLOW_UP else None
            new = NewNote(
                asked.idempotency_key, finding.id, len(notes) + 1, asked.kind, text, due_on, self.time.today()
            )
            work.findings.add_note(new, event)
            told = Role.AUDITOR if asked.kind is Note.REPLY else Role.SUPERVISOR
            self._tell(work, actor, _known(work, actor, finding.id), event, told)
            work.commit()

    def check(self, asked: RaiseFinding) -> None:
        """Raise :class:`FindingRefused` for what is wrong with the words of a finding, before anything is looked up."""
        self._new(asked)

    def check_note(self, actor: Actor, asked: AddNote) -> None:
        """Say what is wrong with a note before its writer is asked once more; see :meth:`add` for the errors."""
        check_permission(actor, PERMISSIONS[asked.kind])
        with self.store.begin() as work:
            finding = _known(work, actor, asked.finding_id)
            notes = work.findings.notes(finding.id)
        self._check(actor, finding, notes, asked, plain_text(asked.text).strip())

    def show(self, actor: Actor, finding_id: int) -> FindingPage:
        """Return a finding with its notes. Raises ``NotPermitted``, :class:`NoSuchFinding`."""
        check_permission(actor, Permission.READ_FINDINGS)
        with self.store.begin() as work:
            finding = _known(work, actor, finding_id)
            notes = work.findings.notes(finding_id)
        addable = frozenset(
            kind
            for kind, permission in PERMISSIONS.items()
            if may(actor, permission) and may_be_added(notes, finding.raised_by, kind, actor.id)
        )
        return FindingPage(finding, notes, addable)

    def newest(
        self, actor: Actor, standing: Standing | None = None, *, before_id: int | None = None
    ) -> tuple[Sequence[Finding], int | None]:
        """Return one page of findings, newest first, and the key that continues it. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_FINDINGS)
        with self.store.begin() as work:
            found = work.findings.newest(actor.office_id, standing, before_id=before_id, limit=PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return shown, shown[-1].id if len(found) > PAGE_SIZE else None

    def of_entry(self, actor: Actor, key: str) -> Sequence[Finding]:
        """Return the newest findings on an entry; none for who may not read findings."""
        if not may(actor, Permission.READ_FINDINGS):
            return ()
        with self.store.begin() as work:
            return work.findings.of_entry(actor.office_id, key)

    def open_counts(self, actor: Actor) -> Mapping[Standing, int]:
        """Count the open findings of the office by whose turn it is. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_FINDINGS)
        with self.store.begin() as work:
            return work.findings.open_counts(actor.office_id)

    def _new(self, asked: RaiseFinding) -> NewFinding:
        title, text, due_on = plain_text(asked.title).strip(), plain_text(asked.text).strip(), asked.reply_due_on
        today = self.time.today()
        faults = []
        if not 1 <= len(title) <= LONGEST_TITLE:
            faults.append(("title", _TITLE))
        if not 1 <= len(text) <= LONGEST_TEXT:
            faults.append(("text", _TEXT))
        if due_on is None or due_on < today:
            faults.append(("reply_due_on", _DUE))
        if faults or due_on is None:
            raise FindingRefused(*faults)
        return NewFinding(asked.idempotency_key, asked.subject, title, text, asked.severity, due_on, today)

    def _check(self, actor: Actor, finding: Finding, notes: Sequence[Written], asked: AddNote, text: str) -> None:
        if len(notes) != asked.seen or not may_be_added(notes, finding.raised_by, asked.kind, actor.id):
            raise FindingRefused(("", _OUT_OF_TURN))
        faults = []
        if not 1 <= len(text) <= LONGEST_TEXT:
            faults.append(("text", _TEXT))
        if asked.kind is Note.FOLLOW_UP and (asked.due_on is None or asked.due_on < self.time.today()):
            faults.append(("due_on", _DUE))
        if faults:
            raise FindingRefused(*faults)

    def _was_written(self, work: UnitOfWork, asked: AddNote, text: str) -> bool:
        written = work.findings.note_with(asked.idempotency_key)
        if written is None:
            return False
        finding_id, note = written
        if (finding_id, note.kind, note.text) != (asked.finding_id, asked.kind, text):
            raise KeyReused(asked.idempotency_key)
        return True

    def _tell(self, work: UnitOfWork, actor: Actor, finding: Finding, event: AuditEvent, role: Role) -> None:
        payload = {
            "office_id": actor.office_id,
            "actor_id": actor.id,
            "finding_id": finding.id,
            "number": finding.number,
            "title": finding.title,
            "reply_due_on": finding.reply_due_on.isoformat(),
        }
        work.findings.tell(event.key, event.action, role.value, payload)

    def _event(self, actor: Actor, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=body)


_SUBJECT_INPUT = {About.CASE: "case_number", About.RECEIPT: "receipt_number"}


def _known(work: UnitOfWork, actor: Actor, finding_id: int) -> Finding:
    finding = work.findings.get(actor.office_id, finding_id)
    if finding is None:
        raise NoSuchFinding(finding_id)
    return finding


def _first_result(first: Finding, new: NewFinding) -> int:
    same = (first.title, first.text, first.severity, first.first_due_on)
    if same != (new.title, new.text, new.severity, new.reply_due_on) or first.subject.about is not new.subject.about:
        raise KeyReused(new.key)
    return first.id
