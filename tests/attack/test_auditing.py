"""Plain SQL against samples and findings, as the application's own role: the database itself must refuse."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest

from caseflow.config import APPLICATION_ROLE, DATABASE_ROLES
from caseflow.domain.findings import About, Note, Severity, Subject
from caseflow.domain.ledger import Account, Line
from caseflow.domain.sampling import Method
from caseflow.services.findings import AddNote, RaiseFinding
from caseflow.services.ledger import Posting
from caseflow.services.ports.auditing import Population, Verdict
from caseflow.services.samples import DrawSample
from tests.attack.roles import role_connection
from tests.office import Office
from tests.sealed import settle

TABLES = ("sample", "sample_item", "sample_verdict", "finding", "finding_note")
COLUMNS = {
    "sample": "seed",
    "sample_item": "hits",
    "sample_verdict": "verdict",
    "finding": "text",
    "finding_note": "text",
}
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError, psycopg.errors.FeatureNotSupported)
SAMPLE = (
    "insert into sample (office_id, key, purpose, line, method, operation, booked_from, booked_to, below_xid, "
    "population_count, population_fen, size, item_count, seed, drawn_by, drawn_on, drawn_at) "
    "select office_id, {key}, purpose, {line}, method, operation, booked_from, booked_to, {below}, {count}, {fen}, "
    "size, {items}, seed, {by}, drawn_on, drawn_at from sample where key <> 'other' limit 1"
)
ITEMS = (
    "insert into sample_item select (select {which}(id) from sample), no + {shift}, transfer_id, hits, certain "
    "from sample_item where sample_id = (select min(id) from sample)"
)
FINDING = (
    "insert into finding (office_id, number, key, about, transfer_id, entry_key, receipt_number, case_id, title, text, "
    "severity, reply_due_on, raised_by, raised_on, raised_at) select office_id, 99, 'other', {about}, {transfer}, "
    "{entry}, {receipt}, {case}, title, text, {severity}, reply_due_on, {by}, raised_on, raised_at from finding"
)
NOTE = (
    "insert into finding_note (finding_id, seq, key, kind, text, due_on, written_by, written_on, written_at) "
    "select id, {seq}, 'other', '{kind}', 'x', {due}, {by}, raised_on, raised_at from finding"
)


@dataclass
class Audited:
    """An office with a sample that was judged and a finding that was replied to."""

    office: Office
    auditor: int
    supervisor: int


@pytest.fixture
def audited(office: Office) -> Audited:
    application, actors = office.application, office.actors
    bank, suspense = Account("1201", "collecting_bank"), Account("2103", "suspense")
    for fen in (500, 700, 900):
        posting = Posting(f"in:{uuid.uuid4()}", Line.INCOME, [("suspend", bank, suspense, fen)])
        application.ledger.post(actors["cashier"], posting)
    settle(office.database_url)
    population = Population(Line.INCOME, None, date(2026, 1, 1), date(2026, 12, 31))
    sample_id = application.samples.draw(
        actors["auditor"], DrawSample("All", population, Method.RANDOM, 2, str(uuid.uuid4()))
    )
    application.samples.judge(actors["auditor"], sample_id, [Verdict(1, "ok", "")], idempotency_key=str(uuid.uuid4()))
    asked = RaiseFinding(Subject(About.GENERAL), "T", "Text", Severity.LOW, date(2026, 4, 1), str(uuid.uuid4()))
    finding_id = application.findings.raise_one(actors["auditor"], asked)
    application.findings.add(actors["supervisor"], AddNote(finding_id, Note.REPLY, "Reply", 0, str(uuid.uuid4())))
    return Audited(office, actors["auditor"].id, actors["supervisor"].id)


def as_role(audited: Audited, role: str, attack: str) -> None:
    with role_connection(audited.office, role) as connection:
        connection.execute(attack)
        connection.commit()


def refused(audited: Audited, attack: str, role: str = APPLICATION_ROLE) -> None:
    before = fingerprint(audited)
    with pytest.raises(REFUSED):
        as_role(audited, role, attack)
    assert fingerprint(audited) == before


def fingerprint(audited: Audited) -> list[tuple[object, ...]]:
    with psycopg.connect(audited.office.database_url) as connection:
        return [
            row
            for table in TABLES
            for row in connection.execute(
                f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
        ]


ATTACKS = ("update {0} set {1} = {1}", "delete from {0}", "truncate {0} cascade")


def test_nothing_of_an_audit_is_changed_or_deleted(audited: Audited) -> None:
    for role in DATABASE_ROLES:
        for table in TABLES:
            for attack in ATTACKS:
                refused(audited, attack.format(table, COLUMNS[table]), role)


def test_not_even_the_owner_changes_one_by_mistake(audited: Audited) -> None:
    before = fingerprint(audited)
    for table in TABLES:
        for attack in ATTACKS:
            with psycopg.connect(audited.office.database_url) as connection, pytest.raises(REFUSED):
                connection.execute(attack.format(table, COLUMNS[table]))
    assert fingerprint(audited) == before


def sample(**changes: object) -> str:
    """A sample like the one that is there, with other parts."""
    parts = {"key": "'other'", "line": "line", "below": "below_xid", "count": "population_count"}
    return SAMPLE.format(**{**parts, "fen": "population_fen", "items": "item_count", "by": "drawn_by", **changes})


def test_samples_the_database_refuses(audited: Audited) -> None:
    whole = ITEMS.format(which="max", shift=0)
    for attack in (
        sample(),
        f"{sample(count='population_count + 1')}; {whole}",
        f"{sample(count='population_count - 1')}; {whole}",
        f"{sample(fen='population_fen - 1')}; {whole}",
        f"{sample(below=chr(39) + '9999999' + chr(39))}; {whole}",
        f"{sample(by=audited.supervisor)}; {whole}",
        # Its items are of the other line.
        f"{sample(line=chr(39) + 'expenditure' + chr(39))}; {whole}",
        f"{sample(key='key')}; {whole}",
        # More items for a sample that is drawn already.
        ITEMS.format(which="min", shift=100),
    ):
        refused(audited, attack)
    as_role(audited, APPLICATION_ROLE, f"{sample()}; {whole}")  # What the attacks were short of.


def finding(about: str, **changes: object) -> str:
    parts = {
        "transfer": "null",
        "entry": "null",
        "receipt": "null",
        "case": "null",
        "by": "raised_by",
        "severity": "severity",
    }
    return FINDING.format(about=f"'{about}'", **{**parts, **changes})


def test_findings_the_database_refuses(audited: Audited) -> None:
    a_transfer = "(select min(id) from transfer)"
    for attack in (
        finding("general", by=audited.supervisor),
        finding("general", receipt="'A1'"),
        finding("entry"),
        finding("entry", entry="'no such entry'"),
        finding("transfer", transfer=a_transfer),
        finding("transfer", transfer=a_transfer, entry=f"(select key from transfer where id > {a_transfer} limit 1)"),
        finding("case", case="4242"),
        finding("rumour"),
        finding("general", severity="'dire'"),
        finding("general").replace("'other'", "key"),
    ):
        refused(audited, attack)
    as_role(audited, APPLICATION_ROLE, finding("entry", entry="(select max(key) from transfer)"))
    with psycopg.connect(audited.office.database_url) as connection:
        numbers = connection.execute("select number from finding order by id").fetchall()
    assert numbers == [(1,), (2,)]


def test_notes_the_database_refuses(audited: Audited) -> None:
    auditor, supervisor = audited.auditor, audited.supervisor
    for seq, kind, due, by in (
        (2, "reply", "null", supervisor),
        (2, "closing", "null", supervisor),
        (2, "follow_up", "raised_on", supervisor),
        (2, "follow_up", "null", auditor),
        (2, "follow_up", "raised_on - 1", auditor),
        (2, "withdrawal", "null", auditor),
        (2, "reply", "null", auditor),
        (1, "closing", "null", auditor),
        (3, "closing", "null", auditor),
        (2, "applause", "null", auditor),
    ):
        refused(audited, NOTE.format(seq=seq, kind=kind, due=due, by=by))
    # Somebody who holds both roles does not close what they replied to.
    with psycopg.connect(audited.office.database_url) as connection:
        connection.execute("insert into staff_role select %s, 'auditor'", (supervisor,))
        connection.commit()
    refused(audited, NOTE.format(seq=2, kind="closing", due="null", by=supervisor))
    as_role(audited, APPLICATION_ROLE, NOTE.format(seq=2, kind="closing", due="null", by=auditor))
    refused(audited, NOTE.format(seq=3, kind="reply", due="null", by=supervisor).replace("'other'", "'third'"))
