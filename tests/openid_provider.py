"""A small OpenID provider on loopback: real HTTP, real signatures, PKCE; a test says what it does wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID = "caseflow"
CLIENT_SECRET = "the secret of the client"


@dataclass
class Provider:
    """What the provider says in its next ID token; ``claims`` are laid over the good ones, None takes one away."""

    issuer: str = ""
    subject: str = "person-1"
    login: str = "officer"
    claims: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    signs_with: RSAKey | None = None
    refuses: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._metadata)
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/keys", view_func=self._keys)
        return app

    def _metadata(self) -> Response:
        return jsonify(
            issuer=self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/keys",
        )

    def _authorize(self) -> Any:
        given = request.args.to_dict()
        self.asked.append(given)
        back = f"{given['redirect_uri']}?state={given['state']}"
        if self.refuses:
            return redirect(f"{back}&error={self.refuses}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        return redirect(f"{back}&code={code}")

    def _token(self) -> Any:
        given = self.codes.pop(request.form.get("code", ""), None)
        auth = request.authorization
        verifier = request.form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        known = auth is not None and (auth.username, auth.password) == (CLIENT_ID, CLIENT_SECRET)
        if given is None or not known or challenge != given.get("code_challenge"):
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="unused", token_type="Bearer", id_token=self._id_token(given["nonce"]))

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        good = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": nonce,
            "preferred_username": self.login,
        }  # fmt: skip
        told = {name: value for name, value in {**good, **self.claims}.items() if value is not None}
        if self.alg == "none":
            parts = (b'{"alg":"none"}', json.dumps(told).encode())
            return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts) + "."
        return jwt.encode({"alg": self.alg, "kid": "k1"}, told, self.signs_with or self.key)

    def _keys(self) -> Response:
        return jsonify(keys=[self.key.as_dict(private=False)])


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()
