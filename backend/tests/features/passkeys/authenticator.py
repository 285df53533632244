"""An authenticator made of software (Web Authentication Level 3, section 6), and its browser."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

Json = dict[str, Any]

ORIGIN = "http://localhost:8080"
USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40
AAGUID = bytes(16)


def encoded(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "==")


@dataclass
class Authenticator:
    """A device that makes and keeps passkeys; each attribute can be set to what is wrong with it.

    The attributes below `count` are what it and the browser say whenever they are asked.
    """

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: str | None = None
    rp_id: str | None = None
    count: int = 0
    counts: bool = True
    origin: str = ORIGIN
    flags: int = USER_PRESENT | USER_VERIFIED
    client_data: Json = field(default_factory=dict)
    attestation_format: str = "none"
    statement: Json = field(default_factory=dict)
    vouches_for_itself: bool = False

    def create(self, options: Json) -> Json:
        """Make a passkey, as `navigator.credentials.create()` does; return its `toJSON()`."""
        self.user_handle, self.rp_id = options["user"]["id"], self.rp_id or options["rp"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self.attested_data(self.cose_key())
        if self.vouches_for_itself:
            self.statement = {"alg": -7, "sig": self._signature(data, client_data)}
        attestation = {"fmt": self.attestation_format, "attStmt": self.statement, "authData": data}
        return self._credential(
            clientDataJSON=encoded(client_data),
            attestationObject=encoded(cbor2.dumps(attestation)),
            transports=["internal", "hybrid", "telepathy"],
            publicKeyAlgorithm=-7,
        )

    def get(self, options: Json) -> Json:
        """Sign a challenge, as `navigator.credentials.get()` does; return its `toJSON()`."""
        self.rp_id = self.rp_id or options["rpId"]
        self.count += self.counts
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data()
        return self._credential(
            clientDataJSON=encoded(client_data),
            authenticatorData=encoded(data),
            signature=encoded(self._signature(data, client_data)),
            userHandle=self.user_handle,
        )

    def cose_key(self) -> dict[int, Any]:
        """Return the public key for ES256 (RFC 9053, section 7.1)."""
        point = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}

    def attested_data(self, key: object) -> bytes:
        """Return what it says of a new passkey with this key."""
        length = len(self.credential_id).to_bytes(2, "big")
        return self._data(ATTESTED) + AAGUID + length + self.credential_id + cbor2.dumps(key)

    def _signature(self, data: bytes, client_data: bytes) -> bytes:
        return self.key.sign(data + hashlib.sha256(client_data).digest(), ECDSA(SHA256()))

    def _data(self, more_flags: int = 0) -> bytes:
        host = hashlib.sha256((self.rp_id or "").encode()).digest()
        return host + bytes([self.flags | more_flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.client_data).encode()

    def _credential(self, **response: object) -> Json:
        return {
            "id": encoded(self.credential_id),
            "rawId": encoded(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
