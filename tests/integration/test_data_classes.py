"""Every column of the live database has a class, and what is called sealed is sealed, listed and kept out of logs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest

from caseflow.logs import withhold_personal_data
from caseflow.persistence.classification import ClassificationRefused, ClassOf, data_classes_page, read_classification
from caseflow.persistence.classification import _class as class_of
from caseflow.persistence.sealed_columns import SEALED_COLUMNS
from caseflow.services.bank import EnterFile
from caseflow.services.party_details import PartyTold
from caseflow.services.ports.bank import LineFilter
from tests.casebook import ACCOUNT
from tests.office import Office
from tests.papers import issued
from tests.parties import know_as

NAME, CONTACT = "某某某诊所", "13800138000"

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-classes.md"
# Words that stand in log lines for other things too: a reason is that of a failure, a file's name of what is shipped.
IN_LOGS_FOR_OTHER_THINGS = {
    "body", "content", "correction_reason", "description", "document", "facts", "file", "fault_en", "fault_zh",
    "identity", "inputs", "last_error", "note", "notes", "params", "payee_bank", "payload", "proof", "reason",
    "reference", "refusal_reason", "review_note", "text", "texts", "title", "withdrawn_reason",
}  # fmt: skip


@pytest.fixture
def columns(office: Office) -> dict[tuple[str, str], str]:
    """The columns of the live database with their types."""
    with psycopg.connect(office.database_url) as connection:
        rows = connection.execute(
            "select c.table_name, c.column_name, c.data_type from information_schema.columns c "
            "join information_schema.tables t using (table_schema, table_name) "
            "where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name <> 'alembic_version'"
        ).fetchall()
    return {(table, column): kind for table, column, kind in rows}


def test_every_column_has_a_class_and_every_class_a_column(columns: dict[tuple[str, str], str]) -> None:
    known = {(table, column) for table, found in read_classification().columns.items() for column in found}
    assert sorted(set(columns) - known) == [], "say in classification.yaml what these columns hold"
    assert sorted(known - set(columns)) == [], "these columns are gone"


def test_what_is_called_sealed_is_bytes_by_its_name_and_in_the_registry(columns: dict[tuple[str, str], str]) -> None:
    sealed = {(table, column): found for table, column, found in read_classification().of("sealed")}
    assert {columns[where] for where in sealed} == {"bytea"}
    endings: dict[str, str | tuple[str, ...]] = {"data": "sealed", "files": "sealed", "index": ("_index", "_index_old")}
    assert [where for where, found in sealed.items() if not where[1].endswith(endings[found.ring])] == []
    named_so = {where for where in columns if where[1].endswith("_sealed") or where[1] == "sealed"}
    assert named_so == {where for where, found in sealed.items() if found.ring != "index"}
    under_data_keys = {where for where, found in sealed.items() if found.ring == "data"}
    assert under_data_keys == {(one.table, one.column) for one in SEALED_COLUMNS}, "see persistence/sealed_columns.py"
    indexes = {where for where, found in sealed.items() if found.ring == "index"}
    listed = [(one.table, one.index) for one in SEALED_COLUMNS if one.index is not None]
    made_anew = {(table, index.column) for table, index in listed} | {
        (table, index.older) for table, index in listed if index.older is not None
    }
    # PostgreSQL computes the one from the two indexes beside it. The content of a row that was imported is not kept, so
    # its index stays under the key it was made with.
    assert indexes == made_anew | {("party", "meeting_index"), ("casebook_row", "content_index")}


def test_the_plain_columns_of_before_are_empty_and_a_name_stands_nowhere_else(office: Office) -> None:
    bank_says(office)
    office.open(party_name=NAME, party_contact=CONTACT)
    paper_says(office)
    court_says(office)
    office.walk("fee_double_levy_refunded", until="close_case")
    plain = [(one.table, name) for one in SEALED_COLUMNS if one.plain is not None for name in one.plain.columns]
    assert len(plain) == 10
    with psycopg.connect(office.database_url) as connection:
        for table, column in plain:
            found = connection.execute(f"select count(*) from {table} where {column} is not null".encode()).fetchone()
            assert found == (0,), (table, column)
        # A column of bytes is written out in hexadecimal digits: a file's own encoding counts too.
        words = [NAME, CONTACT, *(NAME.encode(code).hex() for code in ("utf-8", "gb18030")), CONTACT.encode().hex()]
        for table in read_classification().columns:
            rows = connection.execute(f"select count(*) from {table} t where t::text ~ '{'|'.join(words)}'".encode())
            assert rows.fetchone() == (0,), table


def paper_says(office: Office) -> None:
    """Issue a paper about somebody of this name."""
    case_id = office.walk("two_illegal_paid", until="conclude_investigation")
    know_as(office, case_id, PartyTold(NAME, contact=CONTACT, identity="11010519491231002X", address=f"{NAME}旁"))
    [paper] = issued(office, case_id, "investigation_report")
    assert NAME in str(paper.inputs)


def court_says(office: Office) -> None:
    """Receive and record a file of the court that names somebody, in the encoding of a spreadsheet."""
    liaison, replies = office.actors["liaison"], office.application.liaison.replies
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    number = office.application.pages.show(office.actors["officer"], case_id).header.number
    office.time.day = date(2024, 1, 31)
    told = f"案件编号,答复类型,文书号,日期,理由,当事人\n{number},受理,（2023）云行审1号,2023-12-25,,{NAME}\n"
    file = replies.file(liaison, replies.receive(liaison, "court.csv", told.encode("gb18030")))
    assert NAME.encode("gb18030") in file.content
    assert [row.level for row in replies.record(liaison, file.content).rows] == ["recorded"]


def bank_says(office: Office) -> None:
    """Enter a statement whose lines name the payer in every text they have, and park a line of it in suspense."""
    cashier, application = office.actors["cashier"], office.application
    application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    rows_told = [f"2026-03-02,1.00,{NAME},{CONTACT},{NAME}", f"2026-03-02,2.00,,代{NAME}缴,{CONTACT}"]
    content = "\n".join(["日期,金额,票据号,摘要,对方户名", *rows_told])
    file_id = application.statements.receive(cashier, "a.csv", content.encode())
    assert application.statements.file(cashier, file_id).content == content.encode()
    assert len(application.statements.enter(cashier, EnterFile("a.csv", content.encode()), key="a").new) == 2
    rows = application.bank_lines.page(cashier, LineFilter()).rows
    assert rows[1].line.reference == rows[1].line.counterparty == NAME
    application.bank_lines.suspend(cashier, {row.id: 0 for row in rows}, key="park")


def test_a_log_line_withholds_what_is_personal() -> None:
    told = {column for _, column, _ in read_classification().of("personal", "secret")}
    told |= {one.column.removesuffix("_sealed") for one in SEALED_COLUMNS if one.column != "sealed"}
    told |= {name for one in SEALED_COLUMNS if one.plain is not None for name in one.plain.columns}
    line = withhold_personal_data(None, "info", dict.fromkeys(told, "某某某"))
    shown = {key for key, value in line.items() if value != "withheld"}
    assert shown <= IN_LOGS_FOR_OTHER_THINGS


def test_the_page_is_the_one_that_is_made() -> None:
    assert PAGE.read_text(encoding="utf-8") == data_classes_page(), "run: caseflow keys classes > docs/data-classes.md"


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("private", "no known class"),
        ("personal", "without saying why"),
        ({"class": "sealed", "ring": "mine"}, "no known ring"),
        ({"class": "internal", "ring": "data"}, "no known ring"),
    ],
)
def test_a_class_that_says_too_little_is_refused(told: str | dict[str, str], fault: str) -> None:
    assert class_of("a.b", "sealed") == ClassOf("sealed", "data")
    with pytest.raises(ClassificationRefused, match=f"a.b.*{fault}"):
        class_of("a.b", told)
