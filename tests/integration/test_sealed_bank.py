"""What a bank's lines say of people lies sealed; lines are shown, matched and recognised as before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.domain.bank import StatementLine
from caseflow.persistence.resealing import Resealing
from caseflow.services.bank import EnterFile
from caseflow.services.ports.bank import LineFilter, LineRow
from caseflow.services.ports.privacy import CANNOT_BE_OPENED
from tests.attack.roles import application_connection
from tests.casebook import ACCOUNT, Paper, write_receipts
from tests.office import Office
from tests.own_keys import command, environment

# The lines once more, as somebody else who enters them at the same moment.
COPY = (
    "insert into bank_line (office_id, account_id, statement_id, position, booked_on, value_on, direction, amount_fen, "
    "bank_reference, occurrence, said_sealed, identity_index_old, identity_index{more}) select office_id, account_id, "
    "statement_id, position, booked_on, value_on, direction, amount_fen, bank_reference, occurrence, {sealed}, "
    "identity_index, {index} from bank_line"
)
PAYER, REMARK = "某某某诊所", "王小明代缴"
DAY = date(2026, 3, 2)
LINES = (
    "日期,金额,票据号,摘要,对方户名\n"
    f"2026-03-02,1.00,00000001,{REMARK},{PAYER}\n"
    f"2026-03-02,2.00,,{REMARK},{PAYER}\n"
    "2026-03-02,3.00,,,\n2026-03-02,3.00,,,\n"
    "2026-03-02,4.00,AB-1,,\n2026-03-02,4.00,ab 1,,\n"
)


@pytest.fixture
def bank(office: Office) -> Office:
    write_receipts(office, [Paper(1, DAY, 100)])
    return with_account(office)


def with_account(office: Office) -> Office:
    office.application.statements.open_account(office.actors["cashier"], "County Bank", ACCOUNT, key="account")
    return office


def copy_of(sealed: str = "said_sealed", index: str = "identity_index", more: str = "") -> str:
    return COPY.format(sealed=sealed, index=index, more=more)


def entered(office: Office, content: str = LINES) -> int:
    """Enter a file; return how many of its lines were new."""
    cashier, statements = office.actors["cashier"], office.application.statements
    plan = statements.preview(cashier, EnterFile("a.csv", content.encode()))
    assert statements.enter(cashier, EnterFile("a.csv", content.encode()), key=str(hash(content))) is not None
    return len(plan.new)


def shown(office: Office) -> list[StatementLine]:
    return [row.line for row in rows_of(office)]


def rows_of(office: Office) -> Sequence[LineRow]:
    return office.application.bank_lines.page(office.actors["cashier"], LineFilter()).rows[::-1]


def make_plain(office: Office) -> None:
    """Put lines as an older caseflow kept them."""
    told = {row.id: row.line for row in rows_of(office)}
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table bank_line disable trigger user")
        for line_id, line in told.items():
            connection.execute(
                "update bank_line set reference = %s, remark = %s, counterparty = %s, identity = %s, "
                "said_sealed = null, identity_index = null where id = %s",
                [line.reference, line.text, line.counterparty, line.identity, line_id],
            )
        connection.execute("alter table bank_line enable trigger user")


def test_lines_are_shown_matched_and_known_again_and_lie_sealed(bank: Office) -> None:
    assert entered(bank) == 6
    lines = shown(bank)
    assert [(one.reference, one.text, one.counterparty) for one in lines[:2]] == [
        ("00000001", REMARK, PAYER), ("", REMARK, PAYER),
    ]  # fmt: skip
    assert [one.reference for one in lines[4:]] == ["AB-1", "ab 1"], "blanks, case and hyphens make another line"
    assert [row.state for row in rows_of(bank)] == ["matched", *["open"] * 5]
    # Another file with the same lines and one more.
    assert entered(bank, f"{LINES}2026-03-02,3.00,,,\n") == 1
    assert entered(bank) == 0
    with psycopg.connect(bank.database_url) as connection:
        rows = connection.execute("select l::text from bank_line l").fetchall()
    told = "".join(text for (text,) in rows)
    assert [word for word in (PAYER, REMARK, "00000001", "AB-1") if word in told or word.encode().hex() in told] == []


def test_what_an_older_caseflow_kept_plain_is_known_sealed_and_shown(own: Office) -> None:
    entered(with_account(own))
    before = shown(own)
    make_plain(own)
    assert entered(own) == 0, "known while it is not sealed yet"
    assert {line.counterparty for line in shown(own)} == {CANNOT_BE_OPENED}
    bootstrap.migrate(own.database_url)
    assert shown(own) == before
    assert entered(own, f"{LINES}2026-03-02,3.00,,,\n") == 1
    with psycopg.connect(own.database_url) as connection:
        plain = "select count(*) from bank_line where num_nonnulls(reference, remark, counterparty, identity) > 0"
        assert connection.execute(plain).fetchone() == (0,)


def test_a_line_that_got_the_seal_of_another_says_nothing_and_is_matched_with_nothing(bank: Office) -> None:
    entered(bank, LINES.replace("1.00", "1.01"))
    certain, other = rows_of(bank)[:2]
    with psycopg.connect(bank.database_url) as connection:
        connection.execute("alter table bank_line disable trigger user")
        connection.execute(
            "update bank_line set said_sealed = (select said_sealed from bank_line where id = %s) where id = %s",
            [certain.id, other.id],
        )
        connection.execute("alter table bank_line enable trigger user")
    changed = rows_of(bank)[1]
    assert (changed.line.reference, changed.line.text, changed.line.counterparty) == (
        "", CANNOT_BE_OPENED, CANNOT_BE_OPENED,
    )  # fmt: skip
    assert rows_of(bank)[0].line == certain.line


def test_equal_lines_are_known_at_every_moment_of_a_rotation(
    own: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_account(own)
    stale = bootstrap.build_field_cipher(read_settings(environment(own.database_url, tmp_path)))
    entered(own)
    before = shown(own)
    path = tmp_path / "files" / "keys" / "data.keys"
    old = stale.key_ids[0]
    path.write_text(f"{bootstrap.new_data_key()}\n{path.read_text(encoding='ascii')}", encoding="ascii")
    both = bootstrap.build_field_cipher(read_settings(environment(own.database_url, tmp_path)))
    time.sleep(1.1)  # what a running process needs to take up the new key
    monkeypatch.setattr("caseflow.persistence.resealing.BATCH_ROWS", 2)
    engine = bootstrap.make_engine(own.database_url, pool_size=1, role=None)
    moments: list[tuple[int, list[StatementLine]]] = []
    resealing = Resealing(engine)
    resealing.reseal(both, both.key_ids[0], lambda _rows: moments.append((entered(own), shown(own))))
    assert [new for new, _ in moments] == [0] * len(moments)
    assert all(lines == before for _, lines in moments)
    assert entered(own, f"{LINES}2026-03-02,3.00,,,\n") == 1, "written under both keys"
    command("retire")
    engine.dispose()
    time.sleep(1.1)
    assert entered(own) == 0
    assert entered(own, f"{LINES}2026-03-02,3.00,,,\n2026-03-02,3.00,,,\n") == 1
    assert {use["key"] for use in command("list", "--json")["uses"]} == {both.key_ids[0].hex()}
    with psycopg.connect(own.database_url) as connection:
        kept = "select count(*) from bank_line where identity_index_old is not null or substr(said_sealed, 2, 4) = %s"
        assert connection.execute(kept, [old]).fetchone() == (0,)
        with pytest.raises(psycopg.errors.CheckViolation, match="taken away"):
            connection.execute(copy_of(sealed="overlay(said_sealed placing %s from 2)").encode(), [old])


def test_somebody_else_entering_the_same_lines_is_refused_by_the_database(bank: Office) -> None:
    entered(bank)
    with psycopg.connect(bank.database_url) as connection:
        for new in ("identity_index", "set_byte(identity_index, 1, get_byte(identity_index, 1) # 1)"):
            with pytest.raises(psycopg.errors.UniqueViolation, match="uq_bank_line_same"), connection.transaction():
                connection.execute(copy_of(index=new).encode())
        with pytest.raises(psycopg.errors.CheckViolation, match="kept sealed"), connection.transaction():
            connection.execute(copy_of(more=", remark", index="identity_index, 'x'").encode())


def test_only_the_owner_seals_lines_anew_and_only_under_another_key(bank: Office) -> None:
    entered(bank)
    other_key = "set_byte(said_sealed, 1, get_byte(said_sealed, 1) # 1)"
    refused = [
        f"said_sealed = {other_key}, amount_fen = 1",
        "said_sealed = said_sealed || 'x'::bytea",
        f"said_sealed = {other_key}, remark = 'x'",
        "identity_index = null",
        "identity_index_old = null",
    ]
    with psycopg.connect(bank.database_url) as connection:
        for change in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"), connection.transaction():
                connection.execute(f"update bank_line set {change}".encode())
        connection.execute(f"update bank_line set said_sealed = {other_key}".encode())
    with application_connection(bank) as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(f"update bank_line set said_sealed = {other_key}".encode())
