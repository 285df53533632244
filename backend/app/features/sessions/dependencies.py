"""What the router of sessions asks for, and the cookie that keeps a browser signed in."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Body, Depends, Form, Request, Response

from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.features.auth.dependencies import known_by
from app.features.auth.service import Authenticated
from app.features.limits.dependencies import SignInGuard
from app.features.sessions.errors import BadRefreshToken, ForeignOrigin
from app.features.sessions.schemas import Delivery, Refresh, SignInForm, Token
from app.features.sessions.service import Opened, SessionService, SignInService
from app.web.cookies import Cookie
from app.web.openapi import PREFIX
from app.web.session import DbSession, Now, Parts

COOKIE = Cookie("galley_refresh", prefix="__Secure-", path=f"{PREFIX}/auth", samesite="strict")


async def _session_service(session: DbSession, parts: Parts) -> SessionService:
    return SessionService(session, parts.settings)


async def _sign_in_service(session: DbSession, parts: Parts, guard: SignInGuard) -> SignInService:
    return SignInService(session, parts, guard)


Sessions = Annotated[SessionService, Depends(_session_service)]
SignIns = Annotated[SignInService, Depends(_sign_in_service)]


def set_cookie(response: Response, opened: Opened, settings: Settings) -> None:
    """Keep a browser signed in: a cookie that only /auth is sent."""
    COOKIE.set(response, opened.refresh_token, settings, expires=opened.session.expires_at)


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the cookie back."""
    COOKIE.clear(response, settings)


def hand_over(opened: Opened, delivery: Delivery, response: Response, settings: Settings) -> Token:
    """Return the answer to a sign-in, with the refresh token where it was wanted."""
    response.headers["Cache-Control"] = "no-store"
    in_body = delivery is Delivery.BODY
    if not in_body:
        set_cookie(response, opened, settings)
    return Token(
        access_token=opened.access.value,
        expires_in=opened.access.expires_in,
        refresh_token=opened.refresh_token if in_body else None,
    )


def _check_origin(request: Request, settings: Settings) -> None:
    """Raise ForeignOrigin when a browser says that a page of elsewhere is asking.

    The cookie is `SameSite=Strict`, so this is a second lock: for pages of other origins on the
    same site, and for browsers that are lax about it.
    """
    origin = request.headers.get("origin")
    site = urlsplit(settings.site_url)
    ours = {f"{site.scheme}://{site.netloc}", *settings.backend_cors_origins}
    host = request.headers.get("host", "")
    if origin is not None and origin not in ours and origin.partition("://")[2] != host:
        raise ForeignOrigin


async def _own_sign_in_form(
    form: Annotated[SignInForm, Form()], request: Request, parts: Parts
) -> SignInForm:
    """Let no page of elsewhere sign a browser in here, as somebody of its own choice.

    A form can be sent from anywhere; before JSON, a browser asks whether it may.
    """
    if form.delivery is Delivery.COOKIE:
        _check_origin(request, parts.settings)
    return form


OwnSignInForm = Annotated[SignInForm, Depends(_own_sign_in_form)]


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A refresh token, and how it came."""

    value: str
    delivery: Delivery


async def _optional_token(
    request: Request, parts: Parts, body: Annotated[Refresh, Body(default_factory=Refresh)]
) -> GivenToken | None:
    if body.refresh_token is not None:
        return GivenToken(body.refresh_token, Delivery.BODY)
    value = COOKIE.read(request, parts.settings)
    if not value:
        return None
    _check_origin(request, parts.settings)
    return GivenToken(value, Delivery.COOKIE)


OptionalRefreshToken = Annotated[GivenToken | None, Depends(_optional_token)]


async def _given_token(given: OptionalRefreshToken) -> GivenToken:
    if given is None:
        raise BadRefreshToken
    return given


RefreshGiven = Annotated[GivenToken, Depends(_given_token)]


async def _leaving(
    request: Request, given: OptionalRefreshToken, parts: Parts, now: Now
) -> Authenticated | None:
    """Return who asks. A token that has ended keeps nobody from leaving by what renews it."""
    try:
        return await known_by(request, parts, now)
    except Unauthenticated:
        if given is None:
            raise
        return None


Leaving = Annotated[Authenticated | None, Depends(_leaving)]
