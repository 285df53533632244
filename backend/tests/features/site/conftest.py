"""Who changes the site."""

import pytest

from app.core.policy import Role
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]


@pytest.fixture
async def as_admin(make: Factory, sign_in: SignIn) -> Headers:
    """An administrator's headers."""
    return sign_in(await make.user(Role.ADMIN))
