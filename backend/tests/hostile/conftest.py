"""A small world that the document's examples are true in, and a wire to the application."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp

from app.core.passwords import PasswordHasher
from app.core.services import Services
from app.models import Base
from tests.conftest import PATIENCE, SignIn
from tests.factories import Factory
from tests.hostile.wire import Wire
from tests.hostile.world import World, WorldMaker

# These remember refusals, and are meant to: the log, the limits, and how often a code was wrong.
NOTED = {"audit_events", "rate_limits", "challenges"}


@pytest.fixture
def services(services: Services) -> Services:
    """The process's parts, with patience."""
    return replace(services, settings=services.settings.model_copy(update=PATIENCE))


@pytest.fixture(scope="session")
def passwords() -> Iterator[PasswordHasher]:
    """The real hasher with the least work: thousands of sign-ins are not about its strength."""
    passwords = PasswordHasher()
    passwords._context.update(argon2__memory_cost=8, argon2__time_cost=1)
    yield passwords
    passwords.close()


@pytest.fixture
def worlds(app: ASGIApp, make: Factory, services: Services) -> WorldMaker:
    """Makes worlds; a test has one."""
    return WorldMaker(app, make, services)


@pytest.fixture
async def world(worlds: WorldMaker) -> World:
    """The world of the document's examples."""
    return await worlds.world()


@pytest.fixture
def wire(app: ASGIApp, services: Services) -> Wire:
    """The way to the application that nothing hostile is lost on."""
    return Wire(app, services)


@pytest.fixture
def callers(world: World, sign_in: SignIn) -> dict[str, bytes | None]:
    """The Authorization header of everybody who attacks."""
    return {
        "anonymous": None,
        "author": sign_in(world.author)["Authorization"].encode(),
        "admin": sign_in(world.admin)["Authorization"].encode(),
    }


async def contents(connection: AsyncConnection) -> dict[str, str]:
    """Return a fingerprint of every table that a refusal must leave as it is."""
    columns = ", ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table.name} t)"
        f" AS {table.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in NOTED
    )
    row = (await connection.execute(text(f"SELECT {columns}"))).one()
    return dict(row._mapping)
