"""Signing in by way of an OpenID provider, and linking accounts to it."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from fastapi.responses import RedirectResponse

from app.core.text import MAX_BIGINT
from app.features.auth.dependencies import CurrentUser, RecentUser
from app.features.oidc.dependencies import (
    Browser,
    Identities,
    Oidc,
    ProviderAnswer,
    ReturnPath,
    VisitLimit,
    clear_cookie,
    is_configured,
    set_cookie,
)
from app.features.oidc.rules import destination
from app.features.oidc.schemas import IdentityRead, LinkRead, LinkStart, ProviderRead
from app.features.sessions.dependencies import set_cookie as set_refresh_cookie
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)

IdentityId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[1])]

# Addresses with secrets in them are for this browser only, and for no other site to see.
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/oidc", summary="Read which provider one can sign in with", operation_id="oidc_read")
async def read_provider(parts: Parts) -> ProviderRead:
    """Tell a page what to write on the button, and whether to show one."""
    return ProviderRead(enabled=is_configured(parts.settings), name=parts.settings.oidc_name)


@router.get(
    "/oidc/start",
    status_code=302,
    response_class=RedirectResponse,
    response_description="On to the provider, with a cookie that knows the browser again",
    summary="Sign in by way of the provider",
    operation_id="oidc_start",
    responses=describe(404),
)
async def start(
    oidc: Oidc, parts: Parts, now: Now, _: VisitLimit, return_to: ReturnPath = "/"
) -> RedirectResponse:
    """Send a browser to the provider; navigate to this, do not fetch it.

    The browser comes back to `return_to` on this site within ten minutes: signed in by the cookie
    that `POST /auth/refresh` takes, or with `?sign_in_error=` and a code, or, where the account has
    a second factor, with `#second_factor_challenge=` and `second_factor_methods=`, as sign-in with
    a password answers them.
    """
    departure = await oidc.depart(return_to, at=now)
    response = RedirectResponse(departure.url, 302, _PRIVATE)
    set_cookie(response, departure.browser, parts.settings)
    return response


@router.get(
    "/oidc/callback",
    status_code=303,
    response_class=RedirectResponse,
    response_description="Back to the page that was asked for",
    summary="Come back from the provider",
    operation_id="oidc_callback",
    responses=describe(400, 404),
)
async def come_back(
    answer: ProviderAnswer, browser: Browser, oidc: Oidc, parts: Parts, now: Now
) -> RedirectResponse:
    """Take the provider's answer from the browser that was sent there; only it can, and once."""
    arrival = await oidc.arrive(answer, browser=browser, at=now)
    target = destination(
        parts.settings.site_url,
        arrival.return_to,
        error=arrival.error,
        challenge=arrival.challenge,
        methods=arrival.methods,
    )
    response = RedirectResponse(target, 303, _PRIVATE)
    clear_cookie(response, parts.settings)
    if arrival.opened is not None:
        set_refresh_cookie(response, arrival.opened, parts.settings)
    return response


@router.post(
    "/oidc/link",
    summary="Link one's account to the provider",
    operation_id="oidc_link",
    responses=describe(401, 403, 404),
)
async def link(
    wanted: Annotated[LinkStart, Body(default_factory=LinkStart)],
    user: RecentUser,
    oidc: Oidc,
    response: Response,
    parts: Parts,
    now: Now,
    _: VisitLimit,
) -> LinkRead:
    """Answer with where to go to sign in there; the browser comes back as from `/auth/oidc/start`.

    It needs a sign-in of the last 15 minutes. The account is linked if the provider confirms the
    account's own e-mail address.
    """
    departure = await oidc.depart(wanted.return_to, at=now, user=user)
    set_cookie(response, departure.browser, parts.settings)
    return LinkRead(url=departure.url)


@router.get(
    "/identities",
    summary="List one's identities",
    operation_id="identities_list",
    responses=describe(401, 403),
)
async def list_identities(identities: Identities, user: CurrentUser) -> list[IdentityRead]:
    """List who one is at providers, the newest first."""
    return [IdentityRead.model_validate(each) for each in await identities.all_of(user)]


@router.delete(
    "/identities/{identity_id}",
    status_code=204,
    summary="Unlink an identity",
    operation_id="identities_delete",
    responses=describe(400, 401, 403, 404),
)
async def unlink(
    identity_id: IdentityId, identities: Identities, user: RecentUser, now: Now
) -> None:
    """Unlink an identity, unless it is the last way to sign in; sign-ins of it go on."""
    await identities.unlink(user, identity_id, at=now)
