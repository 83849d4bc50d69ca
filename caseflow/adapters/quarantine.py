"""Where a file waits until it is known to be harmless, and the program that looks for viruses in it."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from caseflow.adapters.file_store import clear_left_behind
from caseflow.domain.case_files import too_large
from caseflow.domain.file_refusals import Why, refused
from caseflow.services.ports.files import HeldFile, Source

_PIECE_BYTES: Final = 256 * 1024
SCAN_SECONDS: Final = 120
_CLEAN, _INFECTED = 0, 1
_log = structlog.get_logger(__name__)


class QuarantineFolder:
    """Fulfils :class:`caseflow.services.ports.files.Quarantine` with one plain file (mode 0600) a block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and remove what a killed process left in it. Raises ``OSError``."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        clear_left_behind(self._folder)

    @contextmanager
    def hold(self, source: Source, limit_bytes: int) -> Iterator[HeldFile]:
        """Copy ``source`` aside, no further than ``limit_bytes``, and remove the copy at the end of the block."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / secrets.token_hex(16)
        digest, size_bytes = hashlib.sha256(), 0
        try:
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as copy:
                while piece := source.read(_PIECE_BYTES):
                    size_bytes += len(piece)
                    if size_bytes > limit_bytes:
                        raise too_large(limit_bytes)
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                copy.seek(0)
                yield HeldFile(digest.hexdigest(), size_bytes, copy, path)
        finally:
            path.unlink(missing_ok=True)


class ScanCommand:
    """Fulfils :class:`caseflow.services.ports.files.VirusScan` with a program: exit 0 is clean, 1 is infected.

    Anything else, and too long a time, refuses the file: what was not scanned is not taken.
    """

    def __init__(self, command: Sequence[str], seconds: float = SCAN_SECONDS) -> None:
        self._command = tuple(command)
        self._seconds = seconds

    def scan(self, path: Path) -> None:
        """Run the program on ``path``, which is its last argument, without a shell."""
        try:
            done = subprocess.run(
                [*self._command, str(path)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._seconds,
                check=False,
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            _log.error("virus scan failed", error=type(error).__name__)
            raise refused(Why.SCAN_FAILED) from error
        if done.returncode == _INFECTED:
            raise refused(Why.VIRUS)
        if done.returncode != _CLEAN:
            _log.error("virus scan failed", exit_code=done.returncode, said=done.stderr[-500:].decode(errors="replace"))
            raise refused(Why.SCAN_FAILED)
