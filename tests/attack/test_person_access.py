"""Plain SQL against codes, passphrases and visits of the persons of cases, as the application's own role."""

from __future__ import annotations

import psycopg
import pytest

from caseflow.config import AUDITOR_ROLE
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office
from tests.persons import code_for, number_of

NOW, HASH = "clock_timestamp()", r"decode(repeat('ab', 32), 'hex')"
NEW_CODE = (
    "insert into person_code (office_id, case_id, party_id, code_hash, occasion, paper_id, key, made_by, made_at, "
    "expires_at) select c.office_id, c.id, {party}, " + HASH + ", '{occasion}', {paper}, 'k', {by}, now(), {until} "
    "from cases c order by c.id limit 1"
)
NEW_SESSION = (
    "insert into person_session (office_id, case_id, party_id, token_hash, opened_by, code_id, opened_at, ends_at) "
    "select c.office_id, c.id, {party}, " + HASH + ", '{by}', {code}, now(), now() + interval '{life}' "
    "from cases c order by c.id limit 1"
)
OFFICER = "(select id from staff where login = 'officer')"
OTHER_PARTY = "(select max(id) from party)"


def code(**changed: str) -> str:
    given = {"party": "c.party_id", "occasion": "counter", "paper": "null", "by": OFFICER,
             "until": "now() + interval '60 days'", **changed}  # fmt: skip
    return NEW_CODE.format(**given)


def session(**changed: str) -> str:
    given = {"party": "c.party_id", "by": "code", "code": "(select min(id) from person_code)", "life": "2 hours"}
    return NEW_SESSION.format(**given | changed)


@pytest.mark.parametrize(
    "attack",
    [
        "delete from person_code",
        "truncate person_code cascade",
        f"update person_code set code_hash = {HASH}",
        "update person_code set expires_at = expires_at + interval '1 year'",
        "update person_code set case_id = (select max(id) from cases)",
        "update person_code set used_at = expires_at + interval '1 second' where used_at is null",
        code(),  # a second live one
        code(party=OTHER_PARTY),
        code(by="(select id from staff where login = 'cashier')"),
        code(by="(select id from staff where login = 'administrator')"),
        code(until="now() + interval '401 days'"),
        code(occasion="with_paper", paper="1"),
        code(occasion="with_paper"),
        (
            "insert into person_passphrase (office_id, case_id, hash, chosen_at) "
            "select office_id, id, 'open sesame', now() from cases limit 1"
        ),
        (
            "insert into person_passphrase (office_id, case_id, hash, chosen_at) "
            "select office_id + 1, id, '$argon2id$x', now() from cases limit 1"
        ),
        "delete from person_passphrase",
        "delete from person_session",
        session(),  # its code was not used
        session(by="passphrase", code="null"),  # no passphrase was chosen
        session(party=OTHER_PARTY),
        session(life="3 hours"),
        (
            "insert into read_log (office_id, case_id, day, what, purpose, actor_id) "
            f"select c.office_id, c.id, current_date, 'x', 'person', {OFFICER} from cases c limit 1"
        ),
    ],
)
def test_the_database_keeps_the_door(office: Office, attack: str) -> None:
    case_id = office.open()
    office.open(party_name="Somebody else")
    code_for(office, case_id)
    with application_connection(office) as connection:
        refused(connection, attack)


@pytest.mark.parametrize("column", ["code_hash from person_code", "hash from person_passphrase",
                                    "token_hash from person_session"])  # fmt: skip
def test_an_auditor_reads_no_hash(office: Office, column: str) -> None:
    with role_connection(office, AUDITOR_ROLE) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"select {column}")


def test_a_used_code_and_an_ended_visit_stay_so(office: Office) -> None:
    access, case_id = office.application.person_access, office.open()
    plain = code_for(office, case_id)
    office_id, number = office.actors["officer"].office_id, number_of(office, case_id)
    visiting = access.signed_in(access.sign_in(office_id, number, plain, "here"))
    assert visiting is not None
    access.sign_out(visiting)
    with application_connection(office) as connection:
        refused(connection, "update person_code set used_at = null")
        refused(connection, "update person_session set ended_at = null")
        refused(connection, session())  # a code opens one visit
        refused(connection, "update person_session set ends_at = ends_at + interval '1 minute'")


def test_no_code_is_kept_in_plain_text_anywhere(office: Office) -> None:
    plain = code_for(office, office.open())
    with psycopg.connect(office.database_url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            for spelt in (plain, plain.replace("-", "")):
                found = connection.execute(
                    f'select count(*) from "{table}" t where t::text ilike %s', (f"%{spelt}%",)
                ).fetchone()
                assert found == (0,), table
