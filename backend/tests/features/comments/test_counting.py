"""The count on the article is what everybody can see, after whatever happens to comments."""

from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import Article, Comment, User
from tests.features.comments.conftest import ClientWith, Count, Headers, Say


@pytest.fixture(autouse=True)
async def _agrees_at_the_end(session: AsyncSession, count: Count) -> Any:  # noqa: ANN401 - a fixture that yields
    yield
    visible = select(func.count()).where(Comment.status == "visible", Comment.deleted_at.is_(None))
    assert await count() == await session.scalar(visible)


async def test_every_transition_is_counted(
    client: httpx.AsyncClient, say: Say, count: Count, as_author: Headers, as_reader: Headers
) -> None:
    assert await count() == 0
    first = await say("One")
    second = await say("Two", below=first)
    assert await count() == 2
    address = f"/api/v1/comments/{second['id']}"

    async def decide(status: str) -> int:
        body = {"status": status}
        answer = await client.patch(f"{address}/status", headers=as_author, json=body)
        assert answer.status_code == 200
        return await count()

    expected = [("hidden", 1), ("spam", 1), ("visible", 2), ("visible", 2), ("pending", 1)]
    assert [(status, await decide(status)) for status, _ in expected] == expected
    assert await decide("visible") == 2
    await client.patch(address, headers=as_reader, json={"content": "Changed"})
    assert await count() == 2
    await client.delete(address, headers=as_reader)
    assert await count() == 1
    await client.delete(f"/api/v1/comments/{first['id']}", headers=as_author)
    assert await count() == 0


async def test_what_waits_is_not_counted_until_it_is_let_through(
    client_with: ClientWith, say: Say, count: Count, as_author: Headers, as_reader: Headers
) -> None:
    async with client_with(comments="moderated") as client:
        first, second = await say("One", at=client), await say("Two", at=client)
        assert await count() == 0
        await client.delete(f"/api/v1/comments/{first['id']}", headers=as_reader)
        assert await count() == 0
        address = f"/api/v1/comments/{second['id']}"
        await client.patch(f"{address}/status", headers=as_author, json={"status": "visible"})
        assert await count() == 1
        await client.patch(address, headers=as_reader, json={"content": "Changed"})
        assert await count() == 0


async def test_what_an_account_leaves_behind_still_counts(
    sessions: Sessions, say: Say, count: Count, reader: User
) -> None:
    await say("I was here")
    async with sessions.begin() as session:
        await session.execute(delete(User).where(User.id == reader.id))
    assert await count() == 1


async def test_what_goes_with_its_article_takes_the_count_along(
    sessions: Sessions, say: Say, count: Count, article: Article
) -> None:
    await say("Two", below=await say("One"))
    async with sessions.begin() as session:
        await session.execute(delete(Article).where(Article.id == article.id))
    assert await count() == 0


async def test_the_article_shows_the_count(
    client: httpx.AsyncClient, say: Say, article: Article
) -> None:
    await say("Two", below=await say("One"))
    [listed] = (await client.get("/api/v1/articles")).json()
    assert listed["comments_count"] == 2
    assert (await client.get(f"/api/v1/articles/{article.id}")).json()["comments_count"] == 2
