"""What nobody can do to papers with plain SQL as the application's own role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.attack.roles import application_connection
from tests.office import Office
from tests.papers import begun, issued, page, reviewed, submitted

REPORT = "investigation_report"
OTHER = "inspection_record"

SUBMITTED = "update paper set status = 'in_review', submitted_by = 1, submitted_at = now(), version = version + 1"


@pytest.fixture
def case_id(office: Office) -> int:
    return office.walk("two_illegal_paid", until="conclude_investigation")


@pytest.fixture
def connection(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with application_connection(office) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "update paper set inputs = '{}', version = version + 1",
        "update paper set inputs_sealed = decode('01' || repeat('00', 50), 'hex')",
        "update paper set number_zh = '伪造', version = version + 1",
        "update paper set pdf_zh_sha256 = repeat('a', 64), version = version + 1",
        "update paper set status = 'draft', version = version + 1",
        "update paper set status = 'dropped', version = version + 1",
        "update paper set made_seq = null, version = version + 1",
        "delete from paper",
        "truncate paper cascade",
        "update paper_template set files = '{}'",
        "delete from paper_template",
        "delete from paper_serial",
        "update paper set issued_on = issued_on + 1",
    ],
)
def test_what_is_issued_never_changes_nor_goes(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]], statement: str
) -> None:
    issued(office, case_id, REPORT)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_not_even_the_owner_changes_it(office: Office, case_id: int) -> None:
    issued(office, case_id, REPORT)
    with psycopg.connect(office.database_url) as owner:
        for statement in (
            "delete from paper",
            "update paper set inputs = '{}'",
            "update paper set inputs_sealed = inputs_sealed || 'x'::bytea",
            "update paper set inputs_sealed = set_byte(inputs_sealed, 1, 0), training = true",
            "truncate paper cascade",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(statement)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update paper set status = 'reviewed', version = version + 1", "paper_way"),
        ("update paper set status = 'issued', version = version + 1", "paper_way"),
        ("update paper set status = 'in_review', version = version + 2", "paper_way"),
        ("update paper set status = 'in_review', version = version + 1", "ck_paper_submitted_whole"),
        ("update paper set writers = '{}', version = version + 1", "paper_way"),
        (SUBMITTED + ", texts = '{\"x\": 1}'", "paper_way"),
        ("update paper set number_zh = 'X', number_en = 'X', version = version + 1", "ck_paper_issued_whole"),
    ],
)
def test_a_draft_goes_only_the_lawful_ways(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]], statement: str, broken: str
) -> None:
    begun(office, case_id, REPORT)
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(statement)
    assert refused.value.diag.constraint_name == broken


def test_the_drafter_is_not_the_reviewer(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    officer, cashier = office.actors["officer"].id, office.actors["cashier"].id
    with psycopg.connect(office.database_url) as owner:
        owner.execute("insert into staff_role values (%s, 'reviewer')", (officer,))
    submitted(office, begun(office, case_id, REPORT))
    approve = (
        "update paper set status = 'reviewed', version = version + 1, reviewed_by = %s, reviewed_at = now(), "
        "reviewed_hash = 'x'"
    )
    with pytest.raises(psycopg.errors.CheckViolation) as refused, connection.transaction():
        connection.execute(approve, (officer,))
    assert refused.value.diag.constraint_name == "ck_paper_reviewed_by_other_eyes"
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as forbidden, connection.transaction():
        connection.execute(approve, (cashier,))
    assert forbidden.value.diag.constraint_name == "paper_reviewer"
    with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
        connection.execute(approve + ", writers = '{}'", (officer,))


ISSUE = """
update paper set status = 'issued', version = version + 1, issued_by = %(by)s, issued_at = now(), issued_on = now(),
       number_en = %(number)s, number_zh = %(number)s, mark = %(mark)s, number_year = 2024, serial = %(serial)s,
       inputs_sealed = decode('01' || repeat('00', 50), 'hex'),
       template_hash = (select hash from paper_template limit 1), training = false,
       pdf_zh_sha256 = repeat('a', 64), pdf_en_sha256 = repeat('b', 64)
 where status = 'reviewed'
"""


def test_numbers_are_the_offices_next_ones_and_unique(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    [paper] = issued(office, case_id, REPORT)
    assert paper.number is not None
    reviewed(office, begun(office, case_id, OTHER))
    by = office.actors["officer"].id
    row = connection.execute("select mark, last from paper_serial").fetchone()
    assert row is not None
    mark, last = row
    connection.commit()
    with pytest.raises(psycopg.errors.CheckViolation) as skipped, connection.transaction():
        connection.execute(ISSUE, {"by": by, "number": "X-9", "mark": mark, "serial": last + 5})
    assert skipped.value.diag.constraint_name == "paper_next_serial"
    with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
        connection.execute(ISSUE, {"by": by, "number": "X-9", "mark": mark, "serial": last})
    taken = {"by": by, "number": paper.number.zh, "mark": None, "serial": None}
    with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
        connection.execute(ISSUE.replace("2024", "null"), taken)
    # A number that is drawn and not used is a gap.
    with pytest.raises(psycopg.errors.CheckViolation) as gap, connection.transaction():
        connection.execute("update paper_serial set last = last + 1")
    assert gap.value.diag.constraint_name == "paper_serial_is_used"
    for statement in ("update paper_serial set last = last + 2", "update paper_serial set last = last - 1"):
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(statement)
    with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
        connection.execute("insert into paper_serial values (1, 'new', 2024, 7)")


def test_nothing_is_issued_plain_or_under_a_retired_key(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    issued(office, case_id, REPORT)
    reviewed(office, begun(office, case_id, OTHER))
    plain = ISSUE.replace("inputs_sealed = decode('01' || repeat('00', 50), 'hex')", "inputs = '{}'")
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(plain, {"by": office.actors["officer"].id, "number": "X-9", "mark": None, "serial": None})
    assert refused.value.diag.constraint_name == "paper_sealed"
    with psycopg.connect(office.database_url) as owner:
        owner.execute("insert into retired_data_key values (decode('00000000', 'hex'))")
    connection.rollback()
    with pytest.raises(psycopg.errors.CheckViolation) as retired:
        connection.execute(ISSUE, {"by": office.actors["officer"].id, "number": "X-9", "mark": None, "serial": None})
    assert retired.value.diag.constraint_name == "retired_data_key"


@pytest.mark.parametrize(
    "missing",
    [
        "inputs_sealed = decode('01' || repeat('00', 50), 'hex')",
        "training = false",
        "issued_on = now()",
        "pdf_en_sha256 = repeat('b', 64)",
    ],
)
def test_nothing_is_issued_by_halves(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]], missing: str
) -> None:
    issued(office, case_id, REPORT)
    reviewed(office, begun(office, case_id, OTHER))
    name = missing.split(" = ", maxsplit=1)[0]
    half = ISSUE.replace(missing, f"{name} = null").replace("number_year = 2024", "number_year = null")
    assert half != ISSUE
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(half, {"by": office.actors["officer"].id, "number": "X-9", "mark": None, "serial": None})
    assert refused.value.diag.constraint_name == "ck_paper_issued_whole"


def test_a_review_is_not_swapped_when_the_paper_is_issued(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    issued(office, case_id, REPORT)
    reviewed(office, begun(office, case_id, OTHER))
    swapped = ISSUE.replace("number_year = 2024", "number_year = null, reviewed_hash = 'other'")
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(swapped, {"by": office.actors["officer"].id, "number": "X-9", "mark": None, "serial": None})
    assert refused.value.diag.constraint_name == "paper_way"


BEGIN = """
insert into paper (case_id, office_id, kind, key, status, version, texts, drafted_by, drafted_at, writers, case_seq,
                   made_seq, corrects_id, correction_reason)
values (%(case)s, %(office)s, %(kind)s, 'attack', %(status)s, 1, '{}', %(by)s, now(), array[%(by)s::integer], 1,
        %(made)s, %(corrects)s, %(reason)s)
"""


def test_a_paper_begins_as_a_draft_of_its_own_office(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    draft = begun(office, case_id, REPORT)
    with psycopg.connect(office.database_url) as owner:
        row = owner.execute(
            "insert into office (code, title_en, title_zh) values ('O', 'O', 'O') returning id"
        ).fetchone()
    assert row is not None
    actor = office.actors["officer"]
    good = {
        "case": case_id, "office": actor.office_id, "kind": OTHER, "status": "draft", "by": actor.id, "made": None,
        "corrects": None, "reason": "",
    }  # fmt: skip
    for change, broken in (
        ({"status": "reviewed"}, "paper_begins_as_a_draft"),
        ({"office": row[0]}, "paper_of_its_office"),
        ({"made": 1}, "fk_paper_made"),
        ({"corrects": draft, "reason": "why"}, "paper_corrects_an_issued_one"),
        ({"kind": REPORT}, "uq_paper_under_way"),
        ({"reason": "why"}, "ck_paper_correction"),
    ):
        with pytest.raises(psycopg.IntegrityError) as refused, connection.transaction():
            connection.execute(BEGIN, {**good, **change})
        assert refused.value.diag.constraint_name == broken
    connection.execute(BEGIN, good)


def test_a_shadow_table_blinds_no_guard(
    office: Office, case_id: int, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    issued(office, case_id, REPORT)
    shown = reviewed(office, begun(office, case_id, OTHER))
    assert page(office, shown.paper.id).paper.number is None
    connection.execute("create temporary table paper_serial (office_id int, mark text, year int, last int)")
    connection.execute("insert into pg_temp.paper_serial select 1, mark, year, 77 from public.paper_serial")
    mark = connection.execute("select mark from public.paper_serial").fetchone()
    assert mark is not None
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        connection.execute(ISSUE, {"by": office.actors["officer"].id, "number": "X-9", "mark": mark[0], "serial": 77})
    assert refused.value.diag.constraint_name == "paper_next_serial"
