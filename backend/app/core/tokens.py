"""Access tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256. The only home of python-jose.

A token names an account (`sub`) and says when it was issued (`iat`) and ends (`exp`), by whom
(`iss`), for whom (`aud`), what it is for (`typ`) and which one it is (`jti`). Everything but the
payload is compared with what we issue ourselves before the library sees it, so that an attacker
chooses neither the algorithm nor any other header.
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
PURPOSE = "access"
LONGEST = 4096
REQUIRED = {"exp": int, "iat": int, "aud": str, "iss": str, "sub": str, "jti": str, "typ": str}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and how many seconds it lasts."""

    value: str
    expires_in: int


class TokenSigner:
    """Issues access tokens and reads them back."""

    def __init__(self, secret: str, lifetime: timedelta) -> None:
        """Take the signing secret (at least 32 characters) and how long a token lasts."""
        self._key = jwk.construct(secret, ALGORITHM)
        self._lifetime = lifetime
        self._header = jwt.encode({}, self._key, ALGORITHM).split(".")[0]

    def issue(self, account_id: int, at: datetime) -> AccessToken:
        """Return a token for the account that is good from `at` on."""
        seconds = int(self._lifetime.total_seconds())
        issued = int(at.timestamp())
        claims = {
            "sub": str(account_id),
            "iat": issued,
            "exp": issued + seconds,
            "jti": secrets.token_urlsafe(16),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": PURPOSE,
        }
        return AccessToken(jwt.encode(claims, self._key, ALGORITHM), seconds)

    def read(self, token: str, at: datetime) -> int:
        """Return the account id that a token names; raise Unauthenticated for a bad one."""
        if not self._has_our_shape(token):
            raise Unauthenticated
        claims = self._verified_claims(token)
        account_id = as_id(claims["sub"])
        is_current = claims["iat"] <= at.timestamp() + 60 and at.timestamp() < claims["exp"]
        if claims["typ"] != PURPOSE or account_id is None or not is_current:
            raise Unauthenticated
        return account_id

    def _has_our_shape(self, token: str) -> bool:
        fits = len(token) <= LONGEST and token.isascii() and token.count(".") == 2  # noqa: PLR2004 - three parts
        return fits and token.startswith(f"{self._header}.")

    def _verified_claims(self, token: str) -> dict[str, Any]:
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
