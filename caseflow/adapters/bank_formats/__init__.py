"""Reads bank statements: CAMT.053 (lxml), MT940 (mt-940) and CSV, told apart by their content."""

from __future__ import annotations

from caseflow.adapters.bank_formats.camt import read_camt
from caseflow.adapters.bank_formats.csv_statements import headings_of, read_csv
from caseflow.adapters.bank_formats.mt940_statements import read_mt940
from caseflow.adapters.bank_formats.texts import decoded
from caseflow.domain.bank import LARGEST_FILE_BYTES, BankFileRefused, Columns, ReadFile, RowFault
from caseflow.domain.words import Words


class BankFormats:
    """Fulfils :class:`caseflow.services.ports.bank.StatementReader`."""

    def kind(self, content: bytes) -> str:
        """Return ``camt053``, ``mt940`` or ``csv``, by content. Raises ``BankFileRefused``: empty or too large."""
        if not content.strip():
            raise BankFileRefused([RowFault(0, "file", Words("The file is empty.", "文件是空的。"))])
        if len(content) > LARGEST_FILE_BYTES:
            most = LARGEST_FILE_BYTES // 1024 // 1024
            words = Words(f"The file is larger than {most} MB.", f"文件超过{most}兆字节。")
            raise BankFileRefused([RowFault(0, "file", words)])
        start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
        if start.startswith(b"<") or (content[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<" in content[:6]):
            return "camt053"
        if b":20:" in start and b":25:" in start:
            return "mt940"
        return "csv"

    def headings(self, content: bytes) -> tuple[str, ...]:
        """Return the headings of a CSV. Raises ``BankFileRefused``."""
        return headings_of(decoded(content))

    def read(self, content: bytes, columns: Columns | None = None) -> ReadFile:
        """Return what the file holds; rows at fault are in the answer. ``columns``: of a CSV.

        Raises ``BankFileRefused`` where nothing can be read at all.
        """
        kind = self.kind(content)
        if kind == "camt053":
            return read_camt(content)
        if kind == "mt940":
            return read_mt940(decoded(content))
        return read_csv(decoded(content), columns or Columns())
