"""Who reads and writes in the tests of features."""

import pytest

from app.core.policy import Role
from app.models import User
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
