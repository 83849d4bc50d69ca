"""PDF: the bytes around it are looked at here; what is in it is read by another process with little memory and time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, Final

from caseflow.adapters.file_checks.signatures import read_at
from caseflow.domain.file_refusals import Why, refused

# Run as a file, because importing the package would take longer than reading most papers.
_READER: Final = Path(__file__).with_name("pdf_reader.py")
_TAIL_BYTES: Final = 64 * 1024
_READING_SECONDS: Final = 60
_VERDICTS: Final = frozenset({Why.LOCKED_PDF, Why.ACTIVE_PDF, Why.BROKEN})


def check_pdf(content: BinaryIO, size_bytes: int, path: Path) -> None:
    """Refuse a PDF with something behind its end, and what the reader says is broken, locked or active.

    Raises ``FileNotTaken``.
    """
    tail = read_at(content, max(0, size_bytes - _TAIL_BYTES), _TAIL_BYTES)
    before, end, behind = tail.rpartition(b"%%EOF")
    if not end or not before:
        raise refused(Why.BROKEN)
    if behind.strip(b"\x00\t\n\x0c\r "):
        raise refused(Why.POLYGLOT)
    try:
        # Isolated from the environment: it gets a path and says one word.
        read = subprocess.run(
            [sys.executable, "-I", str(_READER), str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_READING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refused(Why.BOMB) from None
    verdict = read.stdout.decode(errors="replace").strip()
    if verdict in _VERDICTS:
        raise refused(Why(verdict))
    if read.returncode != 0 or verdict != "sound":
        # It ran out of memory or time, or fell over: whoever opens the file would fare the same.
        raise refused(Why.BOMB)
