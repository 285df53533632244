"""What the router asks for: the provider of the settings, and the cookie of a visit to it."""

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.core.config import Settings
from app.features.limits.dependencies import limited
from app.features.limits.rules import Limit
from app.features.oidc.adapters.provider import Client, OpenIdProvider
from app.features.oidc.errors import NotConfigured
from app.features.oidc.schemas import Answer, ReturnTo
from app.features.oidc.service import VISIT, IdentityService, OidcService
from app.web.cookies import Cookie
from app.web.openapi import PREFIX
from app.web.session import DbSession, Parts

# `lax`, because the browser comes back from another site; `__Host-`, so that no sibling of this
# one can plant it.
COOKIE = Cookie("galley_visit", prefix="__Host-", path="/", samesite="lax")
CALLBACK = f"{PREFIX}/auth/oidc/callback"


def is_configured(settings: Settings) -> bool:
    """Say whether there is a provider to sign in with."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)


@lru_cache(maxsize=16)
def _provider(issuer: str, client: Client) -> OpenIdProvider:
    """Return the process's only one for these settings, because it remembers what it was told."""
    return OpenIdProvider(issuer, client)


async def _oidc_service(session: DbSession, parts: Parts) -> OidcService:
    settings = parts.settings
    if not is_configured(settings):
        raise NotConfigured
    client = Client(
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.site_url + CALLBACK,
    )
    return OidcService(session, parts, _provider(settings.oidc_issuer, client))


async def _identity_service(session: DbSession, parts: Parts) -> IdentityService:
    return IdentityService(session, parts.settings.oidc_issuer)


Oidc = Annotated[OidcService, Depends(_oidc_service)]
Identities = Annotated[IdentityService, Depends(_identity_service)]


def _visits(settings: Settings) -> Limit:
    return Limit("provider", settings.attempts_per_address)


# Each visit is a row, and perhaps a question to the provider.
VisitLimit = Annotated[None, Depends(limited(_visits))]


def set_cookie(response: Response, browser: str, settings: Settings) -> None:
    """Know the browser again when it comes back."""
    COOKIE.set(response, browser, settings, max_age=int(VISIT.total_seconds()))


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the cookie back."""
    COOKIE.clear(response, settings)


async def _browser(request: Request, parts: Parts) -> str:
    return COOKIE.read(request, parts.settings)


async def _answer(
    state: Annotated[
        str, Query(min_length=1, max_length=200, examples=["8Zr1V0nLw6TkXy2P8Zr1V0nLw6TkXy2P"])
    ],
    code: Annotated[str | None, Query(max_length=4096, description="What to exchange.")] = None,
    error: Annotated[str | None, Query(max_length=200, description="Why there is none.")] = None,
    iss: Annotated[
        str | None, Query(max_length=1000, description="Who says so (RFC 9207).")
    ] = None,
) -> Answer:
    return Answer(state, code, error, iss)


Browser = Annotated[str, Depends(_browser)]
ProviderAnswer = Annotated[Answer, Depends(_answer)]
ReturnPath = Annotated[ReturnTo, Query()]
