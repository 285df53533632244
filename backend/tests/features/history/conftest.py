"""The people around an article, and an article with a past."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory

ARTICLES = "/api/v1/articles"

Save = Callable[..., Awaitable[httpx.Response]]


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
async def article(make: Factory, author: User) -> Article:
    """A public article in its first version."""
    return await make.article(
        author,
        slug="down-the-river",
        title="Down the river",
        content="We set out at *five* in the morning.",
        tags=["rivers", "boats"],
    )


@pytest.fixture
def save(client: httpx.AsyncClient, as_author: dict[str, str], article: Article) -> Save:
    """Changes the article as its author."""

    async def change(**changes: Any) -> httpx.Response:  # noqa: ANN401 - of any field
        address = f"{ARTICLES}/{article.id}"
        answer = await client.patch(address, headers=as_author, json=changes)
        assert answer.status_code == 200, answer.text
        return answer

    return change
