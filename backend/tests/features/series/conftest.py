"""The people around a series."""

import pytest

from app.core.policy import Role
from app.models import Series, User
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]


@pytest.fixture
async def owner(make: Factory) -> User:
    """Who has begun the series."""
    return await make.user(username="anna")


@pytest.fixture
async def series(make: Factory, owner: User) -> Series:
    """A series, without articles."""
    return await make.series(owner, slug="a-year-on-the-water", title="A year on the water")


@pytest.fixture
def as_owner(owner: User, sign_in: SignIn) -> Headers:
    """The owner's headers."""
    return sign_in(owner)


@pytest.fixture
async def as_editor(make: Factory, sign_in: SignIn) -> Headers:
    """An editor's headers."""
    return sign_in(await make.user(Role.EDITOR))


@pytest.fixture
async def as_stranger(make: Factory, sign_in: SignIn) -> Headers:
    """The headers of another author."""
    return sign_in(await make.user())


@pytest.fixture
async def as_reader(make: Factory, sign_in: SignIn) -> Headers:
    """The headers of somebody who only reads."""
    return sign_in(await make.user(Role.READER))
