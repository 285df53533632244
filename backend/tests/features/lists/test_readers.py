"""Lists as readers make them: what somebody likes, and what this one has to do with each."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.paging import Page
from app.core.services import Services
from app.features.lists.schemas import BIO, FOLLOWED, ArticleFilter
from app.features.lists.service import ListService
from app.models import Article, Favorite, User, UserFollow
from tests.factories import Factory, MovableClock
from tests.statements import statements

ARTICLES = "/api/v1/articles"
Save = Callable[..., Awaitable[None]]


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """An article of two authors."""
    bert = await make.user(username="bert")
    return await make.article(author, slug="river", with_authors=[bert], tags=["boats", "lakes"])


async def test_the_service_tells_of_articles_and_their_authors_what_is_so_by_now(
    services: Services, article: Article, author: User, reader: User, save: Save,
    clock: MovableClock,
) -> None:  # fmt: skip
    lists = ListService(services.reads, services.settings)
    shows = frozenset({"author", FOLLOWED, BIO, "favorited", "favorites_count"})

    async def told() -> object:
        wanted = ArticleFilter(author="anna", shows=shows)
        (found,) = (await lists.page(wanted, Page(), reader=reader, at=clock())).items
        item = json.loads(found.json)
        assert found.id == article.id
        assert item["author"]["bio"] == author.bio
        return item["favorited"], item["favorites_count"], item["author"]["followed"]

    assert await told() == (False, 0, False)
    await save(
        Favorite(user_id=reader.id, article_id=article.id, created_at=clock()),
        UserFollow(follower_id=reader.id, followed_id=author.id, created_at=clock()),
    )
    assert await told() == (True, 1, True)


# Which articles


async def test_a_list_is_narrowed_to_what_somebody_likes(
    client: httpx.AsyncClient, make: Factory, author: User, article: Article, reader: User,
    save: Save, clock: MovableClock,
) -> None:  # fmt: skip
    await make.article(author, slug="lake")
    await make.user(username="cold")
    draft = await make.draft(author)
    await save(*(
        Favorite(user_id=reader.id, article_id=each.id, created_at=clock())
        for each in (article, draft)
    ))  # fmt: skip
    for query, found in (
        ("favorited_by=rita", ["river"]),
        (f"favorited_by={reader.id}&author=anna&tag=boats", ["river"]),
        ("favorited_by=rita&q=nothing-such", []),
        ("favorited_by=cold", []),
        ("favorited_by=nobody", []),
        ("favorited_by=99999999999999999999", []),
    ):
        answer = await client.get(f"{ARTICLES}?{query}&total=true")
        assert [each["slug"] for each in answer.json()] == found
        assert answer.headers["X-Total-Count"] == str(len(found))


async def test_skipping_leaves_the_same_list(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    for number in range(5):
        await make.article(author, slug=f"part-{number}-a", tags=["x"])
    whole = (await client.get(ARTICLES)).json()
    answer = await client.get(f"{ARTICLES}?skip=2&limit=2&total=true")
    assert answer.json() == whole[2:4]
    assert answer.headers["X-Total-Count"] == "5"
    assert "skip=4" in answer.headers["Link"]


# What it costs


@pytest.mark.parametrize("query", ["", "?include=author,tags,mine,series", "?include=content"])
@pytest.mark.parametrize("page", ["limit=20", "skip=5&limit=15"])
async def test_a_list_of_twenty_is_one_statement_besides_who_reads_and_how_many(
    client: httpx.AsyncClient, make: Factory, author: User, as_reader: dict[str, str],
    engine: AsyncEngine, query: str, page: str,
) -> None:  # fmt: skip
    bert = await make.user()
    for number in range(20):
        await make.article(author, tags=["x", f"y{number}"], with_authors=[bert])
    url = f"{ARTICLES}{query}{'&' if query else '?'}{page}"
    for headers, total, most in (
        ({}, "false", 1), ({}, "true", 2), (as_reader, "false", 2), (as_reader, "true", 3),
    ):  # fmt: skip
        with statements(engine) as sent:
            answer = await client.get(f"{url}&total={total}", headers=headers)
        assert (answer.status_code, len(answer.json())) == (200, int(page.rpartition("=")[2]))
        assert len(sent) == most
