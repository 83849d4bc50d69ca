"""Printed documents: Typst sets them from ``templates/documents``, with a font that comes with the installation."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import typst

from caseflow.adapters.fonts import bundled_fonts
from caseflow.domain.receipt_text import check_address, receipt_text
from caseflow.domain.workflow import money_text
from caseflow.resources import data_directory
from caseflow.services.ports.documents import ReceiptPaper


class TypstReceipts:
    """Fulfils :class:`caseflow.services.ports.ReceiptPrinter`."""

    def pdf(self, paper: ReceiptPaper) -> bytes:
        """Return the receipt as a one-page PDF: the same bytes for the same receipt."""
        return self._set(paper, "pdf")

    def png(self, paper: ReceiptPaper) -> bytes:
        """Return the page as a picture, for people who look at it."""
        return self._set(paper, "png")

    def _set(self, paper: ReceiptPaper, form: Literal["pdf", "png"]) -> bytes:
        folder = data_directory("templates") / "documents"
        return typst.compile(
            folder / "receipt.typ",
            root=folder,
            font_paths=bundled_fonts(),
            sys_inputs={"receipt": json.dumps(_said(paper), ensure_ascii=False)},
            format=form,
            # The day of the receipt and no clock, so that a reprint is the same file.
            timestamp=datetime(paper.on.year, paper.on.month, paper.on.day, tzinfo=UTC),
        )


def capital_numerals(amount_fen: int) -> str:
    """Return an amount above zero as it is written on a receipt: 123400 fen is 壹仟贰佰叁拾肆元整."""
    # Its tables take 0.1 s to read, which no other page of caseflow needs to wait for.
    import cn2an

    yuan, fen = divmod(amount_fen, 100)
    return str(cn2an.an2cn(f"{yuan}.{fen:02d}", "rmb"))


def qr_text(paper: ReceiptPaper) -> str:
    """Return what the large QR code carries, as docs/receipts.md tells verifiers."""
    return receipt_text(paper.number, paper.amount_fen, paper.on, paper.leaf, proof=paper.proof, address=paper.check_at)


def _said(paper: ReceiptPaper) -> Mapping[str, Any]:
    mark = paper.mark
    return {
        "number": paper.number,
        "book": paper.book,
        "lot_first": paper.lot_first,
        "lot_last": paper.lot_last,
        "payer": paper.payer,
        "case_zh": paper.case_number.zh,
        "case_en": paper.case_number.en,
        "items": [{"zh": words.zh, "en": words.en, "yuan": money_text(fen)} for words, fen in paper.items],
        "yuan": money_text(paper.amount_fen),
        "capitals": capital_numerals(paper.amount_fen),
        "date": paper.on.isoformat(),
        "date_zh": f"{paper.on.year}年{paper.on.month}月{paper.on.day}日",
        "year": paper.on.year,
        "month": paper.on.month,
        "day": paper.on.day,
        "office_zh": paper.office.zh,
        "office_en": paper.office.en,
        "cashier_zh": paper.cashier.zh,
        "cashier_en": paper.cashier.en,
        "leaf": paper.leaf.hex(),
        "qr": _qr(qr_text(paper)),
        "qr_is_long": bool(paper.proof),
        "check_at": paper.check_at,
        "check_qr": _qr(check_address(paper.check_at, paper.number, paper.leaf)) if paper.check_at else "",
        "mark_zh": mark.zh if mark is not None else "",
        "mark_en": mark.en if mark is not None else "",
    }


def _qr(text: str) -> str:
    import segno

    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", border=2, svgclass=None, lineclass=None)
    return drawn.getvalue().decode()
