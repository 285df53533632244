"""The ground that tests stand on: a real PostgreSQL, the real application, and a clock that moves.

Each test runs inside one outer transaction that is rolled back; whatever the application commits in
it is a savepoint. Tests of races replace `sessions` by one that really commits (see races/).
"""

import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from app.bootstrap import create_app, make_renderer, make_sealer, make_signer
from app.core.config import Settings
from app.core.db import Sessions, make_engine, make_sessions
from app.core.markup import Renderer
from app.core.migrations import known_revisions
from app.core.passwords import PasswordHasher
from app.core.reading import Reads, Row, Statement, TransactionReads, Values, open_reads
from app.core.services import Services
from app.models import Base, User
from devtools.postgres import EmbeddedPostgres, unprivileged_user
from tests.factories import Factory, MovableClock
from tests.road import Wire

BACKEND = Path(__file__).parents[1]
SECRET_KEY = "3vQ8mZ1tR6yK0pW9xL4cB7nD2fH5jG8s"
# So many attempts that no attack, and none of a crowd, is spared another one.
PATIENCE = {"attempts_per_account": 100_000, "attempts_per_address": 1_000_000}


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, str]]:
    """The PostgreSQL server to use: the one that DB_HOST names, or one started for this run."""
    if "DB_HOST" in os.environ:
        yield {}
        return
    with EmbeddedPostgres(settings={"fsync": "off"}, user=unprivileged_user()) as postgres:
        yield {
            "db_host": str(postgres.socket_directory),
            "db_port": str(postgres.port),
            "db_user": postgres.superuser,
        }


@pytest.fixture(scope="session")
async def settings(server: dict[str, str], worker_id: str) -> AsyncIterator[Settings]:
    """Settings for a database of this worker's own, built by the migrations."""
    name = f"galley_test_{worker_id}"
    for_server = {**server, "secret_key": SECRET_KEY, "log_level": "ERROR", "db_pool_timeout": "20"}
    maintenance = Settings(**for_server, db_name="postgres")  # type: ignore[arg-type]
    await _recreate(maintenance.database_url, name)
    settings = Settings(**for_server, db_name=name)  # type: ignore[arg-type]
    await _migrate(settings.database_url)
    yield settings
    await _drop(maintenance.database_url, name)


async def _recreate(url: URL, name: str) -> None:
    await _drop(url, name)
    await _maintain(url, f'CREATE DATABASE "{name}"')


async def _drop(url: URL, name: str) -> None:
    await _maintain(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _maintain(url: URL, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def _migrate(url: URL) -> None:
    config = Config(BACKEND / "alembic.ini")
    engine = create_async_engine(url)
    async with engine.connect() as connection:

        def upgrade(plain: object) -> None:
            config.attributes["connection"] = plain
            command.upgrade(config, "head")

        await connection.run_sync(upgrade)
    await engine.dispose()


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The engine that production would make from these settings."""
    engine = make_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection with an outer transaction that nothing survives."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        # What triggers do at the end of a transaction, they do here at once: this one never ends.
        await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        yield connection
        await transaction.rollback()


@pytest.fixture
def sessions(connection: AsyncConnection) -> Sessions:
    """The factory of the application's sessions; their commits are savepoints."""
    return async_sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )


class SessionReads(Reads):
    """Reads what the tests' sessions see, in one of its own each time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @override
    async def all(self, statement: Statement, values: Values) -> Sequence[Row]:
        async with self._sessions() as session:
            return await TransactionReads(session).all(statement, values)


@pytest.fixture
def reads(sessions: Sessions) -> Reads:
    """What reads without a transaction in production: here it sees what is not committed."""
    return SessionReads(sessions)


@pytest.fixture
async def committing_sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    """Sessions over the production pool that really commit; afterwards every table is emptied."""
    yield make_sessions(engine)
    queue = ["pgqueuer", "pgqueuer_log", "pgqueuer_schedules"]
    tables = ", ".join([table.name for table in Base.metadata.sorted_tables] + queue)
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture
async def wire(settings: Settings) -> AsyncIterator[Wire]:
    """Where to read what the database is told by `wired_sessions` and `wired_reads`."""
    wire = Wire(settings)
    await wire.open()
    yield wire
    await wire.close()


@pytest.fixture
async def wired_sessions(committing_sessions: Sessions, wire: Wire) -> AsyncIterator[Sessions]:
    """Sessions that really commit, over the wire."""
    engine = make_engine(wire.settings)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def wired_reads(wire: Wire) -> AsyncIterator[Reads]:
    """What reads without a transaction, as in production, over the wire."""
    async with open_reads(wire.settings) as reads:
        yield reads


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session for a test's own look at the database."""
    async with sessions() as session:
        yield session


@pytest.fixture
def clock() -> MovableClock:
    """The time that the application believes it is."""
    return MovableClock()


@pytest.fixture(scope="session")
def passwords() -> Iterator[PasswordHasher]:
    """The real password hasher, with threads enough for a crowd."""
    passwords = PasswordHasher(threads=4)
    yield passwords
    passwords.close()


@pytest.fixture(scope="session")
def renderer(settings: Settings) -> Iterator[Renderer]:
    """The real renderer."""
    renderer = make_renderer(settings)
    yield renderer
    renderer.close()


@pytest.fixture
def services(
    settings: Settings,
    sessions: Sessions,
    reads: Reads,
    passwords: PasswordHasher,
    renderer: Renderer,
    clock: MovableClock,
) -> Services:
    """What the lifespan would make, with this test's sessions and clock."""
    return Services(
        settings=settings,
        sessions=sessions,
        reads=reads,
        passwords=passwords,
        tokens=make_signer(settings),
        sealer=make_sealer(settings),
        clock=clock,
        renderer=renderer,
        revisions=known_revisions(),
    )


@pytest.fixture(scope="session", autouse=True)
def _loggers_listen() -> Iterator[None]:
    """Loggers ask each time how to log, because a test that captures logs changes that."""
    configure = structlog.configure

    def without_cache(**options: object) -> None:
        configure(**{**options, "cache_logger_on_first_use": False})  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", without_cache)
        yield


@pytest.fixture(autouse=True)
def _logging_is_restored() -> Iterator[None]:
    """Whoever configures logging does it for this test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def app(settings: Settings) -> ASGIApp:
    """The real application."""
    return create_app(settings)


def client_of(app: ASGIApp, services: Services, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client of the application with these parts; nobody is signed in with it."""

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(with_state, client=(address, 50_000)),
        base_url="http://galley.test",
    )


@pytest.fixture
async def client(app: ASGIApp, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody is signed in with."""
    async with client_of(app, services) as client:
        yield client


@pytest.fixture
async def make(sessions: Sessions, clock: MovableClock, passwords: PasswordHasher) -> Factory:
    """Makes users and articles in the database."""
    return Factory(sessions, clock, passwords)


SignIn = Callable[[User], dict[str, str]]


@pytest.fixture
def sign_in(services: Services, clock: MovableClock, make: Factory) -> SignIn:
    """Returns the headers of somebody who is signed in, as the factory has signed them in."""

    def headers(user: User) -> dict[str, str]:
        token = services.tokens.issue(user.id, make.sessions_of[user.id], clock())
        return {"Authorization": f"Bearer {token.value}"}

    return headers
