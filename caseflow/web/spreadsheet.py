"""Lists handed out as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# The mark at the start tells spreadsheet programs that the file is UTF-8.
_UTF8_MARK = "\ufeff"


def csv_answer(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Response:
    """Return a CSV file of that name; it goes out row by row, and no cell of it is taken for a formula.

    The rows are read whole before: what is opened while the answer goes out would be in no read log, and asked for
    without the office of who asks.
    """
    return Response(
        stream_with_context(_lines(headings, rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    out.write(_UTF8_MARK)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
