"""Opens what rows bring along sealed; one bad row must not take a whole list away."""

from __future__ import annotations

import hashlib

import structlog

from caseflow.services.ports.privacy import FieldCipher, FileShut, SealBroken

log = structlog.get_logger()


def opened(cipher: FieldCipher, field: str, row_id: int, sealed: bytes | None) -> bytes | None:
    """Return what is sealed; None where it is not sealed or does not open, which is logged by its row alone.

    A seal does not open where it was changed outside caseflow, moved from another row, or its key is missing.
    """
    if sealed is None:
        log.error("field_not_sealed", field=field, row=row_id)
        return None
    try:
        return cipher.open_bytes(field, row_id, bytes(sealed))
    except SealBroken:
        # Without the traceback, whose frames hold texts.
        log.error("sealed_field_broken", field=field, row=row_id)  # noqa: TRY400
        return None


def opened_file(
    cipher: FieldCipher, field: str, row_id: int, sealed: bytes | None, sha256: bytes | None = None
) -> bytes:
    """Return the content of a file. Raises ``FileShut`` where it does not open or has another digest than is kept."""
    content = opened(cipher, field, row_id, sealed)
    if content is None:
        raise FileShut(row_id)
    if sha256 is not None and hashlib.sha256(content).digest() != bytes(sha256):
        log.error("file_of_another_digest", field=field, row=row_id)
        raise FileShut(row_id)
    return content
