"""Somebody who follows people and tags."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]
Follow = Callable[..., Awaitable[None]]


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who writes, and is followed."""
    return await make.user(username="anna")


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who writes, and is not followed."""
    return await make.user(username="bert")


@pytest.fixture
async def rita(make: Factory) -> User:
    """Whose feed it is."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
def as_rita(rita: User, sign_in: SignIn) -> Headers:
    """Rita's headers."""
    return sign_in(rita)


@pytest.fixture
def follow(client: httpx.AsyncClient, as_rita: Headers) -> Follow:
    """Has Rita follow somebody, or a tag."""

    async def follow(kind: str, ref: str) -> None:
        answer = await client.put(f"/api/v1/{kind}/{ref}/follow", headers=as_rita)
        assert answer.status_code == 200

    return follow
