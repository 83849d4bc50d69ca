"""The person submits: nothing is turned away for being late, and each submission gets its number and its receipt."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from caseflow.domain.audit import AuditEvent
from caseflow.domain.case_files import FileKind, FileNotTaken, safe_name
from caseflow.domain.cases import Case
from caseflow.domain.submission_limits import AnswerLimit, Standing, answer_limit, recording_steps, standing
from caseflow.domain.submissions import MOST_A_DAY, MOST_FILES, PARTS, Desk, Kind, content_faults, first_desk
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step, plain_text
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.erased_cases import check_not_erased, erased_words
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileRoom, HeldFile, Source
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.ports.submissions import REASONS, TEXT, Answer, Attached, Handler, NewSubmission, Submission
from caseflow.services.rulebook import Rulebook
from caseflow.services.submissions.content import Content, clock_record

PAGE_SIZE: Final = 50
SOMEBODY_ELSE: Final = "other"
RECEIVED, WITHDRAWN = "submission_received", "submission_withdrawn"
_SALT_BYTES: Final = 16
_TOO_MANY = Words(f"Choose at most {MOST_FILES} files.", f"最多选择{MOST_FILES}个文件。")
_NO_FILE = Words("Choose at least one file.", "请至少选择一个文件。")
_NOBODY = Words("Choose whom you object to.", "请选择申请回避的对象。")
_FLOOD = Words(
    f"{MOST_A_DAY} submissions came in this case today, which is as many as are taken here in a day. Bring the rest to "
    "the office, or send it tomorrow.",
    f"本案今天已提交{MOST_A_DAY}件，达到网上每日接收上限。请将其余材料送交本机关，或者明天再提交。",
)
_NO_ROOM = Words(
    "There is no more room for files in this case. Bring them to the office.", "本案文件空间已满，请将材料送交本机关。"
)


class SubmissionRefused(Exception):
    """What was written cannot stand so: (input, words) of everything that is wrong; an empty input means the whole."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class SentFile:
    """A file as its sender calls it."""

    name: str
    source: Source


@dataclass(frozen=True)
class Submit:
    """What a person submits; ``objects_to`` is the id of somebody who handles the case, or :data:`SOMEBODY_ELSE`."""

    kind: Kind
    texts: Mapping[str, str]
    key: str
    objects_to: str = ""
    files: Sequence[SentFile] = ()


@dataclass(frozen=True)
class Preview:
    """What sending would do: whether it is late and what follows, who answers, and until when."""

    standing: Standing
    desk: Desk
    limit: AnswerLimit


@dataclass(frozen=True)
class Own:
    """A submission as its person sees it; ``answer_text`` are the reasons of the answer."""

    submission: Submission
    content: Content
    files: Sequence[Attached]
    answer: Answer | None
    answer_text: str


@dataclass(frozen=True)
class _Judged:
    case: Case
    preview: Preview
    texts: Mapping[str, str]
    objected: Handler | None


@dataclass(frozen=True)
class Intake:
    """The use cases of the person."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cipher: FieldCipher
    room: FileRoom

    def kinds(self, person: PersonAtCase) -> Sequence[Standing]:
        """Return every kind with how it stands in the person's case today."""
        with self.store.begin() as work:
            case = _case(work, person)
            erased_at = work.retention.erased_at(person.case_id, keep=False)
            found = [self._standing(work, case, kind)[0] for kind in Kind]
        if erased_at is None:
            return found
        return [replace(one, closed=erased_words(erased_at)) for one in found]

    def handlers(self, person: PersonAtCase) -> Sequence[Handler]:
        """Return who handles or handled the case: whom the person may object to."""
        with self.store.begin() as work:
            return work.submissions.handlers(person.case_id)

    def check(self, person: PersonAtCase, asked: Submit) -> Preview:
        """Return what sending it would do, keeping nothing. Raises :class:`SubmissionRefused`, ``CaseErased``."""
        with self.store.begin() as work:
            return self._judged(work, person, asked).preview

    def submit(self, person: PersonAtCase, asked: Submit) -> Submission:
        """Take it in: number, clock, desk. A repeated request answers its first result.

        Raises :class:`SubmissionRefused`, ``CaseErased``, ``KeyReused``, ``OSError``.
        """
        with self.store.begin() as work:
            first = work.submissions.by_key(asked.key)
            if first is not None:
                return self._first_result(person, first, asked)
            judged = self._judged(work, person, asked)
        files = [one for one in asked.files if one.name]
        if len(files) > MOST_FILES:
            raise SubmissionRefused(("files", _TOO_MANY))
        if asked.kind is Kind.EVIDENCE and not files:
            raise SubmissionRefused(("files", _NO_FILE))
        with ExitStack() as held:
            checked = [self._held(person, asked, one, held) for one in files]
            return self._write(person, asked, judged, checked)

    def own(self, person: PersonAtCase, *, before_no: int | None = None) -> tuple[Sequence[Submission], int | None]:
        """Return the person's submissions, newest first, and the key that continues them."""
        with self.store.begin() as work:
            found = work.submissions.of_case(person.case_id, before_no=before_no, limit=PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].case_no if len(found) > PAGE_SIZE else None

    def one(self, person: PersonAtCase, case_no: int) -> Own | None:
        """Return one of the person's submissions by its place in the case; None where there is none."""
        with self.store.begin() as work:
            found = work.submissions.of_case_at(person.case_id, case_no)
            if found is None:
                return None
            files = work.submissions.files(found.id)
            answer = work.submissions.answer(found.id) if found.answered_on is not None else None
        content = Content.read(self.cipher.open(TEXT, found.id, found.text_sealed))
        reasons = "" if answer is None else self.cipher.open(REASONS, found.id, answer.reasons_sealed)
        return Own(found, content, files, answer, reasons)

    def withdraw(self, person: PersonAtCase, case_no: int) -> bool:
        """Withdraw a submission that is not answered yet; tell whether it is withdrawn now, by this or before."""
        with self.store.begin() as work:
            found = work.submissions.of_case_at(person.case_id, case_no)
            if found is None or not found.is_open:
                return found is not None and found.withdrawn_at is not None
            body = {**_named(found.case_number, person), "submission": found.number}
            event = self._event(person, f"submission_withdrawn:{found.id}", WITHDRAWN, body)
            if not work.submissions.withdraw(found.id, self.time.now(), event):
                # Answered meanwhile, or withdrawn in another window.
                now = work.submissions.get(found.office_id, found.id)
                return now is not None and now.withdrawn_at is not None
            head = work.submissions.get(found.office_id, found.id) or found
            work.submissions.tell(event.key, WITHDRAWN, notice(head))
            work.commit()
        return True

    def _standing(self, work: UnitOfWork, case: Case, kind: Kind) -> tuple[Standing, tuple[Step, ...]]:
        rules = self.rulebook.pinned(case.definition_hash, work)
        steps = recording_steps(rules.definition, self.rulebook.definitions.get(case.regime), kind)
        return standing(rules, case, kind, steps, self.time.today()), steps

    def _judged(self, work: UnitOfWork, person: PersonAtCase, asked: Submit) -> _Judged:
        check_not_erased(work, person.case_id)
        case = _case(work, person)
        found, steps = self._standing(work, case, asked.kind)
        if found.closed is not None:
            raise SubmissionRefused(("", found.closed))
        texts = {
            part.name: plain_text(asked.texts.get(part.name, "")).strip().replace("\r\n", "\n")
            for part in PARTS[asked.kind]
        }
        faults = content_faults(asked.kind, texts)
        objected = None
        if asked.kind is Kind.RECUSAL:
            objected = _objected(work.submissions.handlers(case.id), asked.objects_to)
            if objected is None and asked.objects_to != SOMEBODY_ELSE:
                faults.insert(0, ("objects_to", _NOBODY))
        today = self.time.today()
        if work.submissions.many_on(case.id, today) >= MOST_A_DAY:
            faults.insert(0, ("", _FLOOD))
        if faults:
            raise SubmissionRefused(*faults)
        rules = self.rulebook.pinned(case.definition_hash, work)
        limit = answer_limit(rules, asked.kind, steps, today)
        roles = steps[0].by if steps else ()
        supervises = objected is not None and objected.supervises
        desk = first_desk(asked.kind, roles, objected_to_a_supervisor=supervises)
        return _Judged(case, Preview(found, desk, limit), texts, objected)

    def _held(
        self, person: PersonAtCase, asked: Submit, sent: SentFile, stack: ExitStack
    ) -> tuple[HeldFile, FileKind, str]:
        """Hold a file aside until the block ends and look into it. Raises :class:`SubmissionRefused`."""
        try:
            held = stack.enter_context(self.room.quarantine.hold(sent.source, self.room.limit_bytes))
            kind = self.room.checks.check(held, sent.name)
            if self.room.scan is not None:
                self.room.scan.scan(held.path)
        except FileNotTaken as refusal:
            self._note_refusal(person, asked, refusal)
            named = plain_text(sent.name)[-60:]
            words = Words(f"{named}: {refusal.words.en}", f"{named}：{refusal.words.zh}")
            raise SubmissionRefused(("files", words)) from refusal
        return held, kind, safe_name(sent.name, kind)

    def _write(
        self,
        person: PersonAtCase,
        asked: Submit,
        judged: _Judged,
        files: Sequence[tuple[HeldFile, FileKind, str]],
    ) -> Submission:
        attached = [
            Attached(position=place, sha256=held.sha256, size_bytes=held.size_bytes, media_type=kind.media_type)
            for place, (held, kind, _name) in enumerate(files, 1)
        ]
        objects_to = "" if judged.objected is None else f"{judged.objected.name_zh} {judged.objected.name_en}"
        names = [name for _held, _kind, name in files]
        content = Content(judged.texts, names, secrets.token_hex(_SALT_BYTES), objects_to)
        try:
            with self.store.begin() as work:
                work.case_files.lock(person.case_id)
                check_not_erased(work, person.case_id)
                self._check_room(work, person, attached)
                new = self._new(work, person, asked, judged, content, attached)
                body = {**_named(judged.case.number, person), "kind": asked.kind.value, "hash": new.hash}
                event = self._event(person, f"submission:{asked.key}", RECEIVED, body)
                work.submissions.add(new, lambda number: replace(event, body={**body, "submission": number}))
                # The bytes before the commit, and out of retention's reach: a row never names a file that is not there.
                work.case_files.keep_bytes(*(one.sha256 for one in attached))
                for held, _kind, _name in files:
                    held.content.seek(0)
                    self.room.store.put(held.content)
                written = work.submissions.by_key(asked.key)
                if written is None:
                    raise KeyReused(asked.key)
                work.submissions.tell(event.key, RECEIVED, notice(written))
                work.commit()
        except AlreadyWritten:
            with self.store.begin() as work:
                first = work.submissions.by_key(asked.key)
            if first is None:
                raise KeyReused(asked.key) from None
            return self._first_result(person, first, asked)
        return written

    def _check_room(self, work: UnitOfWork, person: PersonAtCase, files: Sequence[Attached]) -> None:
        if not files:
            return
        kept = work.case_files.bytes_of_case(person.case_id) + work.submissions.bytes_of_case(person.case_id)
        if kept + sum(one.size_bytes for one in files) > self.room.quota_bytes:
            raise SubmissionRefused(("files", _NO_ROOM))

    def _new(
        self,
        work: UnitOfWork,
        person: PersonAtCase,
        asked: Submit,
        judged: _Judged,
        content: Content,
        files: Sequence[Attached],
    ) -> NewSubmission:
        new_id, at = work.submissions.take_id(), self.time.now().replace(microsecond=0)
        limit = judged.preview.limit
        return NewSubmission(
            id=new_id,
            office_id=person.office_id,
            case_id=person.case_id,
            party_id=person.party_id,
            session_id=person.session_id,
            kind=asked.kind,
            desk=judged.preview.desk,
            text_sealed=self.cipher.seal(TEXT, new_id, content.sealed_form()),
            hash=content.hash(judged.case.number, asked.kind, at, [one.sha256 for one in files]),
            objected_to=judged.objected.id if judged.objected is not None else None,
            received_at=at,
            received_on=self.time.today(),
            late=judged.preview.standing.late,
            rule=limit.rule_id,
            due_on=limit.due_on,
            clock=clock_record(limit),
            key=asked.key,
            files=files,
        )

    def _first_result(self, person: PersonAtCase, first: Submission, asked: Submit) -> Submission:
        if (first.case_id, first.kind) != (person.case_id, asked.kind):
            raise KeyReused(asked.key)
        content = Content.read(self.cipher.open(TEXT, first.id, first.text_sealed))
        sent = {name: plain_text(text).strip().replace("\r\n", "\n") for name, text in asked.texts.items()}
        if any(content.texts.get(name, "") != sent.get(name, "") for name in content.texts):
            raise KeyReused(asked.key)
        return first

    def _note_refusal(self, person: PersonAtCase, asked: Submit, refusal: FileNotTaken) -> None:
        body = {"person_session": person.session_id, "why": refusal.code}
        key = f"submission_file_refused:{asked.key}:{secrets.token_hex(4)}"
        with self.store.begin() as work:
            work.submissions.note(self._event(person, key, "submission_file_refused", body))
            work.commit()

    def _event(self, person: PersonAtCase, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        """Return the event of what the person did: nobody of the office acted, and nothing of what they wrote."""
        return AuditEvent(key, self.time.now(), None, person.office_id, action, body=body)


def notice(of: Submission) -> dict[str, object]:
    """Return the notice to whoever has to answer.

    What is told by a role never reaches the one whom an objection names: who acted hears of no notice, and they stand
    there as if they had. Nor does it name the case then, for its officers read that case's messages.
    """
    objection = of.kind is Kind.RECUSAL
    role = None if of.desk is Desk.OFFICER else of.desk.value
    owner = of.head_id if objection else of.owner_id if of.desk is Desk.OFFICER else None
    return {
        "office_id": of.office_id,
        "actor_id": of.objected_to,
        "owner_id": owner,
        "desk_role": role,
        "case_id": None if objection else of.case_id,
        "submission_id": of.id,
        "number": of.number,
        "kind": of.kind.value,
        "due_on": of.due_on.isoformat() if of.due_on is not None else None,
    }


def _case(work: UnitOfWork, person: PersonAtCase) -> Case:
    case = work.cases.load(person.case_id)
    if case is None or case.office_id != person.office_id:
        raise CaseNotFound(person.case_id)
    return case


def _objected(handlers: Sequence[Handler], chosen: str) -> Handler | None:
    return next((one for one in handlers if str(one.id) == chosen), None)


def _named(case_number: str, person: PersonAtCase) -> dict[str, object]:
    return {"case": case_number, "person_session": person.session_id}
