"""The wiring: the only module that knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypedDict
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.db import make_engine, make_sessions
from app.core.logging import configure_logging
from app.core.markup import Renderer
from app.core.migrations import known_revisions
from app.core.passwords import PasswordHasher
from app.core.tokens import TokenSigner
from app.features.archive.router import router as archive
from app.features.articles.router import router as articles
from app.features.auth.router import router as auth
from app.features.bulk.router import router as bulk
from app.features.history.router import router as history
from app.features.previews.router import router as previews
from app.features.redirects.router import router as redirects
from app.features.search.router import router as search
from app.features.series.router import router as series
from app.features.site.router import router as site
from app.features.tags.router import router as tags
from app.features.users.router import registration
from app.features.users.router import router as users
from app.features.writing.router import router as writing
from app.web import docs, health, index, openapi, problems
from app.web.middleware import BodyLimit, Courtesy, RequestContext, TimeLimit
from app.web.state import Services

EXPOSED_HEADERS = (
    "Link", "X-Total-Count", "ETag", "Location", "Retry-After", "X-Request-ID", "Idempotent-Replay",
)  # fmt: skip


class LifespanState(TypedDict):
    """What every request finds in its state."""

    services: Services


def create_app(settings: Settings) -> FastAPI:
    """Return the application for these settings; it connects to nothing before its lifespan."""
    configure_logging(settings.log_level, settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        engine = make_engine(settings)
        passwords, renderer = PasswordHasher(), make_renderer(settings)
        yield {
            "services": Services(
                settings=settings,
                sessions=make_sessions(engine),
                passwords=passwords,
                tokens=make_signer(settings),
                clock=utc_now,
                renderer=renderer,
                revisions=known_revisions(),
            )
        }
        passwords.close()
        renderer.close()
        await engine.dispose()

    app = openapi.Application(lifespan=lifespan, redirect_slashes=False, **openapi.DOCUMENT)
    problems.install(app)
    docs.install(app)
    for router in (_api(), index.router, openapi.router, health.router):
        app.include_router(router)
    _surround(app, settings)
    return app


def make_signer(settings: Settings) -> TokenSigner:
    """Return the signer of tokens for these settings."""
    lifetime = timedelta(minutes=settings.access_token_minutes)
    return TokenSigner(settings.secret_key.get_secret_value(), lifetime)


def make_renderer(settings: Settings) -> Renderer:
    """Return what makes pages of texts with these settings."""
    own_host = urlsplit(settings.site_url).hostname or ""
    return Renderer(video_hosts=settings.video_hosts, own_hosts=[own_host])


def _api() -> APIRouter:
    api = APIRouter(prefix=openapi.PREFIX, responses=problems.describe(413, 422, 429, 503))
    features = (
        auth, registration, users, articles, writing, previews, history, series, site, tags, search,
        redirects, archive, bulk,
    )  # fmt: skip
    for feature in features:
        api.include_router(feature)
    return api


def _surround(app: FastAPI, settings: Settings) -> None:
    """Add the middleware; what is added last stands outermost.

    CORS does, so that a front end of another origin can read even the answer to a crash.
    """
    app.add_middleware(BodyLimit)
    app.add_middleware(TimeLimit, seconds=settings.request_timeout)
    app.add_middleware(Courtesy)
    app.add_middleware(RequestContext)
    cors: dict[str, Any] = {
        "allow_origins": settings.backend_cors_origins,
        "allow_credentials": True,
        "allow_methods": ["*"],
        "allow_headers": ["*"],
        "expose_headers": EXPOSED_HEADERS,
        "max_age": 3600,
    }
    app.add_middleware(CORSMiddleware, **cors)
