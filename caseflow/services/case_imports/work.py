"""The work at an import, here or in the background: judging its rows, and writing its cases in one transaction.

Whoever works holds a lock of the database that ends with the process, so what a killed process left is taken up by the
next one from its beginning: nothing of it was written. Progress is written beside that transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from types import MappingProxyType

from caseflow.domain.access import Actor, NotPermitted, Permission, check_permission
from caseflow.domain.casebook.imports import Fate, ImportState, Phase
from caseflow.domain.casebook.judging import numbers_in
from caseflow.domain.casebook.rows import Grade, JudgedRow
from caseflow.domain.words import Words
from caseflow.services.case_imports.desk import ImportDesk, Told, untold
from caseflow.services.case_imports.plans import BookFile, FileUnreadable, ImportRefused
from caseflow.services.case_imports.rows import OfficeKnown, cells_of, count_fates, final_rows, opened_cells, sealed_row
from caseflow.services.case_imports.sheets import OpenedBook, Tally, judged, kept_book, open_book
from caseflow.services.case_imports.taken_numbers import (
    Fallen,
    NumberTaken,
    fallen_row,
    may_fall,
    taken_number,
    without_taken,
)
from caseflow.services.cycle_collector import nothing_collected
from caseflow.services.imported_history import Book, NumberReported
from caseflow.services.ports import LedgerRefused, Store, UnitOfWork
from caseflow.services.ports.case_imports import Change, StoredImport
from caseflow.services.ports.files import FileDamaged

# A file up to this size is judged and written while its sender waits (a second or two).
SMALL_BYTES = 192 * 1024
# How often an import is begun before somebody is asked to look: each time the process ended in the middle of it.
MOST_TRIES = 12
_AT_ONCE = 10
_ALL_ROWS = 1 << 30
_BEAT_SECONDS = 0.7
_GIVEN_UP = Words(
    "The work on this import ended before its end again and again, and nothing was written. Try a smaller file, or ask "
    "whoever runs caseflow to look into the log.",
    "该导入多次中断，未写入任何内容。请拆分文件后重试，或请系统管理人员查看日志。",
)


@dataclass(frozen=True)
class ImportWork:
    """What is done to imports that are to be checked or committed. Any number of processes may do it at once."""

    desk: ImportDesk

    def work_waiting(self, told: Told = untold) -> int:
        """Take up what waits and nobody is at; return how many imports were worked on."""
        with self.desk.store.begin() as work:
            waiting = work.case_imports.at_work(_AT_ONCE)
        return sum(self.work_at(office_id, import_id, told) for office_id, import_id in waiting)

    def work_at(self, office_id: int, import_id: int, told: Told = untold) -> bool:
        """Check or commit one import; return False where there is nothing to do or another process is at it."""
        try:
            done = without_taken(lambda fallen: self._tried(office_id, import_id, told, fallen))
        except _Refused as ended:
            self._give_back(ended.stored, ended.refusal)
            done = True
        if done:
            self._rest(import_id)
        return done

    def _tried(self, office_id: int, import_id: int, told: Told, fallen: Fallen) -> bool:
        """Do it in one transaction. Raises :class:`_Refused`, ``NumberTaken`` (a row not among ``fallen``)."""
        with self.desk.store.begin() as work, nothing_collected():
            if not work.case_imports.take(import_id):
                return False
            stored = work.case_imports.get(office_id, import_id)
            if stored is None or stored.state not in (ImportState.CHECKING, ImportState.COMMITTING):
                return False
            try:
                self._begin(stored.id)
                if stored.state is ImportState.CHECKING:
                    self._check(work, stored, _Beat(self.desk, import_id, told).tell)
                else:
                    self._commit(work, stored, _Beat(self.desk, import_id, told).tell, fallen)
                work.commit()
            except NumberTaken as taken:
                if may_fall(taken, fallen):
                    raise
                raise _Refused(stored, taken) from taken
            except ImportRefused as refusal:
                raise _Refused(stored, refusal) from refusal
        return True

    def _begin(self, import_id: int) -> None:
        with self.desk.store.begin() as work:
            tries = work.case_imports.note_try(import_id)
            work.commit()
        if tries > MOST_TRIES:
            raise ImportRefused(("", _GIVEN_UP))

    def _rest(self, import_id: int) -> None:
        with self.desk.store.begin() as work:
            work.case_imports.note_progress(import_id, None, 0, 0)
            work.commit()

    def _give_back(self, stored: StoredImport, refusal: ImportRefused) -> None:
        """Put an import back where a person decides what to do, or end it as no casebook: nothing of it was written."""
        checking, words = stored.state is ImportState.CHECKING, joined(refusal)
        change = Change(ImportState.ENTERED if checking else ImportState.CHECKED, fault=words)
        action = "casebook_import_given_back"
        if isinstance(refusal, FileUnreadable) and stored.read is None:
            # As a small file is refused at the door: there is nothing to choose columns of.
            change = Change(ImportState.DROPPED, fault=words, fates={}, finished=True)
            action = "casebook_refused"
        with self.desk.store.begin() as work:
            actor = _member(work, stored.entered_by if checking else stored.committed_by)
            event = self.desk.event(actor, action, stored.id, {"why": words.en})
            if work.case_imports.change(stored.id, [stored.state], change, event):
                work.commit()

    def _check(self, work: UnitOfWork, stored: StoredImport, told: Told) -> None:
        desk, imports = self.desk, work.case_imports
        told(Phase.READING, 0, 0)
        actor = _member(work, stored.entered_by)
        opened = open_book(desk, self.kept_file(work, stored), lambda sha256: imports.columns(stored.office_id, sha256))
        regime = opened.definition.regime
        if opened.faults:
            words = [fault.words for fault in opened.faults]
            fault = Words(" ".join(one.en for one in words), "".join(one.zh for one in words))
            event = desk.event(actor, "casebook_columns_wanted", stored.id, {"columns": len(words)})
            change = Change(ImportState.ENTERED, fault=fault, regime=regime, read=opened.kept)
            imports.change(stored.id, [ImportState.CHECKING], change, event)
            return
        known = _known(work, desk, stored.office_id, opened)
        tally, cells = Tally(opened), cells_of(opened)

        def kept(row: JudgedRow) -> JudgedRow:
            tally.add(row)
            return row

        imports.replace_rows(
            stored.id,
            (
                sealed_row(desk, stored.id, kept(row), cells[row.number], Fate.WAITING)
                for row in judged(desk, opened, known, told)
            ),
        )
        totals = asdict(tally.totals)
        event = desk.event(actor, "casebook_checked", stored.id, {"regime": regime, **totals})
        change = Change(
            ImportState.CHECKED,
            regime=regime,
            read=opened.kept,
            totals=totals,
            fates={Fate.WAITING.value: tally.totals.rows},
        )
        if not imports.change(stored.id, [ImportState.CHECKING], change, event):
            raise ImportRefused(("", Words("It was dropped meanwhile.", "期间已被放弃。")))

    def _commit(self, work: UnitOfWork, stored: StoredImport, told: Told, fallen: Fallen) -> None:
        desk, imports = self.desk, work.case_imports
        actor = _member(work, stored.committed_by)
        imports.lock_office(stored.office_id)
        kept = imports.rows(stored.id, fate=Fate.WAITING, limit=_ALL_ROWS)
        cells = {row.number: opened_cells(desk, stored.id, row)[0] for row in kept}
        opened = reopened(desk, stored, cells)
        found, known, tally = look(work, desk, stored.office_id, opened, told, fallen)
        totals = asdict(tally.totals) | {"left_out_lines": stored.totals.get("left_out_lines", 0)}
        errors = tally.totals.error
        if errors and not stored.good_rows_only:
            imports.replace_rows(
                stored.id, [sealed_row(desk, stored.id, row, cells[row.number], Fate.WAITING) for row in found]
            )
            event = desk.event(actor, "casebook_commit_refused", stored.id, {"errors": errors})
            fault = Words(
                f"Since the rows were checked, {errors} of them have come to have errors; nothing was written.",
                f"核对之后，有{errors}行出现错误；未写入任何内容。",
            )
            change = Change(ImportState.CHECKED, fault=fault, totals=totals)
            imports.change(stored.id, [ImportState.COMMITTING], change, event)
            return
        case_ids = write_cases(work, desk, actor, Book(opened.definition.regime, stored.name, stored.id), found, told)
        final = list(
            final_rows(desk, stored.id, known, [(row, cells[row.number]) for row in found], case_ids),
        )
        imports.replace_rows(stored.id, final)
        fates = count_fates(final)
        event = desk.event(actor, "casebook_committed", stored.id, {"regime": opened.definition.regime, **totals})
        change = Change(ImportState.COMMITTED, totals=totals, fates=fates, finished=Fate.QUARANTINED.value not in fates)
        imports.change(stored.id, [ImportState.COMMITTING], change, event)

    def kept_file(self, work: UnitOfWork, stored: StoredImport) -> BookFile:
        """Return the file of an import with what was asked for it.

        Raises :class:`ImportRefused`: its bytes are gone, or no key opens them.
        """
        refusal = ImportRefused(
            ("file", Words("The kept file cannot be opened: enter it again.", "留存的文件无法打开：请重新上传。"))
        )
        sealed = work.case_imports.file(stored.id)
        if sealed is None:
            raise refusal
        try:
            content = self.desk.files.open(sealed)
        except FileDamaged as damage:
            raise refusal from damage
        asked = stored.asked
        return BookFile(
            stored.name, content, asked.get("regime"), asked.get("columns"), asked.get("encoding"), asked.get("sheet")
        )


def imports_wait(store: Store) -> bool:
    """Tell whether an import is to be checked or committed that nobody is at."""
    with store.begin() as work:
        return any(work.case_imports.take(import_id) for _office, import_id in work.case_imports.at_work(_AT_ONCE))


def reopened(desk: ImportDesk, stored: StoredImport, cells: Mapping[int, Mapping[str, str]]) -> OpenedBook:
    """Return kept rows as a book. Raises :class:`ImportRefused` where the regime is gone."""
    definition = desk.books(stored.regime or "")[stored.regime or ""]
    return kept_book(definition, stored.read or {}, list(cells.items()))


def look(
    work: UnitOfWork,
    desk: ImportDesk,
    office_id: int,
    opened: OpenedBook,
    told: Told = untold,
    fallen: Fallen = MappingProxyType({}),
) -> tuple[list[JudgedRow], OfficeKnown, Tally]:
    """Judge the rows of a book as the office stands now; ``fallen`` are at fault in any case."""
    known, tally = _known(work, desk, office_id, opened), Tally(opened)
    found = [fallen_row(opened, row, fallen) for row in judged(desk, opened, known, told)]
    for row in found:
        tally.add(row)
    return found, known, tally


def write_cases(
    work: UnitOfWork, desk: ImportDesk, actor: Actor, book: Book, found: Sequence[JudgedRow], told: Told = untold
) -> Mapping[int, int]:
    """Write the good rows that are no cases yet; return the case of each by its row number.

    Raises :class:`ImportRefused` (``NumberTaken`` among them), after which nothing of the transaction may be kept.
    """
    new = [row for row in found if row.reported is not None and row.grade is not Grade.ERROR and not row.known]
    if not new:
        return {}
    told(Phase.WRITING, 0, len(new))
    try:
        check_permission(actor, Permission.IMPORT_CASES)
        written = desk.history.write(work, actor, book, new, lambda done: told(Phase.WRITING, done, len(new)))
    except NotPermitted as refusal:
        words = Words("Whoever asked for it may not import cases any more.", "提交人已无导入权限。")
        raise ImportRefused(("", words)) from refusal
    except NumberReported as refusal:
        raise taken_number(desk.books(book.regime)[book.regime], new, refusal) from refusal
    except LedgerRefused as refusal:
        raise ImportRefused(("", refusal.words)) from refusal
    return written.case_ids


def _known(work: UnitOfWork, desk: ImportDesk, office_id: int, opened: OpenedBook) -> OfficeKnown:
    rules = desk.rules(opened.definition)
    numbers = numbers_in(opened.sheet, opened.columns, rules)
    return OfficeKnown.load(work, desk, office_id, numbers, rules.definition.number)


def joined(refusal: ImportRefused) -> Words:
    """Return everything that was refused as one text."""
    words = [one for _field, one in refusal.faults]
    return Words(" ".join(one.en for one in words), "".join(one.zh for one in words))


def _member(work: UnitOfWork, staff_id: int | None) -> Actor:
    member = work.staff.by_id(staff_id) if staff_id is not None else None
    if member is None:
        message = f"an import of nobody ({staff_id})"
        raise LookupError(message)
    return member.actor


class _Refused(Exception):
    """What was to be done to an import cannot be done, and somebody must be told."""

    def __init__(self, stored: StoredImport, refusal: ImportRefused) -> None:
        self.stored, self.refusal = stored, refusal
        super().__init__(str(refusal))


class _Beat:
    """Tells how far the work is: every time to whoever asked, now and then to the database."""

    def __init__(self, desk: ImportDesk, import_id: int, told: Told) -> None:
        self._desk, self._import_id, self._told = desk, import_id, told
        self._beat_at = float("-inf")
        self._phase: Phase | None = None

    def tell(self, phase: Phase, done: int, total: int) -> None:
        """Tell; the database at each new phase, and else no oftener than it can be looked at."""
        self._told(phase, done, total)
        now = monotonic()
        if phase is not self._phase or now - self._beat_at >= _BEAT_SECONDS:
            self._beat_at, self._phase = now, phase
            with self._desk.store.begin() as work:
                work.case_imports.note_progress(self._import_id, phase, done, total)
                work.commit()
