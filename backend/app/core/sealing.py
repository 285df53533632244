"""How secrets are kept: by their hash, or sealed where we must be able to read them again.

Sealing is Fernet (AES-128-CBC with HMAC-SHA-256) under a key that is derived from the signing key.
What was sealed under the previous key can still be opened while that one is configured.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_CONTEXT = b"galley sealed secrets 1"


def secret_hash(secret: str) -> bytes:
    """Return how a random secret of ours is kept; it needs no salt, because nobody can guess it."""
    return hashlib.sha256(secret.encode()).digest()


class Broken(Exception):
    """The sealed text was made under another key, or has been changed."""


class Sealer:
    """Seals with the current key, and opens with it or the previous one."""

    def __init__(self, *secrets: str) -> None:
        """Take the signing keys, the current one first."""
        self._fernet = MultiFernet([Fernet(_derive(secret)) for secret in secrets])

    def seal(self, text: str) -> str:
        """Return the text so that only `open` can read it."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed; raise Broken where that is not possible."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Broken from None

    def renew(self, sealed: str) -> str:
        """Return the same, sealed with the current key; raise Broken where that is not possible."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise Broken from None


def _derive(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.new(secret.encode(), _CONTEXT, hashlib.sha256).digest())
