"""Lists of articles and the feed, as RealWorld has them."""

from datetime import timedelta
from typing import Any

import pytest

from app.models import User
from tests.compat.realworld.conftest import ARTICLE, Conduit
from tests.factories import Factory, MovableClock

EMPTY: dict[str, Any] = {"articles": [], "articlesCount": 0}


@pytest.fixture
async def anna(make: Factory) -> User:
    """Somebody who writes."""
    return await make.user(username="anna")


def slugs(answer: dict[str, Any]) -> list[str]:
    """Return what a list shows, in its order."""
    return [article["slug"] for article in answer["articles"]]


async def several(make: Factory, author: User, clock: MovableClock, count: int) -> list[str]:
    """Make articles, and return their slugs, the newest first."""
    slugs = []
    for _ in range(count):
        clock.move(timedelta(seconds=1))
        slugs.append((await make.article(author)).slug)
    return slugs[::-1]


async def test_nothing(conduit: Conduit) -> None:
    assert await conduit.ask("GET", "/articles") == EMPTY


async def test_a_list_has_no_texts(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token, tagList=["rivers"])
    del article["body"]

    expected = {"articles": [article], "articlesCount": 1}
    assert await conduit.ask("GET", "/articles") == expected
    assert await conduit.ask("GET", "/articles", token=token) == expected
    assert ARTICLE["body"] not in str(expected)


async def test_pages(conduit: Conduit, make: Factory, clock: MovableClock, anna: User) -> None:
    made = await several(make, anna, clock, 25)

    async def page(query: str) -> list[str]:
        answer = await conduit.ask("GET", f"/articles?{query}")
        assert answer["articlesCount"] == 25
        return slugs(answer)

    assert await page("") == made[:20]
    assert await page("limit=&offset=") == made[:20]
    assert await page("limit=1") == made[:1]
    assert await page("limit=1&offset=1") == made[1:2]
    assert await page("limit=10&offset=20") == made[20:]
    assert await page("limit=100") == made
    assert await page("offset=25") == []
    for offset in (2**63 - 21, 2**63 - 1, 10**30):
        assert await page(f"offset={offset}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=1.5", "limit"),
        ("offset=-1", "offset"),
        ("offset=x", "offset"),
    ],
)
@pytest.mark.parametrize("path", ["/articles", "/articles/feed"])
async def test_pages_that_there_are_not(
    path: str, query: str, field: str, conduit: Conduit
) -> None:
    token = await conduit.join("anna")

    errors = await conduit.refused("GET", f"{path}?{query}", token=token, status=422)
    assert list(errors) == [field]


async def test_by_author(conduit: Conduit, make: Factory, anna: User) -> None:
    article = await make.article(anna)
    await make.article(await make.user())

    for name in ("anna", "ANNA"):
        answer = await conduit.ask("GET", f"/articles?author={name}")
        assert slugs(answer) == [article.slug]
        assert answer["articlesCount"] == 1


async def test_by_tag(conduit: Conduit, make: Factory, anna: User) -> None:
    tagged = await make.article(anna, tags=["42", "old boats"])
    await make.article(anna, tags=["lakes"])

    assert slugs(await conduit.ask("GET", "/articles?tag=42")) == [tagged.slug]
    assert slugs(await conduit.ask("GET", "/articles?tag=old%20boats")) == [tagged.slug]


async def test_by_who_likes_them(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    liked = await conduit.publish(anna)
    await conduit.publish(anna)
    await conduit.ask("POST", f"/articles/{liked['slug']}/favorite", token=bert)
    del liked["body"]

    of_bert = await conduit.ask("GET", "/articles?favorited=bert")
    assert of_bert == {"articles": [{**liked, "favoritesCount": 1}], "articlesCount": 1}
    [for_bert] = (await conduit.ask("GET", "/articles?favorited=bert", token=bert))["articles"]
    assert for_bert["favorited"] is True
    assert await conduit.ask("GET", "/articles?favorited=anna") == EMPTY


async def test_all_conditions_hold_together(conduit: Conduit, make: Factory, anna: User) -> None:
    bert = await make.user(username="bert")
    article = await make.article(anna, tags=["boats"])
    await make.article(anna, tags=["lakes"])
    await make.article(bert, tags=["boats"])

    answer = await conduit.ask("GET", "/articles?author=anna&tag=boats&favorited=")
    assert slugs(answer) == [article.slug]


@pytest.mark.parametrize("name", ["nobody", "1", "0", "%00", "x" * 300, "%FF"])
async def test_names_that_nobody_has(
    name: str, conduit: Conduit, make: Factory, anna: User
) -> None:
    await make.article(anna)

    assert await conduit.ask("GET", f"/articles?author={name}") == EMPTY
    assert await conduit.ask("GET", f"/articles?favorited={name}") == EMPTY
    assert await conduit.ask("GET", f"/articles?tag={name}") == EMPTY


async def test_ids_are_no_names(conduit: Conduit, make: Factory, anna: User) -> None:
    await make.article(anna)

    assert await conduit.ask("GET", f"/articles?author={anna.id}") == EMPTY


async def test_lists_show_nothing_but_what_is_public(
    conduit: Conduit, make: Factory, clock: MovableClock, anna: User
) -> None:
    await make.draft(anna)
    await make.article(anna, published_at=clock() + timedelta(days=1))
    await make.article(anna, deleted_at=clock())

    assert await conduit.ask("GET", "/articles") == EMPTY
    assert await conduit.ask("GET", "/articles?author=anna") == EMPTY


async def test_the_feed_has_what_those_whom_one_follows_publish(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    carl = await conduit.join("carl")
    assert await conduit.ask("GET", "/articles/feed", token=anna) == EMPTY
    first, second = await conduit.publish(bert), await conduit.publish(bert)
    await conduit.publish(carl)
    await conduit.publish(anna)
    await conduit.ask("POST", "/profiles/bert/follow", token=anna)

    feed = await conduit.ask("GET", "/articles/feed", token=anna)
    assert slugs(feed) == [second["slug"], first["slug"]]
    assert feed["articlesCount"] == 2
    assert all("body" not in article for article in feed["articles"])
    assert all(article["author"]["following"] for article in feed["articles"])
    one = await conduit.ask("GET", "/articles/feed?limit=1&offset=1", token=anna)
    assert (slugs(one), one["articlesCount"]) == ([first["slug"]], 2)
    for offset in (2**63 - 21, 2**63 - 1):
        far = await conduit.ask("GET", f"/articles/feed?offset={offset}", token=anna)
        assert (slugs(far), far["articlesCount"]) == ([], 2)
    await conduit.ask("DELETE", "/profiles/bert/follow", token=anna)
    assert await conduit.ask("GET", "/articles/feed", token=anna) == EMPTY
