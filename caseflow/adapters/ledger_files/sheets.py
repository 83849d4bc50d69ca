"""CSV and XLSX: a row a transfer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from caseflow.adapters.ledger_files.cells import HEADINGS, rows_of_cells
from caseflow.services.ports.ledger_reads import Extract

_CHUNK_CHARACTERS: Final = 1 << 16


class Csv:
    """CSV (RFC 4180) in UTF-8 with a byte order mark, without which spreadsheets show no Chinese."""

    suffix = "csv"
    media_type = "text/csv; charset=utf-8"

    def write(self, extract: Extract) -> Iterator[bytes]:
        """Yield the file in pieces."""
        text = io.StringIO()
        table = csv.writer(text)
        text.write("\ufeff")
        table.writerow([heading.in_locale(extract.locale) for heading in HEADINGS])
        for cells in rows_of_cells(extract):
            table.writerow(cells)
            if text.tell() >= _CHUNK_CHARACTERS:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode()


class Xlsx:
    """An Excel workbook."""

    suffix = "xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def write(self, extract: Extract) -> Iterator[bytes]:
        """Yield the file in pieces, once it is whole: a workbook is a ZIP whose list of contents stands at its end."""
        # The library takes a tenth of a second to load, which no other command need wait for.
        from caseflow.adapters.ledger_files.workbook import pieces_of_workbook

        return pieces_of_workbook(extract)
