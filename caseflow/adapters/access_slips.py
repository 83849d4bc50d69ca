"""The slip that carries the code of a case to the person concerned: set by Typst, kept nowhere."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import segno
import typst

from caseflow.adapters.fonts import bundled_fonts
from caseflow.resources import data_directory
from caseflow.services.ports.documents import AccessSlip


class TypstSlips:
    """Fulfils :class:`caseflow.services.ports.documents.SlipPrinter`."""

    def pdf(self, slip: AccessSlip) -> bytes:
        """Return the slip as a one-page PDF in Chinese and English."""
        folder = data_directory("templates") / "documents"
        said = {
            "office_zh": slip.office.zh,
            "office_en": slip.office.en,
            "number_zh": slip.case_number.zh,
            "number_en": slip.case_number.en,
            "code": slip.code,
            "address": slip.address,
            "until": slip.until.isoformat(),
            "until_zh": f"{slip.until.year}年{slip.until.month}月{slip.until.day}日",
            "goes_with_zh": slip.goes_with.zh if slip.goes_with is not None else "",
            "goes_with_en": slip.goes_with.en if slip.goes_with is not None else "",
            "qr": _qr(slip.address) if slip.address else "",
            "training": slip.training,
        }
        # The code goes to the typesetter in memory alone: no file of this computer ever holds it.
        return typst.compile(
            folder / "access_slip.typ",
            root=folder,
            font_paths=bundled_fonts(),
            sys_inputs={"slip": json.dumps(said, ensure_ascii=False)},
            format="pdf",
            timestamp=datetime(slip.made.year, slip.made.month, slip.made.day, tzinfo=UTC),
        )


def _qr(text: str) -> str:
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", border=2, svgclass=None, lineclass=None)
    return drawn.getvalue().decode()
