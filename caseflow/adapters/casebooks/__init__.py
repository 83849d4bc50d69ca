"""Old casebooks as files: CSV of any encoding and delimiter, and XLSX."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from caseflow.adapters.casebooks.annotating import annotated_workbook, notes_of, width_of
from caseflow.adapters.casebooks.delimited import annotated_delimited, read_delimited
from caseflow.adapters.casebooks.mappings import read_mapping
from caseflow.adapters.casebooks.workbooks import read_workbook
from caseflow.adapters.file_checks.signatures import is_compound
from caseflow.domain.casebook.rows import JudgedRow, Sheet
from caseflow.domain.words import Words
from caseflow.services.ports.casebooks import LARGEST_BOOK_BYTES, BookUnreadable

_ZIP: Final = b"PK\x03\x04"


class CasebookFiles:
    """Fulfils :class:`caseflow.services.ports.casebooks.BookReader`."""

    def read(
        self,
        content: bytes,
        name: str,
        *,
        known: Collection[str],
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> Sheet:
        """Return the table of the file. Raises ``BookUnreadable`` and nothing else."""
        _check(content, name)
        try:
            if content.startswith(_ZIP):
                return read_workbook(content, known, sheet)
            return read_delimited(content, known, encoding)
        except BookUnreadable:
            raise
        except Exception as error:  # the libraries meet damaged bytes with errors of every kind
            raise BookUnreadable(_unreadable(name)) from error

    def annotated(
        self,
        content: bytes,
        name: str,
        sheet: Sheet,
        judged: Sequence[JudgedRow],
        language: str,
    ) -> bytes:
        """Return the same spreadsheet with one column more. Raises ``BookUnreadable`` and nothing else."""
        notes = notes_of(sheet, judged, language)
        try:
            if sheet.sheet_name:
                return annotated_workbook(content, sheet, notes)
            return annotated_delimited(content, sheet, notes, width_of(sheet))
        except BookUnreadable:
            raise
        except Exception as error:  # the file may be another than the one the sheet was read from
            raise BookUnreadable(_unreadable(name)) from error

    def mapping(self, content: bytes) -> dict[str, str]:
        """Return a mapping file: column name -> heading. Raises ``BookUnreadable`` and nothing else."""
        return read_mapping(content)


def _check(content: bytes, name: str) -> None:
    if not content.strip():
        raise BookUnreadable(Words(f"“{name}” is empty: choose another file.", f"“{name}”是空文件，请另选文件。"))
    if len(content) > LARGEST_BOOK_BYTES:
        largest = LARGEST_BOOK_BYTES // 1024 // 1024
        words = Words(f"“{name}” is larger than {largest} MB: divide it.", f"“{name}”超过{largest}兆字节，请拆分。")
        raise BookUnreadable(words)
    if is_compound(content[:512]):
        words = Words(
            f"“{name}” is an old workbook (.xls), or one with a password: save it as XLSX without a password.",
            f"“{name}”是旧版工作簿（.xls）或设有密码的工作簿：请取消密码并另存为XLSX。",
        )
        raise BookUnreadable(words)


def _unreadable(name: str) -> Words:
    return Words(
        f"“{name}” cannot be read as a table: save it in the spreadsheet as XLSX, or as CSV in UTF-8.",
        f"“{name}”无法作为表格读取：请在电子表格中另存为XLSX或UTF-8编码的CSV。",
    )
