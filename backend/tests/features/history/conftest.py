"""The people around an article, and an article with a past."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.models import Article, User
from tests.factories import Factory

ARTICLES = "/api/v1/articles"

Save = Callable[..., Awaitable[httpx.Response]]


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
