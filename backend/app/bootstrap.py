"""The wiring: the only module that knows every part."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypedDict
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.compat.realworld import app as realworld
from app.compat.realworld.door import Door
from app.core.clock import utc_now
from app.core.config import Settings
from app.core.db import make_engine, make_sessions
from app.core.logging import access_logger, configure_logging
from app.core.markup import Renderer
from app.core.migrations import known_revisions
from app.core.passwords import PasswordHasher
from app.core.reading import open_reads
from app.core.sealing import Sealer
from app.core.services import Services
from app.core.tokens import TokenSigner
from app.features.activity.router import router as activity
from app.features.archive.router import router as archive
from app.features.articles.router import router as articles
from app.features.audit.service import note_refusal
from app.features.bulk.router import router as bulk
from app.features.comments.router import router as comments
from app.features.factors.router import router as factors
from app.features.factors.tasks import tasks as factors_tasks
from app.features.feed.router import router as feed
from app.features.follows.router import router as follows
from app.features.history.router import router as history
from app.features.invitations.router import router as invitations
from app.features.invitations.tasks import tasks as invitations_tasks
from app.features.keys.router import router as keys
from app.features.lists.router import router as lists
from app.features.mail.tasks import tasks as mail_tasks
from app.features.notifications.router import router as notifications
from app.features.notifications.tasks import tasks as notifications_tasks
from app.features.oidc.router import router as oidc
from app.features.passkeys.router import router as passkeys
from app.features.previews.router import router as previews
from app.features.privacy.router import router as privacy
from app.features.reactions.router import router as reactions
from app.features.redirects.router import router as redirects
from app.features.search.router import router as search
from app.features.series.router import router as series
from app.features.sessions.router import router as sessions
from app.features.site.router import router as site
from app.features.tags.router import router as tags
from app.features.upkeep.tasks import tasks as upkeep_tasks
from app.features.users.router import registration
from app.features.users.router import router as users
from app.features.verification.router import router as verification
from app.features.verification.tasks import tasks as verification_tasks
from app.features.writing.router import router as writing
from app.jobs.tasks import Tasks
from app.web import docs, health, index, openapi, problems
from app.web.middleware import BodyLimit, Courtesy, RequestContext, TimeLimit
from app.web.routing import NO_TELEMETRY, add_routes

EXPOSED_HEADERS = (
    "Link", "X-Total-Count", "ETag", "Location", "Retry-After", "X-Request-ID", "Idempotent-Replay",
    "RateLimit", "RateLimit-Policy",
)  # fmt: skip


# Routes are tried one after the other: those that are asked for most stand first.
FEATURES = (
    lists, articles, comments, tags, series, search, site, writing, previews, history, users,
    sessions, registration, factors, passkeys, keys, verification, oidc, activity, privacy,
    invitations, redirects, archive, bulk, reactions, follows, feed, notifications,
)  # fmt: skip


class LifespanState(TypedDict):
    """What every request finds in its state."""

    services: Services


def create_app(settings: Settings) -> FastAPI:
    """Return the application for these settings; it connects to nothing before its lifespan."""
    configure_logging(settings.log_level, settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        async with make_services(settings) as services:
            yield {"services": services}

    app = openapi.Application(
        lifespan=lifespan, redirect_slashes=False, telemetry=NO_TELEMETRY, **openapi.DOCUMENT
    )
    problems.install(app, on_forbidden=note_refusal)
    if "realworld" in settings.compat_apis:  # first: to find it last is a tenth of an answer
        app.mount(realworld.PATH, realworld.make())
    said = problems.describe(413, 422, 429, 503)
    add_routes(app, FEATURES, prefix=openapi.PREFIX, responses=said)
    add_routes(app, (index.router, openapi.router, health.router))
    docs.install(app)
    _surround(app, settings)
    return app


@asynccontextmanager
async def make_services(settings: Settings) -> AsyncIterator[Services]:
    """Make what outlives requests and jobs, and end it afterwards."""
    engine = make_engine(settings)
    passwords = PasswordHasher(
        settings.password_threads, refuses_common=settings.password_blocklist
    )
    renderer = make_renderer(settings)
    try:
        async with open_reads(settings) as reads:
            yield Services(
                settings=settings,
                sessions=make_sessions(engine),
                reads=reads,
                passwords=passwords,
                tokens=make_signer(settings),
                sealer=make_sealer(settings),
                clock=utc_now,
                renderer=renderer,
                revisions=known_revisions(),
            )
    finally:
        passwords.close()
        renderer.close()
        await engine.dispose()


def all_tasks() -> Tasks:
    """Return what the features can be asked to do in the background."""
    return Tasks(
        mail_tasks, verification_tasks, invitations_tasks, factors_tasks, notifications_tasks,
        upkeep_tasks,
    )  # fmt: skip


def make_signer(settings: Settings) -> TokenSigner:
    """Return the signer of tokens for these settings."""
    return TokenSigner(
        settings.secret_key.get_secret_value(),
        timedelta(minutes=settings.access_token_minutes),
        previous=settings.secret_key_previous.get_secret_value(),
    )


def make_sealer(settings: Settings) -> Sealer:
    """Return what seals secrets with these settings, and opens what the previous key has sealed."""
    keys = (settings.secret_key, settings.secret_key_previous)
    return Sealer(*(key.get_secret_value() for key in keys if key.get_secret_value()))


def make_renderer(settings: Settings) -> Renderer:
    """Return what makes pages of texts with these settings."""
    own_host = urlsplit(settings.site_url).hostname or ""
    return Renderer(video_hosts=settings.video_hosts, own_hosts=[own_host])


def _surround(app: FastAPI, settings: Settings) -> None:
    """Add the middleware; what is added last stands outermost.

    CORS does, where there are front ends of other origins: they can read even a crash's answer.
    """
    app.add_middleware(BodyLimit)
    app.add_middleware(TimeLimit, seconds=settings.request_timeout)
    app.add_middleware(Courtesy)
    log = access_logger(settings.log_level, settings.log_format)
    app.add_middleware(RequestContext, log=log)
    if "realworld" in settings.compat_apis:
        app.add_middleware(Door, path=realworld.PATH)
    if settings.backend_cors_origins:
        app.add_middleware(CORSMiddleware, **_cors(settings.backend_cors_origins))


def _cors(origins: Sequence[str]) -> dict[str, Any]:
    return {
        "allow_origins": origins,
        "allow_credentials": True,
        "allow_methods": ["*"],
        "allow_headers": ["*"],
        "expose_headers": EXPOSED_HEADERS,
        "max_age": 3600,
    }
