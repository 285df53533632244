"""The people around an article, the article, and links to it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory

ARTICLES = "/api/v1/articles"

Link = Callable[..., Awaitable[dict[str, Any]]]


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
async def article(make: Factory, author: User) -> Article:
    """A published article of the author's."""
    return await make.article(
        author, slug="river", title="Down the river", content="We set out at *five*.", tags=["a"]
    )


@pytest.fixture
def address(article: Article) -> str:
    """Where it is."""
    return f"{ARTICLES}/{article.id}"


@pytest.fixture
def link(client: httpx.AsyncClient, as_author: dict[str, str], address: str) -> Link:
    """Makes a preview link of the article, as its author."""

    async def post(place: str = address, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
        answer = await client.post(f"{place}/previews", headers=as_author, json=body)
        assert answer.status_code == 201, answer.text
        preview: dict[str, Any] = answer.json()
        return preview

    return post


@pytest.fixture
async def draft(make: Factory, author: User) -> str:
    """Where a draft of the author's is."""
    return f"{ARTICLES}/{(await make.draft(author, slug='draft', title='Not yet')).id}"
