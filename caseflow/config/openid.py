"""The OpenID provider that staff may sign in through, as the environment names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caseflow.config.reading import PATH, ConfigurationError, optional
from caseflow.domain.server_addresses import has_more, server_of

DEFAULT_LOGIN_CLAIM: Final = "preferred_username"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """The OpenID provider that staff may sign in through, and the claim of its ID tokens that names a login here."""

    issuer: str
    client_id: str
    client_secret: str
    login_claim: str = DEFAULT_LOGIN_CLAIM


def openid_settings(values: Mapping[str, str]) -> OpenIdSettings | None:
    """Return the provider that the environment names; None where it names none. Raises ``ConfigurationError``."""
    issuer = optional(values, "CASEFLOW_OIDC_ISSUER", _issuer)
    if issuer is None:
        named = sorted(name for name in values if name.startswith("CASEFLOW_OIDC_") and values[name].strip())
        if named:
            message = f"CASEFLOW_OIDC_ISSUER is missing: {named[0]} says nothing without the provider's address."
            raise ConfigurationError(message)
        return None
    client_id = values.get("CASEFLOW_OIDC_CLIENT_ID", "").strip()
    secret = values.get("CASEFLOW_OIDC_CLIENT_SECRET", "").strip()
    in_file = optional(values, "CASEFLOW_OIDC_CLIENT_SECRET_FILE", _secret_in_file)
    if not client_id:
        message = "CASEFLOW_OIDC_CLIENT_ID is missing: give the name under which the provider knows caseflow."
        raise ConfigurationError(message)
    if bool(secret) == bool(in_file):
        message = (
            "Give the secret of the OpenID client once: in the file that CASEFLOW_OIDC_CLIENT_SECRET_FILE names, or as "
            "CASEFLOW_OIDC_CLIENT_SECRET."
        )
        raise ConfigurationError(message)
    if not values.get("CASEFLOW_ADDRESS", "").strip():
        message = (
            "CASEFLOW_ADDRESS is missing: with CASEFLOW_OIDC_ISSUER set, say where the provider sends people back to."
        )
        raise ConfigurationError(message)
    claim = values.get("CASEFLOW_OIDC_LOGIN_CLAIM", "").strip() or DEFAULT_LOGIN_CLAIM
    return OpenIdSettings(issuer, client_id, secret or str(in_file), claim)


def _issuer(name: str, text: str) -> str:
    parts = server_of(text)
    secure = parts is not None and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK))
    if parts is None or not secure or "@" in parts.netloc or has_more(text) or not PATH.fullmatch(parts.path):
        message = (
            f"{name} must be the provider's address as it calls itself, like https://login.example.org/realms/office, "
            "with https, no user or password and nothing after ? or #."
        )
        raise ConfigurationError(message)
    return text.rstrip("/")


def _secret_in_file(name: str, text: str) -> str:
    try:
        secret = Path(text).expanduser().absolute().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name} is {text}, which cannot be read: name a file that holds the secret and nothing else."
        raise ConfigurationError(message) from error
    if not secret:
        message = f"{name} is {text}, which is empty: write the secret into it."
        raise ConfigurationError(message)
    return secret
