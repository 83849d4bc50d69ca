"""Files of banks and courts lie sealed: they open as they came, follow the keys, show nothing once changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.services.ports.bank import BANK_FILE
from caseflow.services.ports.liaison import REPLY_FILE
from caseflow.services.ports.privacy import FileShut
from tests.attack.roles import application_connection
from tests.office import Office, kept_cipher
from tests.own_keys import command

# Bytes of a bank that are no text in any one encoding.
STATEMENT = "日期,金额\n2026-03-02,1.00\n".encode("gb18030")
REPLY = "案件编号,答复类型\n1,受理\n".encode("gb18030")
FIELDS = {"bank_file": BANK_FILE, "court_reply_file": REPLY_FILE}
OTHER_KEY = "set_byte(content_sealed, 1, get_byte(content_sealed, 1) # 1)"


def received(office: Office, mark: str = "") -> tuple[int, int]:
    """Receive a file of a bank and one of a court; return their ids."""
    statements, replies = office.application.statements, office.application.liaison.replies
    return (
        statements.receive(office.actors["cashier"], "a.csv", STATEMENT + mark.encode()),
        replies.receive(office.actors["liaison"], "court.csv", REPLY + mark.encode()),
    )


def contents(office: Office, ids: tuple[int, int]) -> tuple[bytes, bytes]:
    statements, replies = office.application.statements, office.application.liaison.replies
    return (
        statements.file(office.actors["cashier"], ids[0]).content,
        replies.file(office.actors["liaison"], ids[1]).content,
    )


def make_plain(office: Office) -> None:
    """Put files as an older caseflow kept them."""
    with psycopg.connect(office.database_url) as connection:
        for table, field in FIELDS.items():
            connection.execute(f"alter table {table} disable trigger user".encode())
            for file_id, sealed in connection.execute(f"select id, content_sealed from {table}".encode()).fetchall():
                connection.execute(
                    f"update {table} set content = %s, content_sealed = null where id = %s".encode(),
                    [kept_cipher().open_bytes(field, file_id, sealed), file_id],
                )
            connection.execute(f"alter table {table} enable trigger user".encode())


def test_files_open_as_they_came_and_follow_the_keys(own: Office) -> None:
    ids = received(own)
    assert contents(own, ids) == (STATEMENT, REPLY)
    make_plain(own)
    for index in (0, 1):
        with pytest.raises(FileShut):
            _one(own, index)(ids[index])
    bootstrap.migrate(own.database_url)
    assert contents(own, ids) == (STATEMENT, REPLY)
    assert received(own)[0] == ids[0], "the same file of a bank is the same file"
    done = command("rotate", "--json")
    command("retire")
    assert {use["key"] for use in command("list", "--json")["uses"]} == {done["newest"]}
    assert contents(own, ids) == (STATEMENT, REPLY)


def test_a_file_as_large_as_may_be_is_kept_and_follows_the_keys(own: Office) -> None:
    statements, cashier = own.application.statements, own.actors["cashier"]
    content = STATEMENT.ljust(16 * 1024 * 1024, b"\n")
    file_id = statements.receive(cashier, "large.csv", content)
    assert command("rotate", "--json")["broken"] == 0
    assert hashlib.sha256(statements.file(cashier, file_id).content).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    "change",
    [
        "content_sealed = (select o.content_sealed from {table} o where o.id <> t.id limit 1)",
        "content_sealed = set_byte(content_sealed, 40, get_byte(content_sealed, 40) # 1)",
    ],
)
def test_a_file_that_got_the_seal_of_another_or_was_changed_shows_nothing(office: Office, change: str) -> None:
    ids = received(office)
    received(office, "2026-03-03,2.00\n")
    with psycopg.connect(office.database_url) as connection:
        for (table, _field), file_id in zip(FIELDS.items(), ids, strict=True):
            connection.execute(f"alter table {table} disable trigger user".encode())
            connection.execute(f"update {table} t set {change.format(table=table)} where id = {file_id}".encode())
            connection.execute(f"alter table {table} enable trigger user".encode())
    for index in (0, 1):
        with pytest.raises(FileShut):
            _one(office, index)(ids[index])


def test_a_file_of_a_bank_that_is_not_the_one_of_its_digest_shows_nothing(office: Office) -> None:
    """Whoever holds a key can seal another file; the digest beside it, which the record has too, tells."""
    file_id = received(office)[0]
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table bank_file disable trigger user")
        connection.execute(
            "update bank_file set content_sealed = %s", [kept_cipher().seal_bytes(BANK_FILE, file_id, b"another")]
        )
        connection.execute("alter table bank_file enable trigger user")
    with pytest.raises(FileShut):
        _one(office, 0)(file_id)


def test_only_the_owner_seals_files_anew_and_only_under_another_key(office: Office) -> None:
    received(office)
    changes = (f"content_sealed = {OTHER_KEY}, name = 'x'", "content_sealed = content_sealed || 'x'::bytea",
               "content = 'x', content_sealed = null", "content_sealed = null")  # fmt: skip
    for table in FIELDS:
        with psycopg.connect(office.database_url) as connection:
            for change in changes:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"), connection.transaction():
                    connection.execute(f"update {table} set {change}".encode())
            connection.execute(f"update {table} set content_sealed = {OTHER_KEY}".encode())
            connection.rollback()
        with (
            application_connection(office) as application,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
        ):
            application.execute(f"update {table} set content_sealed = {OTHER_KEY}".encode())


def test_nothing_is_sealed_with_a_key_that_was_taken_away(office: Office) -> None:
    received(office)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("insert into retired_data_key select distinct substr(content_sealed, 2, 4) from bank_file")
        for table in FIELDS:
            copy = "select office_id, name, content_sealed, received_by"
            columns = "office_id, name, content_sealed, received_by"
            if table == "bank_file":
                columns, copy = f"{columns}, sha256, event_key", f"{copy}, sha256('x'), 'x'"
            with pytest.raises(psycopg.errors.CheckViolation, match="taken away"), connection.transaction():
                connection.execute(f"insert into {table} ({columns}) {copy} from {table}".encode())
        connection.rollback()


def _one(office: Office, index: int) -> Callable[[int], object]:
    statements, replies = office.application.statements, office.application.liaison.replies
    return (
        lambda file_id: statements.file(office.actors["cashier"], file_id),
        lambda file_id: replies.file(office.actors["liaison"], file_id),
    )[index]
