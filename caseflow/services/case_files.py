"""Files of a case: adding one, reading one, withdrawing one, seeing them. What is read or refused is recorded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, NotPermitted, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.case_files import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_REASON,
    FileKind,
    FileNotTaken,
    Purpose,
    addable,
    quota_reached,
    readable,
    reads_withdrawn,
    safe_name,
)
from caseflow.domain.cases import SEALED, Case
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, plain_text
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.duties import check_duties, on_case
from caseflow.services.erased_cases import check_not_erased, erased_words
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.case_files import CaseFile, NewCaseFile, NoSuchStep
from caseflow.services.ports.files import FileDamaged, FileRoom, HeldFile, NoSuchFile, Pieces, Source
from caseflow.services.rulebook import Rulebook
from caseflow.services.sight import seen_timeline
from caseflow.services.views import CaseHeader, StepRecord

PAGE_SIZE = 50
_PURPOSE = Words("Choose what the file is for", "请选择文件的用途")
_DESCRIPTION = Words(
    f"Say in 1 to {LONGEST_DESCRIPTION} characters what the file shows.",
    f"请用1至{LONGEST_DESCRIPTION}字说明文件内容。",
)
_STEP = Words("Choose a step of this case, or none", "请选择本案的步骤，或者不选")
_REASON = Words(f"Give the reason in 1 to {LONGEST_REASON} characters.", f"请用1至{LONGEST_REASON}字说明撤回理由。")
_WITHDRAWN = Words("Somebody else withdrew it a moment ago", "刚刚已有他人撤回该文件")


class NoSuchCaseFile(LookupError):
    """The case has no such file, or not for the actor's office."""


class FileUnreadable(Exception):
    """The file is listed, and its bytes are gone or were changed: nothing of it is shown."""


class UploadRefused(Exception):
    """What was sent cannot be kept so: (input, words) of everything wrong; an empty input means the whole."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class AddFile:
    """What somebody sends. ``name`` is the sender's; ``purpose`` None: none was chosen; ``seq`` None: no step."""

    case_id: int
    purpose: Purpose | None
    description: str
    seq: int | None
    name: str
    source: Source
    idempotency_key: str


@dataclass(frozen=True)
class FilesPage:
    """The files of a case that the actor may see, newest first, and what they may add and withdraw.

    ``sealed`` says why nobody adds or withdraws any more; None: the case is open.
    """

    header: CaseHeader
    case: Case
    definition: Definition
    steps: Sequence[StepRecord]
    files: Sequence[CaseFile]
    next_key: int | None
    addable: frozenset[Purpose]
    reads_withdrawn: bool
    limit_bytes: int
    sealed: Words | None = None


@dataclass(frozen=True)
class Handed:
    """A file handed out, and its plain bytes, which were checked as a whole."""

    file: CaseFile
    pieces: Pieces


@dataclass(frozen=True)
class CaseFiles:
    """The use cases of the files of cases."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    room: FileRoom

    def show(self, actor: Actor, case_id: int, *, before_id: int | None = None) -> FilesPage:
        """Return one page of the files of a case. Raises ``NotPermitted``, ``CaseNotFound``."""
        check_permission(actor, Permission.READ_FILES)
        with self.store.begin() as work:
            case = _case(work, actor, case_id)
            header = work.views.header(case_id)
            if header is None:
                raise CaseNotFound(case_id)
            definition = self.rulebook.pinned(case.definition_hash, work).definition
            steps = seen_timeline(actor, definition, work.views.timeline(case_id))
            found = work.case_files.of_case(case_id, readable(actor), before_id=before_id, limit=PAGE_SIZE + 1)
        files = list(found[:PAGE_SIZE])
        sealed = SEALED if definition.seals(case.state) else None
        if header.erased_at is not None:
            sealed = erased_words(header.erased_at)
        return FilesPage(
            header=header,
            case=case,
            definition=definition,
            steps=steps,
            files=files,
            next_key=files[-1].id if len(found) > PAGE_SIZE else None,
            addable=_addable(actor, case) if sealed is None else frozenset(),
            reads_withdrawn=reads_withdrawn(actor),
            limit_bytes=self.room.limit_bytes,
            sealed=sealed,
        )

    def add(self, actor: Actor, asked: AddFile) -> int:
        """Check what was sent, keep it and return its id; a repeated request answers its first result.

        What is refused leaves no bytes behind, and an event. Raises ``NotPermitted``, ``CaseNotFound``,
        ``CaseErased``, :class:`UploadRefused`, ``KeyReused``, ``OSError``.
        """
        check_duties(actor, Permission.ADD_FILES)
        description = plain_text(asked.description).strip()
        with self.store.begin() as work:
            case = _case(work, actor, asked.case_id)
        check_duties(actor, Permission.ADD_FILES, (), on_case(case))
        purpose = _checked(actor, case, asked, description)
        held: HeldFile | None = None
        try:
            with self.room.quarantine.hold(asked.source, self.room.limit_bytes) as held:
                return self._take(actor, case, asked, held, purpose)
        except FileNotTaken as refusal:
            self._note_refusal(actor, case, asked, held, refusal)
            raise UploadRefused(("file", refusal.words)) from refusal
        except NoSuchStep:
            raise UploadRefused(("seq", _STEP)) from None

    def check(self, actor: Actor, asked: AddFile) -> None:
        """Say what is wrong with everything but the file itself, keeping nothing. Raises as :meth:`add`."""
        check_permission(actor, Permission.ADD_FILES)
        with self.store.begin() as work:
            case = _case(work, actor, asked.case_id)
            _checked(actor, case, asked, plain_text(asked.description).strip())
            self._check_open(work, case)

    def read(self, actor: Actor, case_id: int, file_id: int) -> Handed:
        """Check a file and hand it out; the record of this reading is written before the first byte leaves.

        Raises ``NotPermitted``, :class:`NoSuchCaseFile`, ``CaseErased``, :class:`FileUnreadable`.
        """
        check_permission(actor, Permission.READ_FILES)
        with self.store.begin() as work:
            file = _known(work, actor, case_id, file_id)
            if file.withdrawn_at is not None and not reads_withdrawn(actor):
                raise NotPermitted(actor, Permission.READ_FILES)
            check_not_erased(work, case_id)
            work.case_files.note(self._event(actor, f"file_read:{uuid.uuid4()}", "file_read", _parts(file)))
            try:
                pieces = self.room.store.open(file.sha256)
            except (FileDamaged, NoSuchFile) as error:
                self._note_damage(actor, file, error)
                raise FileUnreadable(file.sha256) from error
            try:
                work.commit()
            except BaseException:
                pieces.close()
                raise
        return Handed(file, pieces)

    def one(self, actor: Actor, case_id: int, file_id: int) -> CaseFile:
        """Return a file that the actor may withdraw. Raises ``NotPermitted``, :class:`NoSuchCaseFile`."""
        check_permission(actor, Permission.ADD_FILES)
        with self.store.begin() as work:
            return _withdrawable(work, actor, case_id, file_id)

    def withdraw(self, actor: Actor, case_id: int, file_id: int, reason: str) -> None:
        """Withdraw a file for a reason: it stays listed, and its bytes stay until the case's retention ends.

        Raises ``NotPermitted``, :class:`NoSuchCaseFile`, :class:`UploadRefused`.
        """
        check_duties(actor, Permission.ADD_FILES)
        why = plain_text(reason).strip()
        if not 1 <= len(why) <= LONGEST_REASON:
            raise UploadRefused(("reason", _REASON))
        with self.store.begin() as work:
            file = _withdrawable(work, actor, case_id, file_id)
            case = _case(work, actor, case_id)
            check_duties(actor, Permission.ADD_FILES, (), on_case(case))
            self._check_open(work, case)
            body = {**_parts(file), "reason": why}
            event = self._event(actor, f"file_withdrawn:{file_id}", "file_withdrawn", body)
            try:
                done = work.case_files.withdraw(file_id, why, event)
            except AlreadyWritten:
                done = False
            if not done:
                raise UploadRefused(("", _WITHDRAWN))
            work.commit()

    def _check_open(self, work: UnitOfWork, case: Case) -> None:
        """Raise ``CaseErased`` where the case was erased, :class:`UploadRefused` where it is sealed."""
        check_not_erased(work, case.id)
        if self.rulebook.pinned(case.definition_hash, work).definition.seals(case.state):
            raise UploadRefused(("", SEALED))

    def _take(self, actor: Actor, case: Case, asked: AddFile, held: HeldFile, purpose: Purpose) -> int:
        with self.store.begin() as work:
            first = work.case_files.by_key(actor.office_id, asked.idempotency_key)
        if first is not None:
            return _first_result(first, actor, asked, held)
        kind = self.room.checks.check(held, asked.name)
        if self.room.scan is not None:
            self.room.scan.scan(held.path)
        try:
            return self._keep(actor, case, _new(actor, asked, held, kind, purpose), held)
        except AlreadyWritten:
            with self.store.begin() as work:
                first = work.case_files.by_key(actor.office_id, asked.idempotency_key)
            if first is None:
                raise KeyReused(asked.idempotency_key) from None
            return _first_result(first, actor, asked, held)

    def _keep(self, actor: Actor, case: Case, new: NewCaseFile, held: HeldFile) -> int:
        with self.store.begin() as work:
            # Two who add at once wait for one another, so that both together keep to the quota.
            work.case_files.lock(case.id)
            self._check_open(work, _case(work, actor, case.id))
            if work.case_files.bytes_of_case(case.id) + new.size_bytes > self.room.quota_bytes:
                raise quota_reached(self.room.quota_bytes)
            body = {
                "case": case.number,
                "sha256": new.sha256,
                "size_bytes": new.size_bytes,
                "media_type": new.media_type,
                "name": new.name,
                "purpose": new.purpose.value,
                "description": new.description,
                "step": new.seq,
            }
            added = work.case_files.add(new, self._event(actor, f"file:{new.key}", "file_added", body))
            # The bytes before the commit, out of retention's reach: a row never names a file that is not on the disk.
            work.case_files.keep_bytes(new.sha256)
            held.content.seek(0)
            stored = self.room.store.put(held.content)
            if stored.sha256 != new.sha256:
                message = "the quarantined file changed while it was taken"
                raise OSError(message)
            work.commit()
        return added

    def _note_refusal(
        self, actor: Actor, case: Case, asked: AddFile, held: HeldFile | None, refusal: FileNotTaken
    ) -> None:
        sha256 = held.sha256 if held is not None else ""
        body = {
            "case": case.number,
            "why": refusal.code,
            "name": plain_text(asked.name)[-LONGEST_NAME:],
            "sha256": sha256,
            "size_bytes": held.size_bytes if held is not None else None,
        }
        key = f"file_refused:{asked.idempotency_key}:{refusal.code}:{sha256[:16]}"
        try:
            with self.store.begin() as work:
                work.case_files.note(self._event(actor, key, "file_refused", body))
                work.commit()
        except AlreadyWritten:
            # The same form with the same file was sent again, and refused again for the same reason.
            return

    def _note_damage(self, actor: Actor, file: CaseFile, error: Exception) -> None:
        body = {**_parts(file), "why": type(error).__name__}
        with self.store.begin() as work:
            work.case_files.note(self._event(actor, f"file_damaged:{uuid.uuid4()}", "file_damaged", body))
            work.commit()

    def _event(self, actor: Actor, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=body)


def _case(work: UnitOfWork, actor: Actor, case_id: int) -> Case:
    case = work.cases.load(case_id)
    if case is None or case.office_id != actor.office_id:
        raise CaseNotFound(case_id)
    return case


def _addable(actor: Actor, case: Case) -> frozenset[Purpose]:
    return addable(actor, case.owner_id, case.second_officer_id)


def _known(work: UnitOfWork, actor: Actor, case_id: int, file_id: int) -> CaseFile:
    file = work.case_files.get(actor.office_id, file_id)
    if file is None or file.case_id != case_id:
        raise NoSuchCaseFile(file_id)
    if file.purpose not in readable(actor):
        raise NotPermitted(actor, Permission.READ_FILES)
    return file


def _withdrawable(work: UnitOfWork, actor: Actor, case_id: int, file_id: int) -> CaseFile:
    file = _known(work, actor, case_id, file_id)
    if file.purpose not in _addable(actor, _case(work, actor, case_id)):
        raise NotPermitted(actor, Permission.ADD_FILES)
    return file


def _checked(actor: Actor, case: Case, asked: AddFile, description: str) -> Purpose:
    allowed = _addable(actor, case)
    if not allowed or (asked.purpose is not None and asked.purpose not in allowed):
        raise NotPermitted(actor, Permission.ADD_FILES)
    faults = []
    if not 1 <= len(description) <= LONGEST_DESCRIPTION:
        faults.append(("description", _DESCRIPTION))
    if asked.seq is not None and not 0 < asked.seq <= case.version:
        faults.append(("seq", _STEP))
    if asked.purpose is None:
        faults.append(("purpose", _PURPOSE))
    if faults or asked.purpose is None:
        raise UploadRefused(*faults)
    return asked.purpose


def _new(actor: Actor, asked: AddFile, held: HeldFile, kind: FileKind, purpose: Purpose) -> NewCaseFile:
    return NewCaseFile(
        case_id=asked.case_id,
        office_id=actor.office_id,
        sha256=held.sha256,
        size_bytes=held.size_bytes,
        media_type=kind.media_type,
        name=safe_name(asked.name, kind),
        purpose=purpose,
        description=plain_text(asked.description).strip(),
        seq=asked.seq,
        key=asked.idempotency_key,
    )


def _first_result(first: CaseFile, actor: Actor, asked: AddFile, held: HeldFile) -> int:
    written = (first.case_id, first.sha256, first.purpose, first.description, first.seq, first.uploaded_by)
    description = plain_text(asked.description).strip()
    if written != (asked.case_id, held.sha256, asked.purpose, description, asked.seq, actor.id):
        raise KeyReused(asked.idempotency_key)
    return first.id


def _parts(file: CaseFile) -> dict[str, object]:
    return {"file": file.id, "case": file.case_id, "sha256": file.sha256, "name": file.name}
