"""People who follow each other."""

import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who writes."""
    return await make.user(username="anna")


@pytest.fixture
async def rita(make: Factory) -> User:
    """Who reads."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
def as_anna(anna: User, sign_in: SignIn) -> Headers:
    """Anna's headers."""
    return sign_in(anna)


@pytest.fixture
def as_rita(rita: User, sign_in: SignIn) -> Headers:
    """Rita's headers."""
    return sign_in(rita)
