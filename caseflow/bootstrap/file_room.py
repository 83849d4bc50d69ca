"""Where files are kept and what they pass on their way in, wired to the settings."""

from __future__ import annotations

from pathlib import Path

from caseflow.adapters.file_checks import FileChecks
from caseflow.adapters.file_keys import FileKeys
from caseflow.adapters.file_store import AgeFileStore
from caseflow.adapters.quarantine import QuarantineFolder, ScanCommand
from caseflow.adapters.sealed_files import AgeFileSeal
from caseflow.config import Settings, read_settings
from caseflow.domain.case_files import MIB
from caseflow.services.ports.files import FileRoom

FOLDER = "files"


def build_file_room(settings: Settings | None = None) -> FileRoom:
    """Wire the files of the home folder; its folders and keys are made when something first asks for them.

    ``settings`` default to the environment. Raises ``ConfigurationError``; ``FileKeysUnusable`` at the first use.
    """
    known = settings or read_settings()
    folder = known.home / FOLDER
    return FileRoom(
        store=build_file_store(known),
        quarantine=QuarantineFolder(folder / "quarantine"),
        checks=FileChecks(),
        scan=ScanCommand(known.scan_command) if known.scan_command else None,
        limit_bytes=known.file_limit_mib * MIB,
        quota_bytes=known.file_quota_mib * MIB,
        seal=AgeFileSeal(lambda: _keys(known)),
    )


def build_file_store(settings: Settings) -> AgeFileStore:
    """Wire the store alone; its folders and keys are made when something first asks for them."""
    return AgeFileStore(settings.home / FOLDER, lambda: _keys(settings))


def prepare_files(settings: Settings) -> Path:
    """Make the folders and keys of the files and clear what a killed process left; return a folder for drafts.

    Raises ``FileKeysUnusable``, ``OSError``.
    """
    folder = settings.home / FOLDER
    build_file_store(settings).prepare()
    QuarantineFolder(folder / "quarantine").prepare()
    return folder / "incoming"


def _keys(settings: Settings) -> FileKeys:
    if settings.file_keys:
        return FileKeys.of(settings.file_keys, "CASEFLOW_FILE_KEYS")
    return FileKeys.kept_in(settings.home)
