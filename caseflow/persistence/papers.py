"""Papers in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.paper_life import Paper, PaperStatus, Person
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence.opening import opened
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.documents import TemplateSources
from caseflow.services.ports.papers import INPUTS, Issue, NewPaper, PaperChange, PaperLine, PaperRefused
from caseflow.services.ports.privacy import FieldCipher

_SELECT = """
select p.*, d.name_en as drafter_en, d.name_zh as drafter_zh, u.name_en as submitter_en, u.name_zh as submitter_zh,
       r.name_en as reviewer_en, r.name_zh as reviewer_zh, b.name_en as returner_en, b.name_zh as returner_zh,
       i.name_en as issuer_en, i.name_zh as issuer_zh, x.id as corrected_by, x.number_en as corrected_en,
       x.number_zh as corrected_zh
  from paper p join staff d on d.id = p.drafted_by left join staff u on u.id = p.submitted_by
  left join staff r on r.id = p.reviewed_by left join staff b on b.id = p.returned_by
  left join staff i on i.id = p.issued_by left join paper x on x.corrects_id = p.id and x.status = 'issued'
"""
_ADD = text("""
insert into paper (case_id, office_id, kind, key, status, version, texts, drafted_by, drafted_at, writers, case_seq,
                   made_seq, corrects_id, correction_reason, foretold)
values (:case_id, :office_id, :kind, :key, 'draft', 1, cast(:texts as jsonb), :by, :at, array[cast(:by as integer)],
        :case_seq, :made_seq, :corrects_id, :correction_reason, cast(:foretold as jsonb))
returning id
""")
_CHANGE = text("""
update paper set version = version + 1, status = :status, texts = coalesce(cast(:texts as jsonb), texts),
       foretold = coalesce(cast(:foretold as jsonb), foretold),
       writers = case when cast(:writer as integer) is null or :writer = any(writers) then writers
                      else writers || cast(:writer as integer) end,
       made_seq = coalesce(:made_seq, made_seq),
       submitted_by = case when :status = 'in_review' then :by else submitted_by end,
       submitted_at = case when :status = 'in_review' then :at else submitted_at end,
       reviewed_by = case :status when 'reviewed' then :by when 'draft' then null else reviewed_by end,
       reviewed_at = case :status when 'reviewed' then cast(:at as timestamptz) when 'draft' then null
                     else reviewed_at end,
       reviewed_hash = case :status when 'reviewed' then :reviewed_hash when 'draft' then null else reviewed_hash end,
       returned_by = case when :status = 'draft' and status = 'in_review' and not (:by = any(writers)) then :by
                          when :status = 'draft' then returned_by end,
       review_note = case when :status = 'reviewed' or (:status = 'draft' and status <> 'draft') then :note
                          else review_note end
 where id = :id and version = :version
""")
_ISSUE = text("""
update paper set version = version + 1, status = 'issued', issued_by = :by, issued_at = :at, issued_on = :on,
       number_en = :number_en, number_zh = :number_zh, mark = :mark, number_year = :year, serial = :serial,
       case_seq = :case_seq, made_seq = :made_seq, inputs_sealed = :inputs_sealed, template_hash = :template_hash,
       training = :training, pdf_zh_sha256 = :pdf_zh, pdf_en_sha256 = :pdf_en
 where id = :id and version = :version
""")
_KEEP_TEMPLATE = text(
    "insert into paper_template (hash, main, files) values (:hash, :main, cast(:files as jsonb)) on conflict do nothing"
)
_DRAW = text("""
insert into paper_serial (office_id, mark, year, last) values (:office, :mark, :year, 1)
on conflict (office_id, mark, year) do update set last = paper_serial.last + 1 returning last
""")
_TO_REVIEW = text("""
select p.id, p.case_id, p.kind, c.definition_hash, c.number, c.number_zh, y.id as party_id, y.name_sealed, s.name_en,
       s.name_zh, p.submitted_at
  from paper p join cases c on c.id = p.case_id join party y on y.id = c.party_id join staff s on s.id = p.submitted_by
 where p.office_id = :office and p.status = 'in_review' and p.id > :after order by p.id limit :limit
""")
_FORETOLD = text("""
select distinct on (kind) kind, number_en, number_zh, foretold from paper
 where case_id = :case and status = 'issued' and made_seq is null and kind = any(:kinds) order by kind, id desc
""")
_NUMBER_TAKEN = Words(
    "Another paper of the office has this number: correct the number in the case, or the mark in the regime's file.",
    "本单位已有文书使用该文号：请更正案件中的文号，或者修改流程文件中的文书字号。",
)
_REFUSALS: Mapping[str, Words] = {
    "uq_paper_under_way": Words(
        "A paper of this kind is under way on the case already.", "本案同类文书已有一份正在办理。"
    ),
    "uq_paper_correction": Words("This paper is being corrected already.", "该文书已在更正中。"),
    "uq_paper_office_id_number_en": _NUMBER_TAKEN,
    "uq_paper_office_id_number_zh": _NUMBER_TAKEN,
    "ck_paper_reviewed_by_other_eyes": Words("Whoever wrote in a paper does not review it.", "文书不得由撰写人审核。"),
    "paper_reviewer": Words("A reviewer or an approver reviews.", "文书由法制审核人员或审批人审核。"),
}
_MOST_OF_A_CASE = 500


class Papers:
    """Fulfils :class:`caseflow.services.ports.papers.PaperStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames, cipher: FieldCipher) -> None:
        self._connection = connection
        self._names = names
        self._cipher = cipher

    def get(self, office_id: int, paper_id: int) -> Paper | None:
        """Return a paper of the office."""
        return self._one(" where p.office_id = :office and p.id = :id", {"office": office_id, "id": paper_id})

    def by_key(self, office_id: int, key: str) -> Paper | None:
        """Return the paper that was begun under this idempotency key."""
        return self._one(" where p.office_id = :office and p.key = :key", {"office": office_id, "key": key})

    def of_case(self, case_id: int) -> Sequence[Paper]:
        """Return the papers of a case but for dropped ones, newest first."""
        return self._many(
            " where p.case_id = :case and p.status <> 'dropped' order by p.id desc limit :limit",
            {"case": case_id, "limit": _MOST_OF_A_CASE},
        )

    def to_review(self, office_id: int, *, after_id: int | None, limit: int) -> Sequence[PaperLine]:
        """Return the papers that wait for a review, the longest waiting first."""
        rows = self._connection.execute(_TO_REVIEW, {"office": office_id, "after": after_id or 0, "limit": limit})
        return [
            PaperLine(
                row.id,
                row.case_id,
                row.kind,
                row.definition_hash,
                Words(row.number, row.number_zh),
                self._names.name(row.party_id, row.name_sealed),
                Words(row.name_en, row.name_zh),
                row.submitted_at,
            )
            for row in rows
        ]

    def issued_after(self, after_id: int, case_id: int | None, limit: int) -> Sequence[Paper]:
        """Return issued papers (of one case, or of all) in order of their ids."""
        of_case = "" if case_id is None else " and p.case_id = :case"
        return self._many(
            f" where p.status = 'issued' and p.id > :after{of_case} order by p.id limit :limit",
            {"after": after_id, "limit": limit, **({} if case_id is None else {"case": case_id})},
        )

    def add(self, office_id: int, new: NewPaper, event: AuditEvent) -> int:
        """Write a draft; return its id."""
        written = {"texts": _json(new.texts), "foretold": _json(new.foretold)}
        parameters = {**vars(new), **written, "office_id": office_id, "by": event.actor_id}
        with _paper_errors():
            paper_id: int = self._connection.execute(_ADD, {**parameters, "at": event.at}).scalar_one()
            audit.write(self._connection, event)
        return paper_id

    def change(self, paper: Paper, change: PaperChange, event: AuditEvent) -> bool:
        """Write what becomes of a paper if it still is at ``paper.version``; return whether it was."""
        parameters = {
            **vars(change),
            "status": change.status.value,
            "texts": None if change.texts is None else _json(change.texts),
            "foretold": None if change.foretold is None else _json(change.foretold),
            "id": paper.id,
            "version": paper.version,
        }
        with _paper_errors():
            if self._connection.execute(_CHANGE, parameters).rowcount != 1:
                return False
            audit.write(self._connection, event)
        return True

    def next_serial(self, office_id: int, mark: str, year: int) -> int:
        """Return the number that would be drawn next; it is not drawn."""
        last: int | None = self._connection.execute(
            text("select last from paper_serial where office_id = :office and mark = :mark and year = :year"),
            {"office": office_id, "mark": mark, "year": year},
        ).scalar_one_or_none()
        return (last or 0) + 1

    def draw_serial(self, office_id: int, mark: str, year: int) -> int:
        """Draw the next number, without gaps (given back when the transaction is rolled back)."""
        drawn: int = self._connection.execute(_DRAW, {"office": office_id, "mark": mark, "year": year}).scalar_one()
        return drawn

    def hold_case(self, case_id: int, version: int) -> bool:
        """Keep steps from the case until this transaction ends; return whether it still is at ``version``."""
        held = self._connection.execute(
            text("select version from cases where id = :id for share"), {"id": case_id}
        ).scalar_one_or_none()
        return held == version

    def issue(self, paper: Paper, issue: Issue, event: AuditEvent) -> bool:
        """Issue a paper if it still is at ``paper.version``; return whether it was."""
        sources, number = issue.sources, issue.number
        kept = {"hash": sources.hash, "main": sources.main, "files": _json(sources.files)}
        parameters = {
            "id": paper.id,
            "version": paper.version,
            "by": issue.by,
            "at": issue.at,
            "on": issue.on,
            "number_en": number.words.en,
            "number_zh": number.words.zh,
            "mark": number.mark,
            "year": number.year,
            "serial": number.serial,
            "case_seq": issue.case_seq,
            "made_seq": issue.made_seq,
            "inputs_sealed": self._cipher.seal(INPUTS, paper.id, _json(issue.inputs)),
            "template_hash": sources.hash,
            "training": issue.training,
            "pdf_zh": issue.pdf_sha256["zh"],
            "pdf_en": issue.pdf_sha256["en"],
        }
        with _paper_errors():
            self._connection.execute(_KEEP_TEMPLATE, kept)
            if self._connection.execute(_ISSUE, parameters).rowcount != 1:
                return False
            audit.write(self._connection, event)
        return True

    def template(self, template_hash: str) -> TemplateSources | None:
        """Return the sources kept under a hash."""
        row = self._connection.execute(
            text("select hash, main, files from paper_template where hash = :hash"), {"hash": template_hash}
        ).one_or_none()
        return None if row is None else TemplateSources(row.hash, row.main, row.files)

    def foretold_of(self, case_id: int, kinds: Collection[str]) -> Sequence[tuple[str, Words, Mapping[str, Any]]]:
        """Return kind, number and foretold answers of the newest paper of each kind issued before its step."""
        rows = self._connection.execute(_FORETOLD, {"case": case_id, "kinds": sorted(kinds)})
        return [(row.kind, Words(row.number_en, row.number_zh), row.foretold) for row in rows]

    def names(self, staff_ids: Collection[int]) -> Mapping[int, Words]:
        """Return the names of members of staff by id."""
        rows = self._connection.execute(
            text("select id, name_en, name_zh from staff where id = any(:ids)"), {"ids": sorted(staff_ids)}
        )
        return {row.id: Words(row.name_en, row.name_zh) for row in rows}

    def _one(self, condition: str, parameters: Mapping[str, Any]) -> Paper | None:
        # The conditions are literals of this class, here and below.
        row = self._connection.execute(text(_SELECT + condition), parameters).one_or_none()  # nosemgrep: sql-by-string
        return None if row is None else self._paper(row)

    def _many(self, condition: str, parameters: Mapping[str, Any]) -> Sequence[Paper]:
        rows = self._connection.execute(text(_SELECT + condition), parameters)  # nosemgrep: sql-by-string
        return [self._paper(row) for row in rows]

    def _paper(self, row: Any) -> Paper:
        is_issued = row.status == PaperStatus.ISSUED.value
        told = opened(self._cipher, INPUTS, row.id, row.inputs_sealed) if is_issued else None
        return _paper(row, {} if told is None else json.loads(told), is_shut=is_issued and told is None)


def _json(value: Any) -> str:
    return json.dumps(value if not isinstance(value, Mapping) else dict(value), ensure_ascii=False)


def _paper(row: Any, inputs: Mapping[str, Any], *, is_shut: bool) -> Paper:
    return Paper(
        id=row.id,
        case_id=row.case_id,
        office_id=row.office_id,
        kind=row.kind,
        status=PaperStatus(row.status),
        version=row.version,
        texts=row.texts,
        foretold=row.foretold,
        drafter=Person(row.drafted_by, Words(row.drafter_en, row.drafter_zh)),
        drafted_at=row.drafted_at,
        writers=frozenset(row.writers),
        case_seq=row.case_seq,
        made_seq=row.made_seq,
        submitted_at=row.submitted_at,
        submitted_by=_person(row.submitted_by, row.submitter_en, row.submitter_zh),
        reviewer=_person(row.reviewed_by, row.reviewer_en, row.reviewer_zh),
        reviewed_at=row.reviewed_at,
        reviewed_hash=row.reviewed_hash,
        returned_by=_person(row.returned_by, row.returner_en, row.returner_zh),
        review_note=row.review_note,
        issuer=_person(row.issued_by, row.issuer_en, row.issuer_zh),
        issued_at=row.issued_at,
        issued_on=row.issued_on,
        number=None if row.number_en is None else Words(row.number_en, row.number_zh),
        inputs=inputs,
        is_shut=is_shut,
        template_hash=row.template_hash,
        training=bool(row.training),
        pdf_sha256={} if row.pdf_zh_sha256 is None else {"zh": row.pdf_zh_sha256, "en": row.pdf_en_sha256},
        corrects_id=row.corrects_id,
        correction_reason=row.correction_reason,
        corrected_by=row.corrected_by,
        corrected_number=None if row.corrected_by is None else Words(row.corrected_en, row.corrected_zh),
    )


def _person(staff_id: int | None, name_en: str, name_zh: str) -> Person | None:
    return None if staff_id is None else Person(staff_id, Words(name_en, name_zh))


@contextmanager
def _paper_errors() -> Iterator[None]:
    """Turn a used key into ``AlreadyWritten`` and a broken rule into ``PaperRefused``."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
        if name in ("uq_paper_key", "uq_audit_event_key"):
            raise AlreadyWritten from error
        if name is not None and name in _REFUSALS:
            raise PaperRefused(("", _REFUSALS[name])) from error
        raise
