"""Favouriting: everybody may know, and the number is exact."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services
from app.features.reactions.service import ReactionService
from app.models import Article, ArticleCounts, Favorite, Notification, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

Headers = dict[str, str]

FAVORITE = "/api/v1/articles/down-the-river/favorite"
MINUTE = timedelta(minutes=1)


async def test_an_article_is_liked_and_liked_no_more(
    client: httpx.AsyncClient, article: Article, as_reader: Headers, as_author: Headers
) -> None:
    first = await client.put(FAVORITE, headers=as_reader)
    assert (first.status_code, first.json()) == (200, {"favorited": True, "favorites_count": 1})
    second = await client.put(FAVORITE, headers=as_author)
    assert second.json() == {"favorited": True, "favorites_count": 2}
    back = await client.delete(FAVORITE, headers=as_reader)
    assert (back.status_code, back.json()) == (200, {"favorited": False, "favorites_count": 1})


async def test_saying_it_again_makes_no_difference(
    client: httpx.AsyncClient, article: Article, as_reader: Headers
) -> None:
    liked = [await client.put(FAVORITE, headers=as_reader) for _ in range(3)]
    assert [each.json()["favorites_count"] for each in liked] == [1, 1, 1]
    left = [await client.delete(FAVORITE, headers=as_reader) for _ in range(3)]
    assert [each.json()["favorites_count"] for each in left] == [0, 0, 0]
    assert {each.status_code for each in liked + left} == {200}


async def test_everybody_can_see_who_likes_what(
    client: httpx.AsyncClient, make: Factory, article: Article, author: User, as_reader: Headers
) -> None:
    await make.article(author)
    await client.put(FAVORITE, headers=as_reader)
    answer = await client.get("/api/v1/articles?favorited_by=rita&total=true")
    assert [(each["id"], each["favorites_count"]) for each in answer.json()] == [(article.id, 1)]
    assert answer.headers["X-Total-Count"] == "1"
    await client.delete(FAVORITE, headers=as_reader)
    assert (await client.get("/api/v1/articles?favorited_by=rita")).json() == []


async def test_an_article_goes_by_its_id_and_its_former_slug_too(
    client: httpx.AsyncClient, article: Article, as_reader: Headers, as_author: Headers
) -> None:
    address = f"/api/v1/articles/{article.id}"
    await client.patch(address, headers=as_author, json={"slug": "up-the-river"})
    assert (await client.put(FAVORITE, headers=as_reader)).json()["favorites_count"] == 1
    answer = await client.delete(f"{address}/favorite", headers=as_reader)
    assert answer.json()["favorites_count"] == 0


async def test_liking_changes_neither_the_version_nor_the_date_of_the_article(
    client: httpx.AsyncClient, article: Article, as_reader: Headers, clock: MovableClock
) -> None:
    before = (await client.get(f"/api/v1/articles/{article.id}")).json()
    clock.move(MINUTE)
    await client.put(FAVORITE, headers=as_reader)
    after = (await client.get(f"/api/v1/articles/{article.id}")).json()
    kept = ("version", "updated_at", "created_at")
    assert [before[name] for name in kept] == [after[name] for name in kept]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    "fields",
    [
        {"published": False, "published_at": None},
        {"published_at": EARLY_2026 + MINUTE},
        {"deleted_at": EARLY_2026},
    ],
    ids=["a draft", "scheduled", "in the bin"],
)
async def test_what_a_reader_cannot_see_is_not_there(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_reader: Headers,
    method: str,
    fields: dict[str, Any],
) -> None:
    hidden = await make.article(author, **fields)
    answer = await client.request(
        method, f"/api/v1/articles/{hidden.slug}/favorite", headers=as_reader
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")


@pytest.mark.parametrize("ref", ["nothing-here", "9223372036854775807", "99999999999999999999"])
async def test_what_is_not_there_cannot_be_liked(
    client: httpx.AsyncClient, as_reader: Headers, ref: str
) -> None:
    answer = await client.put(f"/api/v1/articles/{ref}/favorite", headers=as_reader)
    assert answer.status_code == 404


async def test_what_lies_in_the_bin_is_not_there_for_its_author_either(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: Headers
) -> None:
    thrown = await make.article(author, deleted_at=EARLY_2026)
    answer = await client.put(f"/api/v1/articles/{thrown.id}/favorite", headers=as_author)
    assert answer.status_code == 404


async def test_nobody_likes_without_a_name(client: httpx.AsyncClient, article: Article) -> None:
    assert (await client.put(FAVORITE)).status_code == 401
    assert (await client.delete(FAVORITE)).status_code == 401


async def test_the_authors_are_told_once(
    client: httpx.AsyncClient,
    make: Factory,
    reader: User,
    as_reader: Headers,
    session: AsyncSession,
) -> None:
    authors = [await make.user(), await make.user()]
    article = await make.article(authors[0], with_authors=authors[1:])
    address = f"/api/v1/articles/{article.id}/favorite"
    for method in ("PUT", "PUT", "DELETE", "PUT"):
        await client.request(method, address, headers=as_reader)
    told = (await session.scalars(select(Notification))).all()
    assert {(each.user_id, each.kind) for each in told} == {
        (author.id, "favorite") for author in authors
    }
    assert {(each.actor_id, each.article_id) for each in told} == {(reader.id, article.id)}
    assert len(told) == 2


async def test_nobody_is_told_what_they_did_themselves(
    client: httpx.AsyncClient, article: Article, as_author: Headers, session: AsyncSession
) -> None:
    await client.put(FAVORITE, headers=as_author)
    assert (await session.scalars(select(Notification))).all() == []


async def test_whoever_leaves_takes_their_likes_along(
    client: httpx.AsyncClient,
    article: Article,
    make: Factory,
    sign_in: SignIn,
    as_author: Headers,
) -> None:
    leaving = await make.user()
    await client.put(FAVORITE, headers=sign_in(leaving))
    gone = await client.delete("/api/v1/users/me", headers=sign_in(leaving))
    assert gone.status_code == 204
    answer = await client.put(FAVORITE, headers=as_author)
    assert answer.json()["favorites_count"] == 1


async def test_an_article_that_goes_takes_its_likes_and_its_count_along(
    client: httpx.AsyncClient, article: Article, as_reader: Headers, session: AsyncSession
) -> None:
    await client.put(FAVORITE, headers=as_reader)
    await session.execute(delete(Article).where(Article.id == article.id))
    for table in (Favorite, ArticleCounts, Notification):
        assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_the_service_says_which_article_it_was(
    services: Services, session: AsyncSession, article: Article, reader: User
) -> None:
    reactions = ReactionService(session, services)
    liked = await reactions.favorite("down-the-river", reader, at=EARLY_2026)
    assert (liked.article_id, liked.favorited, liked.favorites_count) == (article.id, True, 1)
