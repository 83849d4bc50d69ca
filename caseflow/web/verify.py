"""The public page where anybody with a receipt in hand checks it. It names no person and no case.

The address that a receipt's QR code leads to fills the form in and checks nothing by itself: only the press of the
button does, so that a link preview or a crawler asks nothing of the record.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.receipt_text import LONGEST_TEXT, ClaimedReceipt, NotAReceipt, claimed_by_number, read_receipt_text
from caseflow.domain.words import Words
from caseflow.services.rate_limits import TooManyAttempts
from caseflow.services.receipt_verification import Verified
from caseflow.web.answer_fields import Faults
from caseflow.web.context import ADDRESS, application
from caseflow.web.security import public

blueprint = Blueprint("verify", __name__)
_NOT_READ: Final = Words(
    "This is not the whole text of a receipt's QR code: it begins with caseflow-receipt/1 and has at least five parts.",
    "这不是完整的票据二维码内容：应以 caseflow-receipt/1 开头，且至少有五部分。",
)
_NOT_A_LEAF: Final = Words(
    "The record's leaf is the 64 figures and letters (0-9, a-f) in the small print of the receipt.",
    "记录指纹为票据下方小字的64位数字和字母（0-9、a-f）。",
)
_TOO_OFTEN: Final = Words(
    "Too many receipts were not found from here. Wait a few minutes and try again.",
    "此处多次查询未找到的票据，请数分钟后再试。",
)
_LONGEST_SHOWN: Final = 100


@blueprint.get("/verify")
@public
def form() -> ResponseReturnValue:
    """Show the form, filled in with what the address of the QR code says."""
    number = request.args.get("receipt", "")[:_LONGEST_SHOWN]
    leaf = request.args.get("leaf", "")[:_LONGEST_SHOWN]
    return _shown(number=number, leaf=leaf)


@blueprint.post("/verify")
@public
def check() -> ResponseReturnValue:
    """Check a receipt by the text of its QR code, or by its number and leaf."""
    text = request.form.get("text", "")[: LONGEST_TEXT + 1]
    number = request.form.get("number", "")[:_LONGEST_SHOWN]
    leaf = request.form.get("leaf", "")[:_LONGEST_SHOWN]
    faults = Faults()
    claimed: ClaimedReceipt | None = None
    try:
        claimed = read_receipt_text(text) if text.strip() else claimed_by_number(number, leaf)
    except NotAReceipt:
        if text.strip():
            faults.add(_NOT_READ, "text")
        else:
            faults.add(_NOT_A_LEAF, "leaf")
    if claimed is None:
        return _shown(text=text, number=number, leaf=leaf, faults=faults), 422
    try:
        found = application().verification.verify(claimed, request.remote_addr or "")
    except TooManyAttempts:
        faults.add(_TOO_OFTEN)
        return _shown(text=text, number=number, leaf=leaf, faults=faults), 429
    return _shown(text=text, number=number, leaf=leaf, found=found)


def verify_address() -> str:
    """Return the address of this page as people type it; empty where the office did not say its own."""
    address = current_app.config[ADDRESS]
    return f"{address}/verify" if address else ""


def _shown(
    *, text: str = "", number: str = "", leaf: str = "", faults: Faults | None = None, found: Verified | None = None
) -> str:
    return render_template("verify.html", text=text, number=number, leaf=leaf, faults=faults or Faults(), found=found)
