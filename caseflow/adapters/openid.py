"""An OpenID provider over HTTP: authorization code with PKCE by Authlib, the ID token checked by joserfc."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from caseflow.config import OpenIdSettings
from caseflow.services.ports.openid import OpenIdRefused, OpenIdUnreachable, Proven

TIMEOUT_SECONDS: Final = 10
METADATA_SECONDS: Final = 3600.0
LEEWAY_SECONDS: Final = 30
# Signatures with a key that only the provider has. No shared secret, and never "none".
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# RFC 8176, and the two contexts of OpenID that ask for a factor that cannot be phished.
_SEVERAL_FACTORS: Final = "mfa"
_STRONG_CONTEXTS: Final = frozenset({"phr", "phrh"})
_SECRET_BYTES: Final = 32
_LONGEST_SUBJECT: Final = 255


@dataclass
class HttpOpenIdProvider:
    """Fulfils :class:`caseflow.services.ports.openid.OpenIdProvider` for the configured provider.

    ``redirect_uri`` is where the provider sends browsers back to. What the provider says of itself is kept for an hour.
    """

    settings: OpenIdSettings
    redirect_uri: str
    _metadata: tuple[float, dict[str, Any]] | None = field(default=None, repr=False)

    @property
    def issuer(self) -> str:
        """Return the provider's address."""
        return self.settings.issuer

    def start(self) -> tuple[str, Mapping[str, Any]]:
        """Return where the browser is sent and what it keeps. Raises ``OpenIdUnreachable``."""
        kept = {name: secrets.token_urlsafe(_SECRET_BYTES) for name in ("state", "nonce", "verifier")}
        with self._client() as client:
            address, _state = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=kept["state"],
                code_verifier=kept["verifier"],
                nonce=kept["nonce"],
            )
        return str(address), kept

    def finish(self, came_back: Mapping[str, str], kept: Mapping[str, Any]) -> Proven:
        """Return whom the code proves. Raises ``OpenIdRefused`` and ``OpenIdUnreachable``."""
        state = kept.get("state")
        if not isinstance(state, str) or not secrets.compare_digest(
            came_back.get("state", "").encode(), state.encode()
        ):
            message = "the state is another"
            raise OpenIdRefused(message)
        if came_back.get("error") or not came_back.get("code"):
            message = "the provider refused"
            raise OpenIdRefused(message)
        if came_back.get("iss", self.issuer) != self.issuer:
            message = "another provider answered"
            raise OpenIdRefused(message)
        claims = self._claims(self._id_token(came_back["code"], str(kept.get("verifier", ""))), str(kept.get("nonce")))
        told = claims.get(self.settings.login_claim)
        amr = claims.get("amr")
        return Proven(
            issuer=self.issuer,
            subject=claims["sub"],
            login=told.strip().lower() if isinstance(told, str) else "",
            second_factor=(isinstance(amr, list) and _SEVERAL_FACTORS in amr) or claims.get("acr") in _STRONG_CONTEXTS,
        )

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid profile",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - a method, no password
        )

    def _id_token(self, code: str, verifier: str) -> str:
        try:
            with self._client() as client:
                answered = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    timeout=TIMEOUT_SECONDS,
                )
        except (OAuthError, OAuth2Error) as error:
            message = "the provider gave no token"
            raise OpenIdRefused(message) from error
        except (requests.RequestException, ValueError) as error:
            message = "the provider does not answer"
            raise OpenIdUnreachable(message) from error
        token = answered.get("id_token")
        if not isinstance(token, str):
            message = "no ID token came"
            raise OpenIdRefused(message)
        return token

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        keys = self._keys()
        try:
            claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.settings.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            message = f"the ID token is not good ({type(error).__name__})"
            raise OpenIdRefused(message) from error
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            message = "the ID token is for another client"
            raise OpenIdRefused(message)
        if not 1 <= len(claims["sub"]) <= _LONGEST_SUBJECT:
            message = "the subject is none"
            raise OpenIdRefused(message)
        return claims

    def _keys(self) -> KeySet:
        try:
            return KeySet.import_key_set(self._json(self._endpoint("jwks_uri")))  # type: ignore[arg-type] # checked
        except (JoseError, ValueError, TypeError, KeyError) as error:
            message = "the provider's keys cannot be read"
            raise OpenIdUnreachable(message) from error

    def _endpoint(self, name: str) -> str:
        if self._metadata is None or monotonic() - self._metadata[0] > METADATA_SECONDS:
            told = self._json(f"{self.issuer}/.well-known/openid-configuration")
            if told.get("issuer") != self.issuer:
                message = "the provider calls itself something else"
                raise OpenIdUnreachable(message)
            self._metadata = (monotonic(), told)
        address = self._metadata[1].get(name)
        allowed = ("https://", "http://") if self.issuer.startswith("http://") else ("https://",)
        if not isinstance(address, str) or not address.startswith(allowed):
            message = f"the provider names no {name}"
            raise OpenIdUnreachable(message)
        return address

    def _json(self, address: str) -> dict[str, Any]:
        try:
            answered = requests.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            answered.raise_for_status()
            told = answered.json()
        except (requests.RequestException, ValueError) as error:
            message = "the provider does not answer"
            raise OpenIdUnreachable(message) from error
        if not isinstance(told, dict):
            message = "the provider does not answer as one"
            raise OpenIdUnreachable(message)
        return told
