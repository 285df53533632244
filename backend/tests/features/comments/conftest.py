"""The people around an article that is talked about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.policy import Role
from app.core.services import Services
from app.models import Article, ArticleCounts, User
from tests.conftest import SignIn, client_of
from tests.factories import Factory

ARTICLE = "/api/v1/articles/down-the-river"

Headers = dict[str, str]
Say = Callable[..., Awaitable[dict[str, Any]]]
ClientWith = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
Count = Callable[[], Awaitable[int]]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who has written the article."""
    return await make.user(username="anna")


@pytest.fixture
async def reader(make: Factory) -> User:
    """Who reads it, and may write nothing else than comments."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
async def other(make: Factory) -> User:
    """Another reader."""
    return await make.user(Role.READER, username="otto")


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who looks after everything."""
    return await make.user(Role.EDITOR, username="edith")


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """A public article."""
    return await make.article(author, slug="down-the-river", title="Down the river")


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> Headers:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
def as_reader(reader: User, sign_in: SignIn) -> Headers:
    """The reader's headers."""
    return sign_in(reader)


@pytest.fixture
def as_other(other: User, sign_in: SignIn) -> Headers:
    """The other reader's headers."""
    return sign_in(other)


@pytest.fixture
def as_editor(editor: User, sign_in: SignIn) -> Headers:
    """The editor's headers."""
    return sign_in(editor)


@pytest.fixture
async def as_stranger(make: Factory, sign_in: SignIn) -> Headers:
    """The headers of an author of other things."""
    return sign_in(await make.user())


@pytest.fixture
def say(client: httpx.AsyncClient, article: Article, as_reader: Headers) -> Say:
    """Returns what says something below the article, as the reader unless told otherwise."""

    async def said(
        content: str,
        headers: Headers | None = None,
        below: dict[str, Any] | None = None,
        at: httpx.AsyncClient = client,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"content": content}
        if below is not None:
            body["parent_id"] = below["id"]
        address = f"/api/v1/articles/{article.id}/comments"
        answer = await at.post(address, headers=headers or as_reader, json=body)
        assert answer.status_code == 201, answer.text
        comment: dict[str, Any] = answer.json()
        return comment

    return said


@pytest.fixture
def client_with(app: ASGIApp, services: Services) -> ClientWith:
    """Returns what makes a client of an application with other settings."""

    @asynccontextmanager
    async def client(**settings: object) -> AsyncIterator[httpx.AsyncClient]:
        changed = replace(services, settings=services.settings.model_copy(update=settings))
        async with client_of(app, changed) as client:
            yield client

    return client


@pytest.fixture
def count(session: AsyncSession, article: Article) -> Count:
    """Returns what reads how many comments the database has counted."""

    async def counted() -> int:
        query = select(ArticleCounts.comments).filter_by(article_id=article.id)
        return await session.scalar(query) or 0

    return counted
