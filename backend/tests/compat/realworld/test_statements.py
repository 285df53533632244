"""How many statements RealWorld's answers take, however long they are."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models import User
from tests.compat.realworld.conftest import Conduit
from tests.factories import Factory, MovableClock
from tests.statements import statements


@pytest.fixture
async def token(conduit: Conduit, make: Factory, clock: MovableClock) -> str:
    """Somebody who follows ten authors, each of whom has three articles, and likes some."""
    token = await conduit.join("anna")
    for number in range(10):
        author: User = await make.user(username=f"author{number}", bio="Rivers")
        for _ in range(3):
            clock.move(timedelta(seconds=1))
            article = await make.article(author, tags=["rivers", f"tag {number}"])
        await conduit.ask("POST", f"/profiles/author{number}/follow", token=token)
        await conduit.ask("POST", f"/articles/{article.slug}/favorite", token=token)
    return token


@pytest.mark.parametrize("limit", [1, 20, 100])
async def test_a_list(limit: int, token: str, conduit: Conduit, engine: AsyncEngine) -> None:
    path = f"/articles?limit={limit}"
    with statements(engine) as anonymous:
        found = await conduit.ask("GET", path)
    with statements(engine) as signed_in:
        for_anna = await conduit.ask("GET", path, token=token)
    with statements(engine) as feed:
        followed = await conduit.ask("GET", f"/articles/feed?limit={limit}", token=token)

    assert len(found["articles"]) == len(for_anna["articles"]) == min(limit, 30)
    assert len(followed["articles"]) == min(limit, 30)
    assert [len(anonymous), len(signed_in), len(feed)] == [2, 3, 3]


@pytest.mark.parametrize(
    "query", ["author=author1", "tag=rivers", "favorited=anna", "limit=10&offset=10"]
)
async def test_a_list_of_some(
    query: str, token: str, conduit: Conduit, engine: AsyncEngine
) -> None:
    with statements(engine) as seen:
        found = await conduit.ask("GET", f"/articles?{query}", token=token)

    assert found["articles"]
    assert len(seen) <= 4


async def test_one_of_each(token: str, conduit: Conduit, engine: AsyncEngine) -> None:
    slug = (await conduit.ask("GET", "/articles"))["articles"][0]["slug"]
    for words in ("one", "two", "three"):
        await conduit.say(token, slug, words)

    async def count(path: str, by: str = "") -> int:
        with statements(engine) as seen:
            await conduit.ask("GET", path, token=by)
        return len(seen)

    assert await count(f"/articles/{slug}", token) <= 4
    assert await count(f"/articles/{slug}") <= 3
    assert await count(f"/articles/{slug}/comments", token) <= 5
    assert await count(f"/articles/{slug}/comments") <= 3
    assert await count("/profiles/author1", token) <= 3
    assert await count("/profiles/author1") == 1
    assert await count("/user", token) <= 2
    assert await count("/tags") <= 2
