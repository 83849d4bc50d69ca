"""An authenticator in software: makes passkeys and answers challenges as a device does, and as a thief would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

HERE, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    origin: str = "http://localhost:8080"
    rp_id: str = "localhost"
    count: int = 0
    counts: bool = True
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, options: str) -> str:
        """Answer ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        data = self._data(WITH_KEY) + attested
        answer = {
            "clientDataJSON": b64(self._client_data("webauthn.create", options)),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal", "telepathy"],
        }
        return self._sent(answer)

    def answer(self, options: str) -> str:
        """Answer ``navigator.credentials.get``."""
        data, told = self._data(0), self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": b64(told), "authenticatorData": b64(data), "signature": b64(signature)}
        return self._sent(answer)

    def _data(self, flags: int) -> bytes:
        if self.counts:
            self.count += 1
        flags |= HERE | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: str) -> bytes:
        asked = json.loads(options)
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _sent(self, answer: dict[str, Any]) -> str:
        called = b64(self.credential_id)
        return json.dumps({"id": called, "rawId": called, "type": "public-key", "response": answer})
