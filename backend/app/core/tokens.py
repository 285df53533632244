"""Signed tokens: JSON Web Tokens (RFC 7519) with HMAC-SHA-256. The only home of python-jose.

An access token names an account (`sub`) and the session it belongs to (`sid`); a link token names
the row that the link is about. Either says when it was issued (`iat`) and ends (`exp`), by whom
(`iss`), for whom (`aud`), what it is for (`typ`) and which one it is (`jti`). Everything but the
payload is compared with what we issue ourselves before the library sees it, so that an attacker
chooses neither the algorithm nor any other header. The header names the key (`kid`): while the
previous key is configured beside the current one, what it has signed stays good.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jose import jwk, jwt
from jose.backends.base import Key

from app.core.errors import Unauthenticated
from app.core.text import MAX_BIGINT, as_id

ALGORITHM = "HS256"
ISSUER = "galley"
AUDIENCE = "galley-api"
LONGEST = 4096
MOST_KNOWN = 1024
MINUTE = 60
REQUIRED = {"exp": int, "iat": int, "aud": str, "iss": str, "sub": str, "jti": str, "typ": str}


class Purpose(StrEnum):
    """What a token is for; one for one purpose is no good for another."""

    ACCESS = "access"
    PREVIEW = "preview"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and how many seconds it lasts."""

    value: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: whose it is, and by which sign-in."""

    account_id: int
    session_id: int


@dataclass(frozen=True, slots=True)
class PreviewClaims:
    """What a preview token says: which article it shows, and which link it is."""

    article_id: int
    preview_id: str


class TokenSigner:
    """Issues tokens and reads them back."""

    def __init__(self, secret: str, lifetime: timedelta, *, previous: str = "") -> None:
        """Take the signing secret (at least 32 characters) and how long an access token lasts.

        What the `previous` secret has signed is still read.
        """
        self._lifetime = lifetime
        self._key, self._kid = jwk.construct(secret, ALGORITHM), key_id(secret)
        known = [(self._key, self._kid)]
        if previous:
            known.append((jwk.construct(previous, ALGORITHM), key_id(previous)))
        self._keys: dict[str, Key] = {_header(key, kid): key for key, kid in known}
        # A signature that was good stays good: a token comes with each request of a quarter hour.
        self._verified_claims = lru_cache(MOST_KNOWN)(self._verify)

    def issue(
        self, account_id: int, session_id: int, at: datetime, *, lifetime: timedelta | None = None
    ) -> AccessToken:
        """Return a token for the account's session that is good from `at` on.

        A `lifetime` of its own is for clients that cannot renew it: their session has to end it.
        """
        lasts, claims = lifetime or self._lifetime, {"sid": session_id}
        token = self._sign(Purpose.ACCESS, account_id, _fresh_id(), at, lasts, claims)
        return AccessToken(token, int(lasts.total_seconds()))

    def read(self, token: str, at: datetime) -> AccessClaims:
        """Return what an access token says; raise Unauthenticated for a bad one."""
        claims = self._verified_claims(token)
        account_id = _subject(claims, Purpose.ACCESS, at)
        session_id = claims.get("sid")
        if type(session_id) is not int or not 0 < session_id <= MAX_BIGINT:
            raise Unauthenticated
        return AccessClaims(account_id, session_id)

    def issue_preview(self, claims: PreviewClaims, at: datetime, lifetime: timedelta) -> str:
        """Return the token of a preview link."""
        return self._sign(Purpose.PREVIEW, claims.article_id, claims.preview_id, at, lifetime)

    def read_preview(self, token: str, at: datetime) -> PreviewClaims:
        """Return what a preview token says; raise Unauthenticated for a bad or expired one."""
        claims = self._verified_claims(token)
        return PreviewClaims(_subject(claims, Purpose.PREVIEW, at), claims["jti"])

    def issue_link(self, purpose: Purpose, id_: int, at: datetime, lifetime: timedelta) -> str:
        """Return the token of a link that is sent by mail, about the row with this id."""
        return self._sign(purpose, id_, _fresh_id(), at, lifetime)

    def read_link(self, purpose: Purpose, token: str, at: datetime) -> int:
        """Return the id of the row that a link is about; raise Unauthenticated for a bad one."""
        return _subject(self._verified_claims(token), purpose, at)

    def _sign(
        self,
        purpose: Purpose,
        subject: int,
        id_: str,
        at: datetime,
        lifetime: timedelta,
        more: dict[str, int] | None = None,
    ) -> str:
        issued = int(at.timestamp())
        claims = {
            "sub": str(subject),
            "iat": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "jti": id_,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": purpose.value,
            **(more or {}),
        }
        return jwt.encode(claims, self._key, ALGORITHM, {"kid": self._kid})

    def _signing_key(self, token: str) -> Key:
        """Return the key that the header names, if it is one of our headers to the letter."""
        fits = len(token) <= LONGEST and token.isascii() and token.count(".") == 2  # noqa: PLR2004 - three parts
        key = self._keys.get(token.partition(".")[0]) if fits else None
        if key is None:
            raise Unauthenticated
        return key

    def _verify(self, token: str) -> Mapping[str, Any]:
        """Return what a token of ours says, whenever that holds; raise Unauthenticated."""
        key = self._signing_key(token)
        # Time is an argument, so the library must not look at its own clock; its `require_…`
        # options would make it look again.
        ours = {"verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, key, [ALGORITHM], ours, AUDIENCE, ISSUER)
        except Exception:  # noqa: BLE001 - RecursionError, TypeError and more come through
            raise Unauthenticated from None
        if any(type(claims.get(name)) is not kind for name, kind in REQUIRED.items()):
            raise Unauthenticated
        return MappingProxyType(claims)


def key_id(secret: str) -> str:
    """Return the public name of a signing secret, which says nothing about it."""
    return hashlib.sha256(b"galley key id " + secret.encode()).hexdigest()[:12]


def _header(key: Key, kid: str) -> str:
    return jwt.encode({}, key, ALGORITHM, {"kid": kid}).split(".")[0]


def _fresh_id() -> str:
    return secrets.token_urlsafe(16)


def _subject(claims: Mapping[str, Any], purpose: Purpose, at: datetime) -> int:
    subject = as_id(claims["sub"])
    is_current = claims["iat"] <= at.timestamp() + MINUTE and at.timestamp() < claims["exp"]
    if claims["typ"] != purpose or subject is None or not is_current:
        raise Unauthenticated
    return subject
