"""Signed tokens: JSON Web Tokens (RFC 7519) with HMAC-SHA-256. The only home of python-jose.

An access token names an account (`sub`), a preview token an article. Either says when it was issued
(`iat`) and ends (`exp`), by whom (`iss`), for whom (`aud`), what it is for (`typ`) and which one it
is (`jti`). Everything but the payload is compared with what we issue ourselves before the library
sees it, so that an attacker chooses neither the algorithm nor any other header.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jose import jwk, jwt

from app.core.errors import Unauthenticated
from app.core.text import as_id

ALGORITHM = "HS256"
ISSUER = "galley"
AUDIENCE = "galley-api"
ACCESS, PREVIEW = "access", "preview"
LONGEST = 4096
REQUIRED = {"exp": int, "iat": int, "aud": str, "iss": str, "sub": str, "jti": str, "typ": str}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and how many seconds it lasts."""

    value: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class PreviewClaims:
    """What a preview token says: which article it shows, and which link it is."""

    article_id: int
    preview_id: str


class TokenSigner:
    """Issues tokens and reads them back; one for one purpose is no good for another."""

    def __init__(self, secret: str, lifetime: timedelta) -> None:
        """Take the signing secret (at least 32 characters) and how long an access token lasts."""
        self._key = jwk.construct(secret, ALGORITHM)
        self._lifetime = lifetime
        self._header = jwt.encode({}, self._key, ALGORITHM).split(".")[0]

    def issue(self, account_id: int, at: datetime) -> AccessToken:
        """Return a token for the account that is good from `at` on."""
        token = self._sign(ACCESS, account_id, secrets.token_urlsafe(16), at, self._lifetime)
        return AccessToken(token, int(self._lifetime.total_seconds()))

    def read(self, token: str, at: datetime) -> int:
        """Return the account id that a token names; raise Unauthenticated for a bad one."""
        return self._subject(self._verified_claims(token), ACCESS, at)

    def issue_preview(self, claims: PreviewClaims, at: datetime, lifetime: timedelta) -> str:
        """Return the token of a preview link."""
        return self._sign(PREVIEW, claims.article_id, claims.preview_id, at, lifetime)

    def read_preview(self, token: str, at: datetime) -> PreviewClaims:
        """Return what a preview token says; raise Unauthenticated for a bad or expired one."""
        claims = self._verified_claims(token)
        return PreviewClaims(self._subject(claims, PREVIEW, at), claims["jti"])

    def _sign(self, purpose: str, subject: int, id_: str, at: datetime, lifetime: timedelta) -> str:
        issued = int(at.timestamp())
        claims = {
            "sub": str(subject),
            "iat": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "jti": id_,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": purpose,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    @staticmethod
    def _subject(claims: dict[str, Any], purpose: str, at: datetime) -> int:
        subject = as_id(claims["sub"])
        is_current = claims["iat"] <= at.timestamp() + 60 and at.timestamp() < claims["exp"]
        if claims["typ"] != purpose or subject is None or not is_current:
            raise Unauthenticated
        return subject

    def _has_our_shape(self, token: str) -> bool:
        fits = len(token) <= LONGEST and token.isascii() and token.count(".") == 2  # noqa: PLR2004 - three parts
        return fits and token.startswith(f"{self._header}.")

    def _verified_claims(self, token: str) -> dict[str, Any]:
        if not self._has_our_shape(token):
            raise Unauthenticated
        # Time is an argument, so the library must not look at its own clock; its `require_…`
        # options would make it look again.
        ours = {"verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, self._key, [ALGORITHM], ours, AUDIENCE, ISSUER)
        except Exception:  # noqa: BLE001 - RecursionError, TypeError and more come through
            raise Unauthenticated from None
        if any(type(claims.get(name)) is not kind for name, kind in REQUIRED.items()):
            raise Unauthenticated
        return claims
