"""Addresses in the environment: the mail server, the sender, and where people reach caseflow."""

from __future__ import annotations

from typing import Final

from caseflow.config.reading import PATH, ConfigurationError
from caseflow.domain.mail_address import address_fault
from caseflow.domain.server_addresses import has_more, server_of

HIGHEST_PORT: Final = 65535


def smtp_url(name: str, text: str) -> str:
    """Return the address of a mail server. Raises ``ConfigurationError``."""
    parts = server_of(text)
    if parts is None or parts.scheme not in {"smtp", "smtps"} or parts.path.strip("/") or has_more(text):
        # The text is not shown: it may hold a password.
        message = (
            f"{name} must look like smtp://USER:PASSWORD@HOST:PORT (STARTTLS where offered) or smtps://..., with a "
            f"host name in plain letters, a port from 1 to {HIGHEST_PORT} or none, no blanks, and signs like # ? / : @ "
            "of the user and the password written as %23 %3F %2F %3A %40; mend it."
        )
        raise ConfigurationError(message)
    return text


def mail_address(name: str, text: str) -> str:
    """Return a mail address as it stands. Raises ``ConfigurationError``."""
    if address_fault(text) is not None:
        message = (
            f"{name} is {text!r}, which is no mail address: write one in plain letters, without a name or brackets, "
            "like cases@example.org."
        )
        raise ConfigurationError(message)
    return text


def web_address(name: str, text: str) -> str:
    """Return the address that people type, without a slash at its end. Raises ``ConfigurationError``."""
    parts = server_of(text)
    if parts is None or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        # A password may stand in it by mistake, so it is not shown.
        shown = "set to something else" if "@" in text else repr(text)
        message = (
            f"{name} is {shown}: write the address people type, like https://cases.example.org, with a host name in "
            f"plain letters, a port from 1 to {HIGHEST_PORT} or none, no user or password and no blanks."
        )
        raise ConfigurationError(message)
    if has_more(text) or not PATH.fullmatch(parts.path):
        message = (
            f"{name} is {text!r}: leave out what begins with ? or # and write other signs of the path as %XX, "
            "like https://cases.example.org/caseflow."
        )
        raise ConfigurationError(message)
    return text.rstrip("/")
