"""Codes of authenticator apps, by pyotp (RFC 6238 with SHA-1, which is what every app reads)."""

from __future__ import annotations

import pyotp

from caseflow.services.ports.factors import CODE_DIGITS, CODE_SECONDS

_ISSUER = "caseflow"


class AppCodes:
    """Fulfils :class:`caseflow.services.ports.factors.OneTimeCodes`."""

    def new_secret(self) -> str:
        """Return a random secret of 160 bits in base 32."""
        return pyotp.random_base32()

    def at(self, secret: str, step: int) -> str:
        """Return the code of a time step."""
        return self._app(secret).at(step * CODE_SECONDS)

    def uri(self, secret: str, login: str) -> str:
        """Return the address that an app reads out of a QR code."""
        return self._app(secret).provisioning_uri(name=login, issuer_name=_ISSUER)

    def _app(self, secret: str) -> pyotp.TOTP:
        return pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS)
