"""A large blog in a database of its own, built once for all tests of a worker."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.db import Sessions, make_engine, make_sessions
from app.core.reading import Reads, open_reads
from app.core.services import Services
from app.models import LoginSession, User
from tests.conftest import PATIENCE, _drop, _migrate, _recreate
from tests.factories import EARLY_2026
from tests.scale.plans import TELLING

ARTICLES = 100_000
WORDS = 25
SEED = Path(__file__).with_name("seed.sql")
# What of postgres/start.sh decides on plans.
PLANNED = {"random_page_cost": "1.1", "max_parallel_workers_per_gather": "0"}


@pytest.fixture(scope="session")
async def large(settings: Settings) -> AsyncIterator[Settings]:
    """Settings for a database with a hundred thousand articles, and for both APIs."""
    name = f"{settings.db_name}_scale"
    maintenance = settings.model_copy(update={"db_name": "postgres"}).database_url
    await _recreate(maintenance, name)
    changed = {"db_name": name, "compat_apis": ("realworld",), **PATIENCE}
    own = settings.model_copy(update=changed)
    await _migrate(own.database_url)
    await _fill(own)
    yield own
    await _drop(maintenance, name)


async def _fill(settings: Settings) -> None:
    """Run the seed, gather statistics, and have every later connection plan as in production.

    It also tells its plans.
    """
    url = settings.database_url
    connection = await asyncpg.connect(
        host=url.host or url.query["host"],
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database,
    )
    values = {"articles": str(ARTICLES), "words": str(WORDS), "revisions": "false"}
    values["until"] = f"'{EARLY_2026.isoformat()}'"
    seed = SEED.read_text("utf-8")
    for name, value in values.items():
        seed = seed.replace(f":{name}", value)
    await connection.execute(seed)
    await connection.execute("VACUUM ANALYZE")
    for name, value in {**PLANNED, **TELLING}.items():
        await connection.execute(f"ALTER DATABASE {settings.db_name} SET {name} = '{value}'")
    await connection.close()


@pytest.fixture(scope="session")
def app(large: Settings) -> ASGIApp:
    """The real application, which speaks RealWorld's API too."""
    return create_app(large)


@pytest.fixture(scope="session")
async def engine(large: Settings) -> AsyncIterator[AsyncEngine]:
    """The production engine, on the large database."""
    engine = make_engine(large)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def large_tables(engine: AsyncEngine) -> frozenset[str]:
    """The tables that are too large to be read from one end to the other."""
    query = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 1000")
    async with engine.connect() as connection:
        return frozenset(await connection.scalars(query))


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    """Sessions of the application; nothing here writes."""
    return make_sessions(engine)


@pytest.fixture(scope="session")
async def reads(large: Settings) -> AsyncIterator[Reads]:
    """What reads without a transaction, as in production."""
    async with open_reads(large) as reads:
        yield reads


@pytest.fixture
def services(services: Services, large: Settings) -> Services:
    """The process's parts, on the large database."""
    return replace(services, settings=large)


@pytest.fixture(scope="session")
async def login(engine: AsyncEngine) -> dict[str, tuple[int, int]]:
    """The ids of some people by their usernames, each with a session that lasts for ever."""
    async with make_sessions(engine).begin() as session:
        people = await session.scalars(select(User).where(User.id.in_([1, 50, 51, 52])))
        own = [endless(person) for person in people]
        session.add_all(own)
        await session.flush()
        return {f"person{each.user_id}": (each.user_id, each.id) for each in own}


def endless(user: User) -> LoginSession:
    """Return a session of somebody that lasts for ever."""
    return LoginSession(
        user_id=user.id, method="password", address="192.0.2.1", user_agent="A browser",
        expires_at=EARLY_2026 + timedelta(days=36_500),
        **dict.fromkeys(("created_at", "authenticated_at", "last_seen_at"), EARLY_2026),
    )  # fmt: skip
