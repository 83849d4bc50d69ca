"""Drafts what a referral's bundle holds from the case: its papers and files, ``referral.json``, pages, proofs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain import merkle
from caseflow.domain.bundle_contents import OBJECT, BundleEntry, ChosenFile, IssuedPaper, entries
from caseflow.domain.bundle_pages import INDEX_FILE, STATEMENT_FILE, index_page, statement_page
from caseflow.domain.bundle_seal import bundle_name
from caseflow.domain.case_files import PURPOSE_WORDS
from caseflow.domain.cases import Case
from caseflow.domain.clocks import explain
from caseflow.domain.paper_life import Paper, PaperStatus
from caseflow.domain.proofs import InclusionProof
from caseflow.domain.referral_document import (
    FORMAT,
    Both,
    Condition,
    Entry,
    File,
    Limit,
    Party,
    Posting,
    Referral,
    ReferralDocument,
    Statement,
    both,
)
from caseflow.domain.referrals import referral_conditions
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.services.added_charges import charge_to_date
from caseflow.services.ports import RecordStore
from caseflow.services.ports.case_files import CaseFile
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.referrals import BundlePart, CaseEvent, ReferralRow
from caseflow.services.sealed_record import proven_together
from caseflow.services.views import CaseHeader, StepRecord

PROOFS_FILE, DOCUMENT_FILE = "record/proofs.json", "referral.json"


@dataclass(frozen=True)
class BundleMatter:
    """Everything a bundle is drafted from. ``timeline`` is newest first, ``files`` are those chosen for the court."""

    rules: Rules
    case: Case
    header: CaseHeader
    timeline: Sequence[StepRecord]
    referral: ReferralRow
    papers: Sequence[Paper]
    files: Sequence[CaseFile]
    events: Sequence[CaseEvent]

    def step_on(self, seq: int) -> date:
        """Return when a step took effect."""
        return next(record.effective_on for record in self.timeline if record.seq == seq)


def unsealed_steps(events: Sequence[CaseEvent]) -> tuple[int, ...]:
    """Return the numbers of the steps whose events are not in the sealed log yet."""
    return tuple(event.step for event in events if event.place is None)


def draft_bundle(matter: BundleMatter, record: RecordStore, store: FileStore) -> tuple[str, tuple[BundlePart, ...]]:
    """Return the name and the parts of a bundle; the bytes of papers and files are opened when they are written.

    Nothing in it hangs on the clock: conditions and sums are those of the day on which the application was signed.
    """
    name = bundle_name(matter.case.number)
    found = entries(matter.rules, matter.case, _papers(matter), _files(matter))
    document = _document(matter, name, found)
    statement = statement_page(document)
    document = _with_statement(document, statement)
    pages = {
        DOCUMENT_FILE: document.to_bytes(),
        INDEX_FILE: index_page(document),
        STATEMENT_FILE: statement,
        PROOFS_FILE: _proofs(matter, record),
    }
    parts = [BundlePart(path, _plain(content)) for path, content in pages.items()]
    parts += [BundlePart(path, _stored(store, sha256)) for entry in found for path, _, sha256 in entry.files]
    return name, tuple(parts)


def _with_statement(document: ReferralDocument, statement: bytes) -> ReferralDocument:
    """Return the document with the statement in its place among the papers; the statement does not look at them."""
    title = Both(en="What is owed and paid, with its reckoning", zh="应缴、已缴款项及其计算")
    file = File(path=STATEMENT_FILE, language="", sha256=hashlib.sha256(statement).hexdigest())
    entry = Entry(group=OBJECT, title=title, number=None, issued_on=None, files=[file])
    place = sum(one.group < OBJECT for one in document.entries)
    return document.model_copy(update={"entries": [*document.entries[:place], entry, *document.entries[place:]]})


def _plain(content: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: (content,)


def _stored(store: FileStore, sha256: str) -> Callable[[], Iterable[bytes]]:
    return lambda: store.open(sha256)


def _papers(matter: BundleMatter) -> list[IssuedPaper]:
    documents = matter.rules.definition.documents
    return [
        IssuedPaper(
            id=paper.id,
            kind=paper.kind,
            title=documents[paper.kind].title,
            number=paper.number or Words("", ""),
            issued_on=paper.issued_on,
            # A paper that was issued before its step belongs to the step after which it was prepared.
            seq=paper.made_seq if paper.made_seq is not None else paper.case_seq + 1,
            pdf_sha256=paper.pdf_sha256,
        )
        for paper in matter.papers
        if paper.status is PaperStatus.ISSUED and paper.issued_on is not None and paper.kind in documents
    ]


def _files(matter: BundleMatter) -> list[ChosenFile]:
    return [
        ChosenFile(file.id, file.name, file.media_type, PURPOSE_WORDS[file.purpose], file.description, file.sha256)
        for file in matter.files
    ]


def _document(matter: BundleMatter, name: str, found: Sequence[BundleEntry]) -> ReferralDocument:
    case, header, row, definition = matter.case, matter.header, matter.referral, matter.rules.definition
    signed_on = matter.step_on(row.signed_seq)
    decided_on, served_on = case.dates.decision_date, case.dates.served_on
    assert decided_on is not None  # noqa: S101 - no application is signed without a decision that was served
    assert served_on is not None  # noqa: S101
    return ReferralDocument(
        format=FORMAT,
        bundle=name,
        office=Both(en=header.office_en, zh=header.office_zh),
        case=Both(en=header.number, zh=header.number_zh),
        regime=both(definition.title),
        party=Party(kind=both(definition.subject_title(case.party_kind)), name=header.party_name),
        referral=Referral(
            decision_no=row.decision_no,
            decided_on=decided_on,
            served_on=served_on,
            signed_on=signed_on,
            filed_on=row.filed_on,
            court=row.court,
        ),
        conditions=_conditions(matter, signed_on),
        statement=_statement(matter, signed_on),
        limits=_limits(matter),
        entries=[_entry(entry) for entry in found],
        proofs=PROOFS_FILE,
    )


def _entry(entry: BundleEntry) -> Entry:
    return Entry.model_validate(
        {
            "group": entry.group,
            "title": both(entry.title),
            "number": both(entry.number) if entry.number else None,
            "issued_on": entry.issued_on,
            "files": [File.model_validate({"path": p, "language": lang, "sha256": h}) for p, lang, h in entry.files],
        }
    )


def _conditions(matter: BundleMatter, signed_on: date) -> list[Condition]:
    # Judged as the case stands, so once it is filed the last one no longer holds: it was referred.
    return [
        Condition(
            code=one.code,
            title=both(one.title),
            holds=one.holds,
            words=both(one.words),
            on=one.on,
            source=both(one.cite.text) if one.cite else None,
            checked=one.checked.status if one.checked else None,
        )
        for one in referral_conditions(matter.rules, matter.case, signed_on)
        if one.code != "not_referred"
    ]


def _statement(matter: BundleMatter, signed_on: date) -> Statement:
    money = matter.case.money
    sheet = charge_to_date(matter.rules, matter.case, list(matter.timeline), signed_on)
    oldest_first = sorted(matter.timeline, key=lambda record: record.seq)
    return Statement(
        assessed_fen=money.assessed_fen,
        charged_fen=money.charged_fen,
        collected_fen=money.collected_fen,
        refunded_fen=money.refunded_fen,
        written_off_fen=money.written_off_fen,
        outstanding_fen=money.outstanding_fen,
        principal_open_fen=money.principal_open_fen,
        charge_open_fen=money.charge_open_fen,
        postings=[
            Posting(step=record.seq, on=record.effective_on, event=one["event"], amount_fen=one["amount_fen"])
            for record in oldest_first
            if not record.taken_back
            for one in record.postings
        ],
        reckoning=None if sheet is None else sheet.to_json(),
    )


def _limits(matter: BundleMatter) -> list[Limit]:
    decided_on = matter.case.dates.decision_date
    return [
        Limit(
            rule=clock.rule_id,
            title=both(clock.reckoning.title),
            status=clock.status,
            begins_on=clock.reckoning.trigger_on,
            ends_on=clock.due_on,
            why=[
                Both(en=en, zh=zh)
                for en, zh in zip(explain(clock.reckoning, "en"), explain(clock.reckoning, "zh"), strict=True)
            ],
            source=both(clock.reckoning.cite.text),
            checked=clock.reckoning.checked.status,
        )
        for clock in matter.case.clocks
        if decided_on is not None and clock.reckoning.trigger_on >= decided_on
    ]


def _proofs(matter: BundleMatter, record: RecordStore) -> bytes:
    """Return the proofs of the case's events under one head, and what was recorded from the decision on.

    What was recorded before it is investigation: its hash proves it, its words stay in the office.
    """
    events = [event for event in matter.events if event.place is not None]
    proofs = proven_together(record, [(event.event_id, event.place or 0, event.leaf) for event in events])
    listed = []
    for event, proof in zip(events, proofs, strict=True):
        shown = event.step >= matter.referral.decision_seq and merkle.leaf_hash(event.canonical) == event.leaf
        stated = {"record": event.canonical.decode()} if shown else {}
        listed.append({"step": event.step, "text": proof.text(), "path": [one.hex() for one in proof.path], **stated})
    head = _head(proofs)
    value = {"format": "caseflow-bundle-proofs/1", "head": head, "proofs": listed}
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _head(proofs: Sequence[InclusionProof]) -> object:
    return proofs[0].head.to_json() if proofs else None
