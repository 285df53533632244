"""Who reads and writes in the tests of features, and what writes rows for them."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.models import Base, User
from tests.conftest import SignIn
from tests.factories import Factory


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user(username="anna", full_name="Anna Liffey")


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
async def as_editor(make: Factory, sign_in: SignIn) -> dict[str, str]:
    """An editor's headers."""
    return sign_in(await make.user(Role.EDITOR))


@pytest.fixture
async def as_stranger(make: Factory, sign_in: SignIn) -> dict[str, str]:
    """The headers of another author."""
    return sign_in(await make.user())


@pytest.fixture
async def reader(make: Factory) -> User:
    """Who reads."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
def as_reader(reader: User, sign_in: SignIn) -> dict[str, str]:
    """The reader's headers."""
    return sign_in(reader)


@pytest.fixture
def save(session: AsyncSession) -> Callable[..., Awaitable[None]]:
    """Writes rows."""

    async def commit(*rows: Base) -> None:
        session.add_all(rows)
        await session.commit()

    return commit
