"""Reading an old casebook from the file that a bureau keeps it in, and giving that file back with what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from caseflow.domain.casebook.rows import JudgedRow, Sheet
from caseflow.domain.words import Words

LARGEST_BOOK_BYTES: Final = 64 * 1024 * 1024
"""How many bytes a casebook may have."""
MOST_BOOK_ROWS: Final = 200_000
"""How many rows a casebook may have, those left out among them."""
MOST_BOOK_COLUMNS: Final = 200
"""How many columns a casebook may have."""
LONGEST_CELL: Final = 32_767
"""How many characters a cell may have: as many as Excel allows."""

ENCODINGS: Final[Mapping[str, Words]] = {
    "utf-8": Words("UTF-8", "UTF-8"),
    "gb18030": Words("GB18030 (GBK, GB2312)", "GB18030（GBK、GB2312）"),
    "big5": Words("Big5 (traditional Chinese)", "Big5（繁体中文）"),
    "utf-16": Words("UTF-16 (Unicode text)", "UTF-16（Unicode文本）"),
}
"""The encodings a CSV may be read in, to choose from where the guess was wrong."""


class BookUnreadable(Exception):
    """The file is no table that can be read. ``words`` say what to do; ``row`` is where it stopped, if anywhere."""

    def __init__(self, words: Words, row: int | None = None) -> None:
        self.words = words
        self.row = row
        super().__init__(words.en)


class BookReader(Protocol):
    """Reads CSV and XLSX. Whatever bytes it is given, it raises nothing but :class:`BookUnreadable`."""

    def read(
        self,
        content: bytes,
        name: str,
        *,
        known: Collection[str],
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> Sheet:
        """Return the table of the file.

        ``known`` are the headings by which the heading row is found: ``headings.known_headings(book, mapping)``.
        ``encoding`` is one of :data:`ENCODINGS` (None: found out), ``sheet`` the name of a workbook's sheet (None: the
        one whose headings fit best). ``name`` is the file's name, for the words of a refusal only.
        """
        ...

    def annotated(
        self,
        content: bytes,
        name: str,
        sheet: Sheet,
        judged: Sequence[JudgedRow],
        language: str,
    ) -> bytes:
        """Return the same spreadsheet with one column more: the grade of each row, the heading, and what to do.

        CSV keeps its encoding, delimiter and line ends, XLSX its formats. Every formula in it is made plain text.
        """
        ...

    def mapping(self, content: bytes) -> dict[str, str]:
        """Return a mapping file (YAML or JSON): the name of a column -> the heading it has in the file.

        The names are not looked at here, see ``headings.mapped_columns``.
        """
        ...
