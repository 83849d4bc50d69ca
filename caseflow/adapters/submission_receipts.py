"""Receipts of what persons submit, set by Typst from ``templates/documents/submission_receipt.typ``."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import typst

from caseflow.adapters.fonts import bundled_fonts
from caseflow.domain.words import Words
from caseflow.resources import data_directory
from caseflow.services.ports.submissions import SubmissionPaper

_OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
_KIB = 1024


class TypstSubmissionReceipts:
    """Fulfils :class:`caseflow.services.ports.submissions.SubmissionPrinter`."""

    def pdf(self, paper: SubmissionPaper, language: str) -> bytes:
        """Return the receipt as PDF in ``zh`` or ``en``: the same bytes for the same receipt."""
        folder = data_directory("templates") / "documents"
        return typst.compile(
            folder / "submission_receipt.typ",
            root=folder,
            font_paths=bundled_fonts(),
            sys_inputs={"receipt": json.dumps(_said(paper, language), ensure_ascii=False)},
            format="pdf",
            # The moment of receipt and no clock, so that a reprint is the same file.
            timestamp=paper.received_at,
        )


def _said(paper: SubmissionPaper, language: str) -> dict[str, Any]:
    def pick(words: Words | None) -> str:
        return "" if words is None else words.zh if language == "zh" else words.en

    at = paper.received_at.astimezone(_OFFICE_ZONE)
    due = paper.answer_by
    return {
        "lang": language,
        "number": paper.number,
        "office": pick(paper.office),
        "case": pick(paper.case_number),
        "kind": pick(paper.kind),
        "received": _moment(at, language),
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "texts": [{"label": pick(label), "text": text} for label, text in paper.texts],
        "files": [{"name": name, "size": _size(size), "sha256": sha256} for name, size, sha256 in paper.files],
        "desk": pick(paper.desk),
        "late": pick(paper.late),
        "due": "" if due is None else _day(due.year, due.month, due.day, language),
        "limit": pick(paper.limit),
        "cite": pick(paper.cite),
        "note": pick(paper.note),
        "follows": pick(paper.follows),
        "hash": paper.hash,
        "salt": paper.salt,
        "training": paper.training,
    }


def _moment(at: Any, language: str) -> str:
    return f"{_day(at.year, at.month, at.day, language)} {at:%H:%M:%S}"


def _day(year: int, month: int, day: int, language: str) -> str:
    return f"{year}年{month}月{day}日" if language == "zh" else f"{year}-{month:02d}-{day:02d}"


def _size(size_bytes: int) -> str:
    return f"{size_bytes} B" if size_bytes < _KIB else f"{-(-size_bytes // _KIB)} KB"
