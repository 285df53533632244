"""The people around a batch, and the way to send one."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

Send = Callable[..., Coroutine[Any, Any, httpx.Response]]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who may change what others wrote."""
    return await make.user(Role.EDITOR)


@pytest.fixture
def send(client: httpx.AsyncClient, sign_in: SignIn) -> Send:
    """Returns what sends a batch as somebody."""

    async def post(
        who: User | None, action: str, *articles: object, **more: object
    ) -> httpx.Response:
        headers = sign_in(who) if who else {}
        headers |= {"Idempotency-Key": str(more.pop("key"))} if "key" in more else {}
        body = {"action": action, "articles": articles, **more}
        return await client.post("/api/v1/articles/batch", headers=headers, json=body)

    return post
