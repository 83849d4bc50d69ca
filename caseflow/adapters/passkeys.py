"""Checks of passkeys by py_webauthn, for the site that people reach at one address."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from caseflow.services.ports.passkeys import Asserted, NewPasskey, Passkey, PasskeyRefused

TIMEOUT_MS: Final = 300_000
LONGEST_ANSWER: Final = 16_384
_TRANSPORTS: Final = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal", "cable"})
_LOCAL: Final = frozenset({"localhost"})
# What the library raises for answers that are no JSON, have wrong types, or hold broken CBOR.
_BROKEN: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, EOFError)


def site_of(address: str | None) -> tuple[str, str] | None:
    """Return the relying party's id and the origin of an address; None where browsers give no passkeys.

    Browsers make passkeys for a domain under https, or for http://localhost.
    """
    parts = urlsplit(address or "")
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and host not in _LOCAL) or host.replace(".", "").isdigit() or ":" in host:
        return None
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return host, f"{parts.scheme}://{host}{port}"


@dataclass(frozen=True)
class WebauthnChecks:
    """Fulfils :class:`caseflow.services.ports.passkeys.PasskeyChecks`."""

    rp_id: str
    origin: str

    def ask_new(self, staff_id: int, login: str, display: str, known: Sequence[bytes], challenge: bytes) -> str:
        """Return the options of ``navigator.credentials.create``: one that its holder unlocks and finds by itself."""
        return options_to_json(
            generate_registration_options(
                rp_id=self.rp_id,
                rp_name="caseflow",
                user_id=staff_id.to_bytes(8, "big"),
                user_name=login,
                user_display_name=display,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    require_resident_key=True,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            )
        )

    def ask(self, challenge: bytes) -> str:
        """Return the options of ``navigator.credentials.get``."""
        return options_to_json(
            generate_authentication_options(
                rp_id=self.rp_id,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def check_new(self, answer: str, challenge: bytes) -> NewPasskey:
        """Return the passkey that was registered. Raises :class:`PasskeyRefused`."""
        sent = _read(answer)
        try:
            made = verify_registration_response(
                credential=sent,
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
            told = sent["response"].get("transports") or []
            transports = tuple(sorted(_TRANSPORTS & {one for one in told if isinstance(one, str)}))
        except _BROKEN as error:
            raise PasskeyRefused(type(error).__name__) from error
        return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, transports)

    def claimed(self, answer: str) -> bytes:
        """Return the id of the passkey that an answer says it comes from. Raises :class:`PasskeyRefused`."""
        try:
            return bytes(parse_authentication_credential_json(_read(answer)).raw_id)
        except _BROKEN as error:
            raise PasskeyRefused(type(error).__name__) from error

    def check(self, answer: str, challenge: bytes, kept: Passkey) -> Asserted:
        """Return what an answer proves of ``kept``. Raises :class:`PasskeyRefused`."""
        try:
            proven = verify_authentication_response(
                credential=_read(answer),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=kept.public_key,
                # The count is judged by the service, which records a copy.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except _BROKEN as error:
            raise PasskeyRefused(type(error).__name__) from error
        return Asserted(proven.credential_id, proven.new_sign_count)


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        message = "too long"
        raise PasskeyRefused(message)
    try:
        sent = json.loads(answer)
    except (ValueError, RecursionError) as error:
        message = "no JSON"
        raise PasskeyRefused(message) from error
    if not isinstance(sent, dict) or not isinstance(sent.get("response"), dict):
        message = "no answer of a browser"
        raise PasskeyRefused(message)
    return sent
