"""The people around an article."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

ARTICLES = "/api/v1/articles"
NEW: dict[str, Any] = {"title": "Down the river", "content": "We set out at *five*."}

Write = Callable[..., Awaitable[dict[str, Any]]]
Change = Callable[..., Awaitable[dict[str, Any]]]


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
    return sign_in(await make.user(Role.EDITOR, username="edith"))


@pytest.fixture
async def as_stranger(make: Factory, sign_in: SignIn) -> dict[str, str]:
    """The headers of another author."""
    return sign_in(await make.user(username="bert"))


@pytest.fixture
def write(client: httpx.AsyncClient, as_author: dict[str, str]) -> Write:
    """Writes an article as its author."""

    async def create(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
        answer = await client.post(ARTICLES, headers=as_author, json={**NEW, **fields})
        assert answer.status_code == 201, answer.text
        article: dict[str, Any] = answer.json()
        return article

    return create


@pytest.fixture
def change(client: httpx.AsyncClient, as_author: dict[str, str]) -> Change:
    """Changes an article as its author."""

    async def patch(ref: object, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
        answer = await client.patch(f"{ARTICLES}/{ref}", headers=as_author, json=fields)
        assert answer.status_code == 200, answer.text
        article: dict[str, Any] = answer.json()
        return article

    return patch
