"""A small world that the document's examples are true in, and a wire to the application."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp

from app.core.passwords import PasswordHasher
from app.models import Base, Role, User
from app.web.state import Services
from tests.conftest import SignIn
from tests.factories import Factory
from tests.hostile.document import Operation, operations
from tests.hostile.wire import Wire

# Whoever registers must not be Anna, because she has an account already.
NEW_ACCOUNT = {"email": "somebody.new@example.com"}
FIELDS = {"users_create": NEW_ACCOUNT, "auth_register": NEW_ACCOUNT}


@dataclass(frozen=True, slots=True)
class World:
    """Anna, her article, an administrator, and what can be done."""

    author: User
    admin: User
    operations: list[Operation]


@pytest.fixture(scope="session")
def passwords() -> Iterator[PasswordHasher]:
    """The real hasher with the least work: thousands of sign-ins are not about its strength."""
    passwords = PasswordHasher()
    passwords._context.update(argon2__memory_cost=8, argon2__time_cost=1)
    yield passwords
    passwords.close()


@pytest.fixture
async def world(app: ASGIApp, make: Factory) -> World:
    """The world of the document's examples; ids cannot be chosen, so they are put in here."""
    author = await make.user(email="anna@example.com", username="anna")
    await make.article(author, slug="down-the-river", tags=["rivers"])
    admin = await make.user(Role.ADMIN)
    await make.user(Role.ADMIN)
    return World(author, admin, operations(app, {"user_id": str(author.id)}, FIELDS))


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
    """Return a fingerprint of every table."""
    columns = ", ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY id)), '') FROM {table.name} t)"
        f" AS {table.name}"
        for table in Base.metadata.sorted_tables
    )
    row = (await connection.execute(text(f"SELECT {columns}"))).one()
    return dict(row._mapping)
