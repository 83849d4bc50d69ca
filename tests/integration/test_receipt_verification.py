"""Anybody with a receipt in hand checks it: genuine, changed, unknown, not sealed yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from caseflow.adapters.pdf import qr_text
from caseflow.domain.receipt_text import ClaimedReceipt, NotAReceipt, claimed_by_number, read_receipt_text
from caseflow.domain.receipts import Status
from caseflow.services.rate_limits import TooManyAttempts
from caseflow.services.receipt_verification import Returned, Verdict
from tests.attack.roles import as_superuser
from tests.cashier import opened, pays, served
from tests.office import Office
from tests.sealed import seal_all

PAGE = "https://cases.example.org/verify"


def printed(office: Office) -> str:
    """Take a payment and return what the large QR code of its receipt says."""
    case_id, lot_id = served(office), opened(office)
    pays(office, case_id, "100", "1")
    return qr_text(replace(office.application.receipt_papers.paper(office.actors["cashier"], lot_id, 1), check_at=PAGE))


def test_a_receipt_is_not_sealed_then_genuine_and_its_void_is_told(office: Office, tmp_path: Path) -> None:
    verify = office.application.verification.verify
    text = printed(office)
    fields = text.split("|")
    assert (len(fields), fields[0], fields[5], fields[6]) == (7, "caseflow-receipt/1", "", PAGE)
    assert verify(read_receipt_text(text), "here").verdict is Verdict.NOT_SEALED
    seal_all(office.database_url, tmp_path)
    found = verify(read_receipt_text(text), "here")
    assert (found.verdict, found.number, found.on) == (Verdict.GENUINE, "云财A000001", date(2024, 3, 5))
    assert (found.status, found.returned, found.compared) == (Status.ISSUED, Returned.NOTHING, True)
    lot_id = office.application.receipt_book.lots(office.actors["cashier"])[0].id
    proven = qr_text(office.application.receipt_papers.paper(office.actors["cashier"], lot_id, 1))
    assert verify(read_receipt_text(proven), "here").verdict is Verdict.GENUINE
    by_hand = verify(claimed_by_number("云财A000001", fields[4].upper()), "here")
    assert (by_hand.verdict, by_hand.compared) == (Verdict.GENUINE, False)
    assert not {"case", "payer", "amount", "name"} & {name.split("_")[0] for name in vars(by_hand)}


def test_a_changed_paper_and_a_changed_record_are_found(office: Office, tmp_path: Path) -> None:
    verify = office.application.verification.verify
    claimed = read_receipt_text(printed(office))
    seal_all(office.database_url, tmp_path)
    assert verify(replace(claimed, amount_fen=1_000_000), "here").verdict is Verdict.CHANGED
    assert verify(replace(claimed, on=date(2024, 3, 6)), "here").verdict is Verdict.CHANGED
    assert verify(replace(claimed, leaf=bytes(32)), "here").verdict is Verdict.UNKNOWN
    assert verify(replace(claimed, number="云财A000002"), "here").verdict is Verdict.UNKNOWN
    with psycopg.connect(as_superuser(office.database_url)) as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("update audit_event set body = body || '{\"x\": 1}' where leaf = %s", (claimed.leaf,))
        owner.commit()
    assert verify(claimed, "here").verdict is Verdict.CHANGED


def test_sums_cannot_be_tried_out(office: Office) -> None:
    verify, claimed = office.application.verification.verify, read_receipt_text(printed(office))
    for fen in range(100, 130):
        if fen < 120:
            assert verify(replace(claimed, leaf=bytes(32), amount_fen=fen), "there").verdict is Verdict.UNKNOWN
    with pytest.raises(TooManyAttempts):
        verify(claimed, "there")
    assert verify(claimed, "elsewhere").verdict is Verdict.NOT_SEALED


@pytest.mark.parametrize(
    "text",
    ["", "hello", "caseflow-receipt/1|A|100", "caseflow-receipt/2|A|100|2024-03-05|" + "0" * 64,
     "caseflow-receipt/1|A|x|2024-03-05|" + "0" * 64, "caseflow-receipt/1|A|100|2024-13-05|" + "0" * 64,
     "caseflow-receipt/1|A|100|2024-03-05|" + "0" * 63, "caseflow-receipt/1|A|100|2024-03-05|" + "0" * 64 + "|nonsense",
     "caseflow-receipt/1||100|2024-03-05|" + "0" * 64, "|" * 9000],
)  # fmt: skip
def test_what_is_no_receipt_is_refused_before_the_record_is_asked(text: str) -> None:
    with pytest.raises(NotAReceipt):
        read_receipt_text(text)


def test_a_phone_may_break_the_lines() -> None:
    text = "caseflow-receipt/1|云财A1|100|2024-03-05|" + "a" * 64
    assert read_receipt_text(text[:30] + "\r\n" + text[30:]) == ClaimedReceipt(
        "云财A1", bytes.fromhex("a" * 64), 100, date(2024, 3, 5)
    )
