"""What readers have to do with articles: how many like and discuss them, and whether this one."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.policy import Role
from app.core.services import Services
from app.features.articles.service import ArticleService
from app.features.pages.errors import ArticleNotFound
from app.models import (
    Article,
    Bookmark,
    Comment,
    Favorite,
    User,
    UserFollow,
)
from tests.factories import Factory, MovableClock
from tests.statements import statements

ARTICLES = "/api/v1/articles"
Save = Callable[..., Awaitable[None]]


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """An article of two authors."""
    bert = await make.user(username="bert")
    return await make.article(author, slug="river", with_authors=[bert], tags=["boats", "lakes"])


@pytest.fixture
def service(session: AsyncSession, services: Services) -> ArticleService:
    """The service, over a session of the test's own."""
    return ArticleService(session, services.settings, services.renderer)


def comment(article: Article, clock: MovableClock, **fields: object) -> Comment:
    now = clock()
    values = {
        "article_id": article.id, "depth": 1, "content": "Hear, hear", "content_html": "",
        "status": "visible", "created_at": now, "updated_at": now,
    }  # fmt: skip
    return Comment(**{**values, **fields})


# How many


async def test_articles_say_how_many_like_and_discuss_them(
    client: httpx.AsyncClient, make: Factory, article: Article, save: Save, clock: MovableClock
) -> None:
    people = [await make.user() for _ in range(3)]
    likes = [
        Favorite(user_id=each.id, article_id=article.id, created_at=clock()) for each in people
    ]
    hidden = comment(article, clock, status="pending")
    await save(*likes, comment(article, clock), comment(article, clock), hidden)
    (item,) = (await client.get(ARTICLES)).json()
    page = (await client.get(f"{ARTICLES}/river")).json()
    for shown in (item, page):
        assert (shown["favorites_count"], shown["comments_count"]) == (3, 2)


@pytest.mark.usefixtures("article")
async def test_of_what_nobody_has_liked_or_discussed_there_is_none(
    client: httpx.AsyncClient,
) -> None:
    (item,) = (await client.get(f"{ARTICLES}?fields=comments_count,favorites_count")).json()
    assert item == {"id": item["id"], "comments_count": 0, "favorites_count": 0}


async def test_a_count_makes_another_etag_and_stands_in_the_way_of_no_change(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str], save: Save,
    reader: User, clock: MovableClock,
) -> None:  # fmt: skip
    before = (await client.get(f"{ARTICLES}/river")).headers["ETag"]
    await save(Favorite(user_id=reader.id, article_id=article.id, created_at=clock()))
    again = await client.get(f"{ARTICLES}/river", headers={"If-None-Match": before})
    assert (again.status_code, again.json()["favorites_count"]) == (200, 1)
    changed = await client.patch(
        f"{ARTICLES}/river", headers={**as_author, "If-Match": before}, json={"title": "Wider"}
    )
    assert (changed.status_code, changed.json()["favorites_count"]) == (200, 1)


# Whether this reader


async def test_mine_tells_a_reader_what_is_theirs(
    client: httpx.AsyncClient, make: Factory, author: User, article: Article, reader: User,
    as_reader: dict[str, str], save: Save, clock: MovableClock,
) -> None:  # fmt: skip
    other = await make.article(author, slug="lake")
    await save(
        Favorite(user_id=reader.id, article_id=article.id, created_at=clock()),
        Bookmark(user_id=reader.id, article_id=other.id, created_at=clock()),
        UserFollow(
            follower_id=reader.id, followed_id=article.author_ids[1], created_at=clock()
        ),
    )  # fmt: skip
    items = (await client.get(f"{ARTICLES}?include=author,mine", headers=as_reader)).json()
    for item in items:
        page = f"{ARTICLES}/{item['slug']}?include=mine"
        whole = (await client.get(page, headers=as_reader)).json()
        for shown in (item, whole):
            is_river = shown["slug"] == "river"
            assert (shown["favorited"], shown["bookmarked"]) == (is_river, not is_river)
            assert shown["author"]["followed"] is False
            followed = {each["username"]: each["followed"] for each in shown["authors"]}
            assert followed == {"anna": False, **({"bert": True} if is_river else {})}


async def test_of_a_working_copy_it_tells_the_same(
    client: httpx.AsyncClient, make: Factory, author: User, article: Article, save: Save,
    as_author: dict[str, str], clock: MovableClock,
) -> None:  # fmt: skip
    emma = await make.user(username="emma")
    await save(
        Favorite(user_id=author.id, article_id=article.id, created_at=clock()),
        UserFollow(follower_id=author.id, followed_id=emma.id, created_at=clock()),
    )
    url, body = f"{ARTICLES}/river?draft=true", {"authors": ["anna", "emma"]}
    assert (await client.patch(url, headers=as_author, json=body)).status_code == 200
    shown = (await client.get(f"{url}&include=mine", headers=as_author)).json()
    assert (shown["favorited"], shown["favorites_count"]) == (True, 1)
    assert [each["followed"] for each in shown["authors"]] == [False, True]


@pytest.mark.usefixtures("article")
async def test_nothing_belongs_to_nobody(client: httpx.AsyncClient) -> None:
    (item,) = (await client.get(f"{ARTICLES}?include=author,mine")).json()
    page = (await client.get(f"{ARTICLES}/river?include=mine")).json()
    for shown in (item, page):
        assert (shown["favorited"], shown["bookmarked"]) == (False, False)
        assert [each["followed"] for each in shown["authors"]] == [False, False]


@pytest.mark.usefixtures("article")
async def test_unasked_it_is_not_told(client: httpx.AsyncClient, as_reader: dict[str, str]) -> None:
    (item,) = (await client.get(ARTICLES, headers=as_reader)).json()
    page = (await client.get(f"{ARTICLES}/river", headers=as_reader)).json()
    for shown in (item, page):
        assert not {"favorited", "bookmarked"} & shown.keys()
        assert all("followed" not in each for each in (shown["author"], *shown["authors"]))


# One, in short


async def test_a_readable_article_comes_in_one_statement_without_its_text(
    service: ArticleService, article: Article, reader: User, engine: AsyncEngine,
    clock: MovableClock,
) -> None:  # fmt: skip
    for ref in ("river", str(article.id)):
        with statements(engine) as sent:
            found = await service.readable(ref, reader=reader, at=clock())
        assert (found.id, found.slug, len(sent)) == (article.id, "river", 1)
        assert "content" not in found.__dict__


async def test_it_is_there_for_those_who_may_read_it(
    service: ArticleService, make: Factory, author: User, reader: User, clock: MovableClock
) -> None:
    editor = await make.user(Role.EDITOR)
    draft = await make.draft(author, slug="plans")
    for somebody in (author, editor):
        assert (await service.readable("plans", reader=somebody, at=clock())).id == draft.id
    for somebody_else in (reader, None):
        with pytest.raises(ArticleNotFound):
            await service.readable("plans", reader=somebody_else, at=clock())
    with pytest.raises(ArticleNotFound):
        await service.readable("nothing", reader=editor, at=clock())


# What it costs


async def test_one_article_costs_no_more_with_what_is_the_readers(
    client: httpx.AsyncClient, article: Article, as_reader: dict[str, str], engine: AsyncEngine
) -> None:
    sent: list[int] = []
    for query in ("", "?include=mine"):
        with statements(engine) as executed:
            answer: Any = await client.get(f"{ARTICLES}/{article.id}{query}", headers=as_reader)
        assert answer.status_code == 200
        sent.append(len(executed))
    assert sent[0] == sent[1] <= 5
