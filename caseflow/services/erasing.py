"""An approved run of retention, carried out: what is personal of each case is erased, and then its files.

A case is a transaction; what was begun goes on where it stopped, here or in the background.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from caseflow.domain.access import Actor, NotPermitted, Permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.retention import ERASED, pseudonym
from caseflow.domain.words import Words
from caseflow.services.duties import DutiesRefused, Matter, Part, check_duties
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.papers import INPUTS, NOTHING
from caseflow.services.ports.privacy import NAME, FieldCipher
from caseflow.services.ports.retention import Recusal, Replaced, RetentionConflict, RetentionRun, RunCase
from caseflow.services.ports.submissions import REASONS, TEXT
from caseflow.services.submissions.content import Content

_MOST_RUNS: Final = 20
_MOST_NAMED: Final = 10
YOU: Final = Words("You are", "您")
PROPOSER: Final = Words("Who proposed this run is", "提出该批次的人员")
# What is destroyed of a case, as the record tells it.
FIELDS: Final = (
    "party name, contact, identity, address", "payer of receipts", "submissions and answers", "files", "papers",
    "reasons of reading and recusal", "rows of imports", "notes of service", "free text of steps",
)  # fmt: skip


class RetentionRefused(Exception):
    """The act is refused and nothing was written; ``words`` say why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.words = Words(en, zh)


class NoSuchRetentionRun(RetentionRefused):
    """The actor's office has no such run."""


class RunDecided(RetentionRefused):
    """Somebody else decided on the run already."""


@dataclass(frozen=True)
class Carried:
    """What became of a run: cases erased by now, cases that the database kept and why, files deleted this time.

    ``whole`` is False where it was stopped before every case was looked at.
    """

    run: RetentionRun
    kept: Sequence[tuple[str, str]]
    files: int
    whole: bool = True


@dataclass(frozen=True)
class Erasing:
    """Carries approved runs out. ``everywhere`` sees every office: the bytes of a file are kept once for all."""

    store: Store
    everywhere: Store
    time: BusinessTime
    cipher: FieldCipher
    files: FileStore

    def carry_out(
        self,
        actor: Actor,
        run_id: int,
        told: Callable[[int, int], None] = lambda _done, _all: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Carried:
        """Erase what is left of an approved run, a transaction a case, and then the files; again: goes on.

        A case that has since come under a hold or has anything open stays as it is. ``told`` hears of cases looked at
        and of all; who else carries the run out is waited for. Raises ``NotPermitted`` (APPROVE_RETENTION),
        ``DutiesRefused``, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as turn:
            turn.retention.take_turn(run_id, wait=True)
            return self._carry_out(actor, run_id, told, stop)

    def carry_on(self, most_seconds: float, stop: Callable[[], bool] = lambda: False) -> int:
        """Carry out what was asked for, in the name of who asked; return how many cases were erased.

        For the background. A run that nobody may carry out any more is let be, and its page offers to go on.
        """
        ends_at, erased = monotonic() + most_seconds, 0

        def stops() -> bool:
            return stop() or monotonic() > ends_at

        with self.store.begin() as work:
            asked = work.retention.asked(_MOST_RUNS)
        for run in asked:
            if stops():
                break
            with self.store.begin() as turn:
                if turn.retention.take_turn(run.id, wait=False):
                    erased += self._carry_on(run, stops)
        return erased

    def _carry_on(self, run: RetentionRun, stops: Callable[[], bool]) -> int:
        with self.store.begin() as work:
            member = work.staff.by_id(run.asked_by, self.time.today()) if run.asked_by is not None else None
        done = run.done_count
        if member is not None and member.active:
            try:
                carried = self._carry_out(member.actor, run.id, lambda _done, _all: None, stops)
            except (NotPermitted, DutiesRefused, RetentionRefused):
                pass
            else:
                done = carried.run.done_count
                if not carried.whole:
                    return done - run.done_count
        with self.store.begin() as work:
            work.retention.over(run)
            work.commit()
        return done - run.done_count

    def _carry_out(
        self, actor: Actor, run_id: int, told: Callable[[int, int], None], stop: Callable[[], bool]
    ) -> Carried:
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as work:
            run = run_of(work, actor, run_id)
            cases = work.retention.cases(run_id)
            check_not_recused(work.retention.recused_from(actor.id, run_id=run_id))
        matter = Matter(had={Part.PREPARER: (run.prepared_by,)})
        check_duties(actor, Permission.APPROVE_RETENTION, (Part.CHECKER,), matter)
        if run.approved_by is None:
            en, zh = "Another person approves the run first.", "须先由他人批准。"
            raise RetentionRefused(en, zh)
        kept, files, whole = [], 0, True
        for place, one in enumerate(cases, start=1):
            if stop():
                whole = False
                break
            try:
                if not one.done:
                    self._erase(actor, run, one)
            except RetentionConflict as conflict:
                kept.append((one.number, str(conflict)))
            else:
                files += self._delete_files(one)
            told(place, len(cases))
        with self.store.begin() as work:
            return Carried(run_of(work, actor, run_id), kept, files, whole)

    def _erase(self, actor: Actor, run: RetentionRun, one: RunCase) -> None:
        name = pseudonym(one.number)
        with self.store.begin() as work:
            sent, answered = work.retention.sent(one.case_id)
            gone = Content({}, (), "").sealed_form()
            replaced = Replaced(
                self.cipher.seal(NAME, one.party_id, name),
                self.cipher.index(NAME, run.office_id, name),
                {sid: self.cipher.seal(TEXT, sid, gone) for sid in sent},
                {sid: self.cipher.seal(REASONS, sid, ERASED) for sid in answered},
                {pid: self.cipher.seal(INPUTS, pid, NOTHING) for pid in work.retention.issued(one.case_id)},
            )
            body: dict[str, Any] = {
                "case": one.number, "run": run.id, "regime": one.regime, "years": one.years,
                "due_on": one.due_on.isoformat(), "fields": list(FIELDS),
            }  # fmt: skip
            key = f"case_pseudonymised:{uuid.uuid4()}"
            event = AuditEvent.by(actor, self.time.now(), key, "case_pseudonymised", body)
            work.retention.erase(run.id, one.case_id, replaced, event)
            work.commit()

    def _delete_files(self, one: RunCase) -> int:
        """Delete what no kept case has too; after the commit, so that a kill leaves files and never a row without."""
        with self.everywhere.begin() as work:
            found = work.retention.lone_files(one.case_id)
        return sum(self._delete_file(sha256) for sha256 in found)

    def _delete_file(self, sha256: str) -> bool:
        """Delete bytes that are nobody's, while nobody can be keeping the same bytes again."""
        with self.everywhere.begin() as work:
            work.case_files.delete_bytes(sha256)
            return work.retention.is_lone(sha256) and self.files.remove(sha256)


def run_of(work: UnitOfWork, actor: Actor, run_id: int) -> RetentionRun:
    """Return a run of the actor's office. Raises :class:`NoSuchRetentionRun`."""
    run = work.retention.run(run_id)
    if run is None or run.office_id != actor.office_id:
        en, zh = "There is no such run.", "没有该批次。"
        raise NoSuchRetentionRun(en, zh)
    return run


def check_not_recused(found: Sequence[Recusal], who: Words = YOU) -> None:
    """Raise :class:`RetentionRefused`, which names the cases, where there is one in which ``who`` takes no part."""
    if not found:
        return
    more = "" if len(found) <= _MOST_NAMED else " …"
    named_en = ", ".join(one.number for one in found[:_MOST_NAMED]) + more
    named_zh = "、".join(one.number_zh for one in found[:_MOST_NAMED]) + more
    en = f"{who.en} recused from {named_en}: another person prepares or approves a run with it."
    zh = f"{who.zh}已回避{named_zh}：含有该案的批次须由他人提出或者批准。"
    raise RetentionRefused(en, zh)
