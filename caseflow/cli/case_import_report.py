"""What ``caseflow cases import`` says of a file: for people, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from caseflow.domain.casebook.headings import quoted
from caseflow.domain.casebook.rows import Finding, Grade, JudgedRow
from caseflow.domain.words import Words
from caseflow.domain.workflow import money_text
from caseflow.services.case_imports import BookRead, ImportHeader, ImportRefused, ImportReport

_MOST_SHOWN = 50
_GRAVEST = [Grade.ERROR, Grade.WARNING, Grade.OK]


def told(report: ImportReport) -> str:
    """Return the report for people."""
    read, totals = report.read, report.totals
    how = f"sheet {read.sheet_name}" if read.sheet_name else read.encoding
    lines = [
        f"{report.name}: {read.regime}, {how}, headings in row {read.heading_row}",
        "columns  " + ", ".join(f"{name}={heading}" for name, heading in read.columns.items()),
    ]
    if read.unmapped:
        lines.append("NOT TAKEN OVER " + ", ".join(f"“{heading}”" for heading in read.unmapped))
        lines.append("         Nothing under these headings is read or kept; --columns NAME=HEADING takes one over.")
        lines.append("         Columns that no heading fills: " + (", ".join(read.unfilled) or "none") + ".")
    if read.sheets_passed_over:
        lines.append("NOT READ sheets " + ", ".join(f"“{name}”" for name in read.sheets_passed_over))
        lines.append("         They hold something, too: read each of them with --sheet NAME.")
    lines += [
        f"rows     {totals.rows}: {totals.ok} good, {totals.warning} with warnings, {totals.error} with errors",
        f"new      {totals.new:>7}   assessed {money_text(totals.assessed_fen):>18} yuan",
        f"already  {totals.already:>7}   paid     {money_text(totals.paid_fen):>18} yuan",
    ]
    if not read.encoding_sure:
        lines.append(f"The encoding {read.encoding} is a guess: look whether names read right, or give --encoding.")
    found = [row for row in report.rows if row.findings]
    lines += [_line(row, finding) for row in found[:_MOST_SHOWN] for finding in row.findings]
    if len(found) > _MOST_SHOWN:
        lines.append(f"and {len(found) - _MOST_SHOWN} more rows (--report FILE or --json shows all)")
    return "\n".join(lines)


def as_json(report: ImportReport, header: ImportHeader | None) -> dict[str, Any]:
    """Return the report as one JSON object: how the file was read, the totals, and one entry a row."""
    read = report.read
    return {
        "file": report.name,
        "sha256": report.sha256,
        "regime": read.regime,
        "encoding": read.encoding,
        "sheet": read.sheet_name,
        "heading_row": read.heading_row,
        "columns": dict(read.columns),
        "unmapped": list(read.unmapped),
        "unfilled": list(read.unfilled),
        "sheets_not_read": list(read.sheets_passed_over),
        "notices": [words.to_json() for words in notices(read)],
        "totals": asdict(report.totals),
        "left_out": [{"row": number, "reason": words.to_json()} for number, words in sorted(report.left_out.items())],
        "committed": header is not None,
        "import": header.id if header is not None else None,
        "quarantined": header.open_rows if header is not None else 0,
        "rows": [_row(row) for row in report.rows],
    }


def notices(read: BookRead) -> list[Words]:
    """Return what somebody should know before the commit: what of the file is not taken over, and was not read."""
    found = []
    if read.unmapped:
        named = quoted(read.unmapped)
        found.append(
            Words(
                f"Not taken over: {named.en}. Nothing under these headings is read or kept; --columns NAME=HEADING "
                "takes one over.",
                f"未导入的列：{named.zh}。这些列的内容不读取也不保存；可用--columns NAME=HEADING导入其中一列。",
            )
        )
    if read.sheets_passed_over:
        named = quoted(read.sheets_passed_over)
        found.append(
            Words(
                f"Sheets that were not read: {named.en}. Read each of them with --sheet NAME.",
                f"未读取的工作表：{named.zh}。请用--sheet NAME逐一读取。",
            )
        )
    return found


def refusal_json(refusal: ImportRefused) -> dict[str, Any]:
    """Return why a file could not be looked at."""
    return {
        "committed": False,
        "rows": [],
        "refused": [{"field": field, "reason": words.to_json()} for field, words in refusal.faults],
    }


def _row(row: JudgedRow) -> dict[str, Any]:
    gravest = min(row.findings, key=lambda one: _GRAVEST.index(one.grade), default=None)
    return {
        "row": row.number,
        "case": row.case_number,
        "status": row.grade.value,
        "field": gravest.heading if gravest is not None else None,
        "value": gravest.value if gravest is not None else None,
        "message": f"{gravest.words.en} {gravest.words.zh}" if gravest is not None else None,
        "known": row.known,
        "findings": [
            {
                "status": one.grade.value,
                "column": one.column,
                "field": one.heading,
                "value": one.value,
                "message": one.words.to_json(),
            }
            for one in row.findings
        ],
    }


def _line(row: JudgedRow, finding: Finding) -> str:
    return (
        f"row {row.number}  {finding.grade.value}  {row.case_number}  {finding.heading} “{finding.value}”: "
        f"{finding.words.en} {finding.words.zh}"
    )
