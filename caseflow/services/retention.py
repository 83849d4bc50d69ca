"""Retention: what is personal of a case whose time is over is erased, by two persons; the record stays verifiable.

The party's name gives way to a pseudonym; contact, number and address, what the person submitted and was answered,
files, what papers said, reasons of reading and free text of steps are destroyed. What the record and the ledger are
sealed over (events, transfers) stays byte by byte.

Source: PIPL (2021) articles 19 and 47; how long is told by each workflow file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.retention import ERASED, LONGEST_REASON, OBSTACLES, pseudonym
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.duties import Matter, Part, check_duties, on_case
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.privacy import NAME, FieldCipher
from caseflow.services.ports.retention import (
    DueCase,
    Hold,
    Replaced,
    RetentionConflict,
    RetentionRun,
    RunCase,
)
from caseflow.services.ports.submissions import REASONS, TEXT
from caseflow.services.rulebook import Rulebook
from caseflow.services.submissions.content import Content

MOST_AT_ONCE: Final = 500
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


@dataclass(frozen=True)
class Carried:
    """What became of a run: cases erased by now, cases that the database kept and why, files deleted this time."""

    run: RetentionRun
    kept: Sequence[tuple[str, str]]
    files: int


@dataclass(frozen=True)
class Retentions:
    """The use cases of retention. ``everywhere`` sees every office: the bytes of a file are kept once for all."""

    store: Store
    everywhere: Store
    rules: Rulebook
    time: BusinessTime
    cipher: FieldCipher
    files: FileStore

    def due(self, actor: Actor, after: tuple[date, int] | None = None, limit: int = MOST_AT_ONCE) -> Sequence[DueCase]:
        """Return cases of the actor's office whose years are over, also those that something keeps.

        Raises ``NotPermitted`` (READ_RETENTION).
        """
        check_permission(actor, Permission.READ_RETENTION)
        self._publish_periods()
        with self.store.begin() as work:
            return work.retention.due(actor.office_id, after, limit)

    def holds(self, actor: Actor, below: int | None = None, limit: int = MOST_AT_ONCE) -> Sequence[Hold]:
        """Return the holds that did not end. Raises ``NotPermitted`` (READ_RETENTION)."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return work.retention.holds(actor.office_id, below, limit)

    def runs(self, actor: Actor, below: int | None = None, limit: int = MOST_AT_ONCE) -> Sequence[RetentionRun]:
        """Return the runs of the actor's office, newest first. Raises ``NotPermitted`` (READ_RETENTION)."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return work.retention.runs(actor.office_id, below, limit)

    def hold(self, actor: Actor, case_id: int, reason: str) -> int:
        """Keep a case whatever its age, for a reason; return the hold's id.

        Raises ``NotPermitted`` (HOLD_CASES), ``DutiesRefused``, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.HOLD_CASES)
        told = _reason(reason)
        with self.store.begin() as work:
            case = work.cases.load(case_id)
            if case is None or case.office_id != actor.office_id:
                raise _NO_CASE
            check_duties(actor, Permission.HOLD_CASES, (), on_case(case))
            event = self._event(actor, "legal_hold_placed", {"case": case.number, "reason": told})
            hold_id = work.retention.place(actor.office_id, case_id, told, event)
            if hold_id is None:
                en, zh = "The case is held already.", "该案件已处于留存状态。"
                raise RetentionRefused(en, zh)
            work.commit()
        return hold_id

    def end_hold(self, actor: Actor, hold_id: int, reason: str) -> None:
        """End a hold, for a reason. Raises ``NotPermitted`` (HOLD_CASES), :class:`RetentionRefused`."""
        check_duties(actor, Permission.HOLD_CASES)
        told = _reason(reason)
        with self.store.begin() as work:
            event = self._event(actor, "legal_hold_ended", {"hold": hold_id, "reason": told})
            if not work.retention.end(hold_id, actor.office_id, told, event):
                en, zh = "There is no such hold, or it ended.", "没有该留存，或者已经解除。"
                raise RetentionRefused(en, zh)
            work.commit()

    def prepare(self, actor: Actor, key: str, case_ids: Sequence[int] = ()) -> RetentionRun:
        """Prepare a run over these cases (none: all that may be erased now, at most ``MOST_AT_ONCE``).

        The same key again: the first run. Raises ``NotPermitted`` (PREPARE_RETENTION), :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.PREPARE_RETENTION)
        self._publish_periods()
        with self.store.begin() as work:
            if case_ids:
                chosen = work.retention.of_cases(actor.office_id, case_ids[:MOST_AT_ONCE])
            else:
                due = work.retention.due(actor.office_id, None, MOST_AT_ONCE)
                chosen = [one for one in due if one.obstacle is None]
            for one in chosen:
                if one.obstacle is not None:
                    words = OBSTACLES[one.obstacle]
                    en, zh = f"{one.number} is kept: {words.en}.", f"{one.number_zh}不得处理：{words.zh}。"
                    raise RetentionRefused(en, zh)
            if not chosen or len(set(case_ids)) > len(chosen):
                en, zh = "There is no case whose time is over.", "没有保存期满的案件。"
                raise RetentionRefused(en, zh)
            body = {"run": key, "cases": [one.number for one in chosen]}
            event = self._event(actor, "retention_prepared", body)
            run_id = work.retention.begin(actor.office_id, key, [one.case_id for one in chosen], event)
            run = _run(work, actor, run_id)
            work.commit()
        return run

    def approve(self, actor: Actor, run_id: int) -> RetentionRun:
        """Approve a run that another person prepared. Nothing is erased yet.

        Raises ``NotPermitted`` (APPROVE_RETENTION), ``DutiesRefused``, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as work:
            run = _run(work, actor, run_id)
            matter = Matter(had={Part.PREPARER: (run.prepared_by,)})
            check_duties(actor, Permission.APPROVE_RETENTION, (Part.CHECKER,), matter)
            if run.approved_by is None:
                work.retention.approve(run_id, self._event(actor, "retention_approved", {"run": run_id}))
                run = _run(work, actor, run_id)
                work.commit()
        return run

    def carry_out(
        self, actor: Actor, run_id: int, told: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Carried:
        """Erase what is left of an approved run, a transaction a case, and then the files; again: goes on.

        A case that has since come under a hold or has anything open stays as it is. ``told`` hears of cases looked at
        and of all. Raises ``NotPermitted`` (APPROVE_RETENTION), ``DutiesRefused``, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as work:
            run = _run(work, actor, run_id)
            cases = work.retention.cases(run_id)
        check_duties(
            actor, Permission.APPROVE_RETENTION, (Part.CHECKER,), Matter(had={Part.PREPARER: (run.prepared_by,)})
        )
        if run.approved_by is None:
            en, zh = "Another person approves the run first.", "须先由他人批准。"
            raise RetentionRefused(en, zh)
        kept, files = [], 0
        for place, one in enumerate(cases, start=1):
            try:
                if not one.done:
                    self._erase(actor, run, one)
            except RetentionConflict as conflict:
                kept.append((one.number, str(conflict)))
            else:
                files += self._delete_files(one)
            told(place, len(cases))
        with self.store.begin() as work:
            return Carried(_run(work, actor, run_id), kept, files)

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
            )
            body = {
                "case": one.number, "run": run.id, "regime": one.regime, "years": one.years,
                "due_on": one.due_on.isoformat(), "fields": list(FIELDS),
            }  # fmt: skip
            work.retention.erase(run.id, one.case_id, replaced, self._event(actor, "case_pseudonymised", body))
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

    def _publish_periods(self) -> None:
        """Keep the definitions of today in the database, which reckons by what it keeps."""
        with self.store.begin() as work:
            for definition in self.rules.definitions.values():
                self.rules.current(definition.regime, work)
            work.commit()

    def _event(self, actor: Actor, action: str, body: dict[str, Any]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)


_NO_CASE: Final = RetentionRefused("There is no such case.", "没有该案件。")


def _run(work: UnitOfWork, actor: Actor, run_id: int) -> RetentionRun:
    run = work.retention.run(run_id)
    if run is None or run.office_id != actor.office_id:
        en, zh = "There is no such run.", "没有该批次。"
        raise RetentionRefused(en, zh)
    return run


def _reason(raw: str) -> str:
    reason = plain_text(raw).strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        en, zh = f"Give the reason in 1 to {LONGEST_REASON} characters.", f"请填写理由，不超过{LONGEST_REASON}字。"
        raise RetentionRefused(en, zh)
    return reason
