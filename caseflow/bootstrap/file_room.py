"""Where files are kept, wired to the settings."""

from __future__ import annotations

from caseflow.adapters.file_keys import FileKeys
from caseflow.adapters.file_store import AgeFileStore
from caseflow.config import Settings, read_settings


def build_file_store(settings: Settings | None = None) -> AgeFileStore:
    """Wire the store of files in the home folder; its folders and keys are made when something first asks for them.

    ``settings`` default to the environment, which is read as late. Raises ``FileKeysUnusable`` at that time.
    """
    known = settings or read_settings()

    def keys() -> FileKeys:
        if known.file_keys:
            return FileKeys.of(known.file_keys, "CASEFLOW_FILE_KEYS")
        return FileKeys.kept_in(known.home)

    return AgeFileStore(known.home / "files", keys)
