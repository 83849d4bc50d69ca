"""Old casebooks as tests write them: rows by heading, files of every make, somebody of another office."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import psycopg

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.identity_numbers import check_character
from caseflow.services.ports import NewStaff
from tests.office import Office

FEE = "social_support_fee"
REMARK = "remark that nobody may keep"
BAD: Mapping[str, str] = {"当事人": ""}


def row(number: int, **changes: str) -> dict[str, str]:
    """Return a row of a fee casebook: decided, served and paid in part."""
    return {
        "案号": f"旧计征字〔2016〕{number:05d}号",
        "当事人": f"当事人{number:05d}",
        "身份证号": identity(number),
        "住址": f"云岭县第{number}号",
        "行为日期": "2015-03-02",
        "立案日期": "2016年4月5日",
        "决定日期": "2016.5.6",
        "送达日期": "2016/5/10",
        "征收金额": "12,480.00",
        "已缴金额": "2480.00",
        "缴款日期": "20160601",
        "票据号": f"{52000000 + number}",
        "备注": "",
        **changes,
    }


def identity(number: int) -> str:
    """Return an identity number of nobody, with a right check digit."""
    body = f"99900019780101{number % 1000:03d}"
    return body + check_character(body)


def csv_bytes(
    rows: Sequence[Mapping[str, str]],
    *,
    encoding: str = "utf-8",
    rename: Mapping[str, str] | None = None,
    end: str = "\n",
) -> bytes:
    """Return a CSV with these rows, its headings renamed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    headings = list(rows[0])
    writer.writerow([(rename or {}).get(heading, heading) for heading in headings])
    writer.writerows([[one[heading] for heading in headings] for one in rows])
    return text.getvalue().encode(encoding)


def stranger(office: Office) -> Actor:
    """Return an officer of another office of the same database."""
    with office.application.store.begin() as work:
        office_id = work.staff.add_office("OTHER", "Other County", "另一县", bootstrap.setup_event("other"))
        work.ledger.open_accounts(office_id, bootstrap.shipped_chart().accounts)
        new = NewStaff(office_id, "stranger", "Stranger", "外单位", "", (Role.OFFICER,))
        staff_id = work.staff.add(new, bootstrap.setup_event("stranger"))
        member = work.staff.by_id(staff_id)
        work.commit()
    assert member is not None
    return member.actor


def sums(database_url: str) -> dict[str, int]:
    """Return what an import comes to in the database: counts of everything it writes, and the sums of money."""
    counts = {
        "cases": "count(*) from cases",
        "assessed_fen": "coalesce(sum(assessed_fen), 0) from cases",
        "collected_fen": "coalesce(sum(collected_fen), 0) from cases",
        "owing_fen": "coalesce(sum(principal_open_fen), 0) from cases",
        "parties": "count(*) from party",
        "steps": "count(*) from step",
        "clocks": "count(*) from clock",
        "receipts": "count(*) from receipt",
        "transfers": "count(*) from transfer",
        "transferred_fen": "coalesce(sum(amount_fen), 0) from transfer",
        "imports": "count(*) from casebook_import where state = 'committed'",
        "rows": "count(*) from casebook_row",
    }
    with psycopg.connect(database_url) as connection:
        found = connection.execute(f"select {', '.join(f'(select {one})' for one in counts.values())}".encode())
        values = found.fetchone()
    assert values is not None
    return dict(zip(counts, map(int, values), strict=True))
