"""The receipts of the practice casebook in a test's office: one lot, in order, no gaps; bad rows' numbers void."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

from caseflow.domain.bank import read_amount, read_day
from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile, MakeRemittance
from caseflow.services.ledger import Posting
from caseflow.services.ports.privacy import NAME
from tests.office import Office, kept_cipher

CASEBOOK = Path(__file__).resolve().parents[2] / "shared" / "data" / "casebook"
KEY = json.loads((CASEBOOK / "key.json").read_text(encoding="utf-8"))
ACCOUNT = "6222000000000001"
_FIRST = 31000001

LOT = """
insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, opened_on, opened_by, event_key)
values (%(office)s, %(book)s, '', %(first)s, %(last)s, 8, 3, %(day)s, %(staff)s, %(event)s) returning id
"""
RECEIPT = """
insert into receipt (lot_id, no, office_id, first_no, last_no, previous_no, number, status, amount_fen, principal_fen,
                     charge_fen, held_fen, payer_sealed,
                     transfer_key, entered_on, entered_by, event_key, reason, copies,
                     ended_on, ended_by, end_event_key)
select l.id, x.no, l.office_id, l.first_no, l.last_no, nullif(x.no - 1, l.first_no - 1), lpad(x.no::text, 8, '0'),
       case when x.fen is null then 'void' else 'issued' end, x.fen, case when x.fen is not null then 0 end,
       case when x.fen is not null then 0 end, x.fen, decode(x.payer, 'hex'), x.transfer_key, x.day, %(staff)s,
       %(event)s,
       case when x.fen is null then 'spoilt' end, case when x.fen is null then l.copies end,
       case when x.fen is null then x.day end, case when x.fen is null then %(staff)s end,
       case when x.fen is null then %(event)s end
  from receipt_lot l, jsonb_to_recordset(%(rows)s::jsonb) as x(no bigint, fen bigint, payer text, day date,
       transfer_key text)
 where l.id = %(lot)s order by x.no
"""
EVENT = """
insert into audit_event (key, at, actor_id, office_id, action, body, leaf)
values (%s, now(), %s, %s, 'test', '{}', sha256(%s)) returning key
"""


@dataclass(frozen=True)
class Paper:
    """A receipt a test writes, for money held for its payer; without an amount its number is void."""

    no: int
    day: date
    fen: int | None = None
    payer: str = "Harmony Clinic"


def write_receipts(office: Office, papers: list[Paper], book: str = "book") -> None:
    """Write receipts in one lot that begins with the first number, as the owner of the tables, and their money."""
    cashier, chart = office.actors["cashier"], office.application.rulebook.chart
    into = (chart.account(Line.INCOME, "collecting_bank"), chart.account(Line.INCOME, "held"))
    paid = [
        Posting(f"{book}:{one.no}", Line.INCOME, [("collect", *into, one.fen)], one.day) for one in papers if one.fen
    ]
    office.application.ledger.post_many(cashier, paid)
    with psycopg.connect(office.database_url) as connection:
        key = f"receipts:{book}:{papers[0].no}"
        connection.execute(EVENT, (key, cashier.id, cashier.office_id, key.encode()))
        lot = connection.execute(
            LOT,
            {
                "office": cashier.office_id, "book": book, "first": papers[0].no, "last": papers[-1].no,
                "day": min(paper.day for paper in papers), "staff": cashier.id, "event": key,
            },
        ).fetchone()  # fmt: skip
        assert lot is not None
        rows = [
            {
                **vars(paper),
                "day": paper.day.isoformat(),
                "transfer_key": f"{book}:{paper.no}" if paper.fen else None,
                "payer": kept_cipher().seal(NAME, 0, paper.payer).hex() if paper.fen else None,
            }
            for paper in papers
        ]
        connection.execute(RECEIPT, {"staff": cashier.id, "event": key, "lot": lot[0], "rows": json.dumps(rows)})
        connection.commit()


def casebook_papers() -> list[Paper]:
    """The receipts of the good rows of the casebook; every other number of the lot is void."""
    rows = list(csv.DictReader(io.StringIO((CASEBOOK / "casebook.csv").read_bytes().decode("gb18030"))))
    good = {row["row"] for row in KEY["rows"] if row["ok"]}
    papers: dict[int, Paper] = {}
    for line, row in enumerate(rows, 2):
        if row["票据号"] and line in good:
            day, fen = read_day(row["缴款日期"]), read_amount(row["已缴金额"])
            assert day is not None
            papers[int(row["票据号"])] = Paper(int(row["票据号"]), day, fen, row["当事人"])
    numbers = [int(row["票据号"]) for row in rows if row["票据号"].isdecimal()]
    return [papers.get(no, Paper(no, date(2009, 1, 1))) for no in range(_FIRST, max(numbers) + 1)]


def remitted(office: Office) -> int:
    """One receipt of 1.00, banked on a line and remitted; return the remittance."""
    application, cashier = office.application, office.actors["cashier"]
    today = application.time.today()
    write_receipts(office, [Paper(1, today, 100)])
    application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    line = f"日期,金额,票据号\n{today.isoformat()},1.00,00000001\n".encode()
    application.statements.enter(cashier, EnterFile("one.csv", line), key="one")
    account = application.statements.accounts(cashier)[0].id
    row = application.remittances.remittable(cashier, account)[0]
    asked = MakeRemittance(account, "JK-1", today, ((row.lot_id, row.no),), 100)
    return application.remittances.make(cashier, asked, key="one")
