"""The feed: what those whom somebody follows have published, and what has tags they follow."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.features.feed.conftest import Follow
from tests.statements import statements

Headers = dict[str, str]

FEED = "/api/v1/feed"
DAY = timedelta(days=1)


async def shown(client: httpx.AsyncClient, headers: Headers, query: str = "") -> list[int]:
    answer = await client.get(f"{FEED}{query}", headers=headers)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()]


async def test_whoever_follows_nothing_is_shown_nothing(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers
) -> None:
    await make.article(anna, tags=["rivers"])
    answer = await client.get(f"{FEED}?total=true", headers=as_rita)
    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["X-Total-Count"] == "0"


async def test_it_shows_people_and_tags_that_are_followed_the_newest_first(
    client: httpx.AsyncClient,
    make: Factory,
    anna: User,
    bert: User,
    as_rita: Headers,
    follow: Follow,
) -> None:
    hers = await make.article(anna, published_at=EARLY_2026 - 3 * DAY)
    along = await make.article(bert, with_authors=[anna], published_at=EARLY_2026 - 2 * DAY)
    tagged = await make.article(bert, tags=["rivers"], published_at=EARLY_2026 - DAY)
    both = await make.article(anna, tags=["rivers", "lakes"], published_at=EARLY_2026)
    await make.article(bert, tags=["streams"])
    await follow("users", "anna")
    await follow("tags", "rivers")
    await follow("tags", "lakes")
    assert await shown(client, as_rita) == [both.id, tagged.id, along.id, hers.id]
    await client.delete("/api/v1/users/anna/follow", headers=as_rita)
    assert await shown(client, as_rita) == [both.id, tagged.id]


async def test_it_shows_what_is_public_only_whoever_asks(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, anna: User
) -> None:
    public = await make.article(anna)
    await make.draft(anna)
    await make.article(anna, published_at=EARLY_2026 + DAY)
    await make.article(anna, deleted_at=EARLY_2026)
    for role in Role:
        headers = sign_in(await make.user(role))
        await client.put("/api/v1/users/anna/follow", headers=headers)
        assert await shown(client, headers) == [public.id]


async def test_it_is_walked_by_its_links_and_stays_put_when_something_is_published(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, follow: Follow
) -> None:
    articles = [await make.article(anna) for _ in range(5)]
    wanted = [article.id for article in reversed(articles)]
    await follow("users", "anna")
    pages = [await client.get(f"{FEED}?limit=2&total=true", headers=as_rita)]
    assert pages[0].headers["X-Total-Count"] == "5"
    await make.article(anna)
    while "next" in pages[-1].links:
        pages.append(await client.get(pages[-1].links["next"]["url"], headers=as_rita))
    assert [each["id"] for page in pages for each in page.json()] == wanted
    before = await client.get(pages[-1].links["prev"]["url"], headers=as_rita)
    assert before.json() == pages[-2].json()


async def test_it_is_walked_by_skipping_too(
    client: httpx.AsyncClient,
    make: Factory,
    anna: User,
    bert: User,
    as_rita: Headers,
    follow: Follow,
) -> None:
    turns = (anna, bert)
    articles = [await make.article(turns[turn % 2], tags=["rivers"]) for turn in range(6)]
    await follow("users", "anna")
    await follow("tags", "rivers")
    wanted = [article.id for article in reversed(articles)]
    skipped = [await shown(client, as_rita, f"?limit=2&skip={skip}") for skip in (0, 2, 4, 6)]
    assert skipped == [wanted[:2], wanted[2:4], wanted[4:], []]
    answer = await client.get(f"{FEED}?limit=2&skip=2&total=true", headers=as_rita)
    assert answer.headers["X-Total-Count"] == "6"


async def test_articles_are_shown_as_in_every_list(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, follow: Follow
) -> None:
    await make.article(anna, tags=["rivers"])
    await follow("users", "anna")
    for query in ("", "?fields=title", "?include=author,content"):
        feed = await client.get(f"{FEED}{query}", headers=as_rita)
        articles = await client.get(f"/api/v1/articles{query}", headers=as_rita)
        assert feed.json() == articles.json()


async def test_it_says_what_the_reader_thinks_of_each(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, follow: Follow
) -> None:
    liked, other = await make.article(anna), await make.article(anna)
    await follow("users", "anna")
    await client.put(f"/api/v1/articles/{liked.id}/favorite", headers=as_rita)
    await client.put(f"/api/v1/articles/{other.id}/bookmark", headers=as_rita)
    answer = await client.get(f"{FEED}?include=mine,author", headers=as_rita)
    marks = [
        (each["id"], each["favorited"], each["bookmarked"], each["favorites_count"])
        for each in answer.json()
    ]
    assert marks == [(other.id, False, True, 0), (liked.id, True, False, 1)]
    assert {each["author"]["followed"] for each in answer.json()} == {True}


@pytest.mark.parametrize("query", ["?cursor=nonsense", "?limit=101", "?include=nothing"])
async def test_a_bad_question_is_refused(
    client: httpx.AsyncClient, as_rita: Headers, query: str
) -> None:
    assert (await client.get(f"{FEED}{query}", headers=as_rita)).status_code == 422


async def test_nobody_has_a_feed_without_a_name(client: httpx.AsyncClient) -> None:
    assert (await client.get(FEED)).status_code == 401


@pytest.mark.parametrize("query", ["", "?include=author,tags,mine"])
async def test_it_takes_one_statement_besides_who_is_asking(
    client: httpx.AsyncClient,
    make: Factory,
    as_rita: Headers,
    follow: Follow,
    engine: AsyncEngine,
    query: str,
) -> None:
    for number in range(20):
        author = await make.user()
        await make.article(author, tags=[f"tag {number}"], with_authors=[await make.user()])
        await follow("users", author.username)
    with statements(engine) as sent:
        assert len(await shown(client, as_rita, query)) == 20
    assert len(sent) == 2
