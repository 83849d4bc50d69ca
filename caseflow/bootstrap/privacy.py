"""What seals the personal data of parties, wired to the settings."""

from __future__ import annotations

from caseflow.adapters.field_cipher import KEY_FILE, AesFieldCipher, DataKeys
from caseflow.adapters.key_files import KeysUnusable
from caseflow.config import ConfigurationError, Settings, read_settings


def build_field_cipher(settings: Settings | None = None) -> AesFieldCipher:
    """Wire the cipher; its keys are read, and the key file made, when something first needs them.

    ``settings`` default to the environment as it is then. Raises ``ConfigurationError`` at the first use.
    """
    return AesFieldCipher(lambda: _keys(settings or read_settings()), lambda: _changed(settings or read_settings()))


def _changed(settings: Settings) -> object:
    """Return what differs once the keys of the file differ; keys of the environment stay as long as the process."""
    if settings.data_keys:
        return None
    try:
        found = (settings.home / KEY_FILE).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _keys(settings: Settings) -> DataKeys:
    try:
        if settings.data_keys:
            return DataKeys.of(settings.data_keys, "CASEFLOW_DATA_KEYS")
        return DataKeys.kept_in(settings.home)
    except (KeysUnusable, OSError) as error:
        message = f"names, numbers and addresses cannot be sealed: {error}"
        raise ConfigurationError(message) from error
