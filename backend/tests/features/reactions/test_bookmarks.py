"""Bookmarks: kept for later, and nobody else's business."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.policy import Role
from app.models import Article, Notification, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.statements import statements

Headers = dict[str, str]

BOOKMARKS = "/api/v1/users/me/bookmarks"
BOOKMARK = "/api/v1/articles/down-the-river/bookmark"
MINUTE = timedelta(minutes=1)


async def keep(client: httpx.AsyncClient, article: Article, headers: Headers) -> None:
    answer = await client.put(f"/api/v1/articles/{article.id}/bookmark", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"bookmarked": True})


async def kept(client: httpx.AsyncClient, headers: Headers, query: str = "") -> list[int]:
    answer = await client.get(f"{BOOKMARKS}{query}", headers=headers)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()]


async def test_an_article_is_kept_and_kept_no_more(
    client: httpx.AsyncClient, article: Article, as_reader: Headers
) -> None:
    for _ in range(2):
        await keep(client, article, as_reader)
        assert await kept(client, as_reader) == [article.id]
    for _ in range(2):
        answer = await client.delete(BOOKMARK, headers=as_reader)
        assert (answer.status_code, answer.json()) == (200, {"bookmarked": False})
        assert await kept(client, as_reader) == []


async def test_the_latest_bookmark_comes_first_whatever_the_date_of_the_article(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_reader: Headers,
    clock: MovableClock,
) -> None:
    old = await make.article(author, published_at=EARLY_2026 - timedelta(days=99))
    new = await make.article(author)
    for article in (new, old):
        await keep(client, article, as_reader)
        clock.move(MINUTE)
    assert await kept(client, as_reader) == [old.id, new.id]
    await keep(client, new, as_reader)
    assert await kept(client, as_reader) == [old.id, new.id]


async def test_the_list_is_walked_by_its_links_both_ways(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_reader: Headers,
    clock: MovableClock,
) -> None:
    articles = [await make.article(author) for _ in range(5)]
    for number, article in enumerate(articles):
        await keep(client, article, as_reader)
        clock.move(MINUTE * (number % 2))
    wanted = [article.id for article in reversed(articles)]
    answer = await client.get(f"{BOOKMARKS}?limit=2&total=true", headers=as_reader)
    assert answer.headers["X-Total-Count"] == "5"
    pages = [answer]
    while "next" in pages[-1].links:
        pages.append(await client.get(pages[-1].links["next"]["url"], headers=as_reader))
    assert [each["id"] for page in pages for each in page.json()] == wanted
    before = await client.get(pages[-1].links["prev"]["url"], headers=as_reader)
    assert before.json() == pages[-2].json()
    assert await kept(client, as_reader, "?skip=3&limit=5") == wanted[3:]


async def test_articles_are_shown_as_in_every_list(
    client: httpx.AsyncClient, make: Factory, author: User, as_reader: Headers
) -> None:
    article = await make.article(author, tags=["rivers"])
    await keep(client, article, as_reader)
    by_default = (await client.get(BOOKMARKS, headers=as_reader)).json()
    assert by_default == (await client.get("/api/v1/articles", headers=as_reader)).json()
    query = "?fields=title&include=author,content"
    [shown] = (await client.get(BOOKMARKS + query, headers=as_reader)).json()
    assert shown["title"] == article.title
    assert shown["content"] == article.content
    assert {"id", "title", "content", "author"} <= shown.keys()
    assert "slug" not in shown
    [mine] = (await client.get(f"{BOOKMARKS}?include=mine", headers=as_reader)).json()
    assert (mine["bookmarked"], mine["favorited"]) == (True, False)


async def test_nobody_else_sees_a_bookmark(
    client: httpx.AsyncClient,
    article: Article,
    make: Factory,
    sign_in: SignIn,
    as_reader: Headers,
    as_author: Headers,
    session: AsyncSession,
) -> None:
    address = f"/api/v1/articles/{article.id}"
    before = (await client.get(address, headers=as_author)).json()
    await keep(client, article, as_reader)
    assert (await client.get(address, headers=as_author)).json() == before
    for other in (as_author, sign_in(await make.user(Role.ADMIN))):
        assert await kept(client, other) == []
    assert (await session.scalars(select(Notification))).all() == []
    assert (await client.get(BOOKMARKS)).status_code == 401


async def test_a_draft_is_kept_by_its_authors_only(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: Headers,
    as_editor: Headers,
    as_reader: Headers,
) -> None:
    draft = await make.draft(author)
    address = f"/api/v1/articles/{draft.id}/bookmark"
    assert (await client.put(address, headers=as_author)).status_code == 200
    assert (await client.put(address, headers=as_editor)).status_code == 403
    assert (await client.put(address, headers=as_reader)).status_code == 404
    assert await kept(client, as_author) == [draft.id]
    assert await kept(client, as_editor) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_what_a_reader_cannot_see_is_not_there(
    client: httpx.AsyncClient, make: Factory, author: User, as_reader: Headers, method: str
) -> None:
    for hidden in (
        await make.draft(author),
        await make.article(author, published_at=EARLY_2026 + MINUTE),
        await make.article(author, deleted_at=EARLY_2026),
    ):
        address = f"/api/v1/articles/{hidden.id}/bookmark"
        answer = await client.request(method, address, headers=as_reader)
        assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")


async def test_what_is_unpublished_is_left_out_until_it_is_there_again(
    client: httpx.AsyncClient,
    article: Article,
    as_reader: Headers,
    session: AsyncSession,
) -> None:
    await keep(client, article, as_reader)
    for published in (False, True):
        await session.execute(update(Article).values(published=published))
        await session.commit()
        assert await kept(client, as_reader) == [article.id] * published
        answer = await client.get(f"{BOOKMARKS}?total=true", headers=as_reader)
        assert answer.headers["X-Total-Count"] == str(int(published))


async def test_what_lies_in_the_bin_is_left_out_for_everybody(
    client: httpx.AsyncClient, article: Article, as_author: Headers
) -> None:
    await keep(client, article, as_author)
    await client.delete(f"/api/v1/articles/{article.id}", headers=as_author)
    assert await kept(client, as_author) == []


async def test_the_list_takes_as_many_statements_however_long_it_is(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_reader: Headers,
    engine: AsyncEngine,
) -> None:
    for number in range(20):
        await keep(client, await make.article(author, tags=[f"tag {number}"]), as_reader)
    with statements(engine) as sent:
        answer = await client.get(BOOKMARKS, headers=as_reader)
    assert len(answer.json()) == 20
    assert len(sent) == 3  # who asks, what they keep, and those articles with all that is shown
