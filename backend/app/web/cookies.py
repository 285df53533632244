"""Cookies that hold a secret: no script sees them, and over HTTPS nothing else carries them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import Unpack

from app.core.config import Settings


class Lifetime(TypedDict, total=False):
    """How long a browser keeps a cookie: for seconds or until then; else until it is closed."""

    max_age: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie of ours: what it is called, and with which requests a browser sends it.

    With the prefix, browsers take it only over HTTPS, and with `__Host-` only from this very host,
    for the path `/` (RFC 6265bis). A site without HTTPS has to do without.
    """

    name: str
    prefix: Literal["__Host-", "__Secure-"]
    path: str
    samesite: Literal["strict", "lax"]

    def read(self, request: Request, settings: Settings) -> str:
        """Return what a browser has sent, or ''."""
        return request.cookies.get(self._name_at(settings), "")

    def set(
        self, response: Response, value: str, settings: Settings, **lifetime: Unpack[Lifetime]
    ) -> None:
        """Have the browser keep a value."""
        response.set_cookie(
            self._name_at(settings),
            value,
            path=self.path,
            secure=_is_https(settings),
            httponly=True,
            samesite=self.samesite,
            **lifetime,
        )

    def clear(self, response: Response, settings: Settings) -> None:
        """Take the cookie back."""
        response.delete_cookie(
            self._name_at(settings),
            path=self.path,
            secure=_is_https(settings),
            httponly=True,
            samesite=self.samesite,
        )

    def _name_at(self, settings: Settings) -> str:
        return self.prefix + self.name if _is_https(settings) else self.name


def _is_https(settings: Settings) -> bool:
    return settings.site_url.startswith("https://")
