"""Plain SQL against the sealed fields of parties, as the application's own role."""

from __future__ import annotations

import psycopg
import pytest

from tests.attack.roles import application_connection, refused
from tests.office import Office

NUMBER = "11010519491231002X"
SEALED = rf"'\x01{'00' * 50}'::bytea"
INDEX = rf"'\x{'00' * 36}'::bytea"


@pytest.mark.parametrize(
    "attack",
    [
        f"update party set identity_sealed = '{NUMBER}'::bytea, identity_index = {INDEX}",
        f"update party set identity_sealed = ''::bytea, identity_index = {INDEX}",
        f"update party set identity_sealed = {SEALED}",
        f"update party set identity_index = {INDEX}",
        f"update party set identity_sealed = {SEALED}, identity_index = '{NUMBER}'::bytea",
        f"update party set identity_sealed = {SEALED}, identity_index = ''::bytea",
        r"update party set identity_sealed = '\x01'::bytea, identity_index = " + INDEX,
        "update party set address_sealed = convert_to('云岭县桃源路1号，门牌甲乙丙丁戊己庚辛', 'UTF8')",
        "update party set address_sealed = ''::bytea",
        (
            f"insert into party (office_id, kind, name_sealed, name_index, identity_sealed, identity_index) "
            f"select id, 'institution', {SEALED}, {INDEX}, '{NUMBER}'::bytea, {INDEX} from office"
        ),
        "insert into party (office_id, kind, name) select id, 'institution', 'X' from office",
        "insert into party (office_id, kind) select id, 'institution' from office",
        (
            f"insert into party (office_id, kind, name_sealed, name_index, contact) "
            f"select id, 'institution', {SEALED}, {INDEX}, 'X' from office"
        ),
        (
            f"insert into party (office_id, kind, name_sealed, name_index) "
            f"select id, 'institution', convert_to('和谐诊所和谐诊所和谐诊所和谐诊所', 'UTF8'), {INDEX} from office"
        ),
        f"insert into party (office_id, kind, name_sealed) select id, 'institution', {SEALED} from office",
        "update party set name = 'X', name_sealed = null, name_index = null",
        "update party set contact = 'X'",
        "update party set name = 'X'",
        "update party set name_sealed = null, name_index = null",
        f"update party set identity_index_old = {INDEX}",
        "update receipt set payer = 'X', payer_sealed = null",
        "insert into retired_data_key (key_id) values ('abcd')",
    ],
)
def test_the_database_takes_nothing_that_is_not_sealed(office: Office, attack: str) -> None:
    office.walk("fee_double_levy_refunded", until="close_case")
    with application_connection(office) as connection:
        refused(connection, attack)


def test_a_sealed_number_moved_to_another_party_shows_nothing_of_it(office: Office) -> None:
    """SQL may swap two sealed numbers; opening them notices, and the page shows neither."""
    first = office.open(party_identity=NUMBER, party_address="云岭县桃源路1号")
    other = office.open(party_identity="440524188001010014")
    with application_connection(office) as connection:
        swap = (
            "update party p set identity_sealed = q.identity_sealed, identity_index = q.identity_index "
            "from party q where q.id <> p.id and q.identity_sealed is not null and p.identity_sealed is not null"
        )
        assert connection.execute(swap).rowcount == 2
        connection.commit()
    for case_id in (first, other):
        page = office.application.pages.show(office.actors["officer"], case_id)
        shown = office.application.parties.shown(office.actors["officer"], page.header)
        assert (shown.broken, shown.identity, shown.address) == (True, "", "")


def test_the_auditors_role_reads_ciphertext_only(office: Office) -> None:
    office.open(party_identity=NUMBER, party_address="云岭县桃源路1号")
    with psycopg.connect(office.database_url) as connection:
        rows = connection.execute("select p::text from party p").fetchall()
    assert NUMBER not in str(rows)
    assert NUMBER.encode().hex() not in str(rows)
    assert "桃源路".encode().hex() not in str(rows)
