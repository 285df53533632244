"""The lists of comments: in which order, with which answers, and at what price."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions
from app.models import Article, Comment, User
from tests.factories import EARLY_2026, Factory
from tests.features.comments.conftest import ARTICLE, Headers, Say
from tests.statements import statements

COMMENTS = f"{ARTICLE}/comments"
SECOND = timedelta(seconds=1)


def words(comments: list[dict[str, Any]]) -> list[str]:
    return [comment["content"] for comment in comments]


async def wander(client: httpx.AsyncClient, address: str, rel: str = "next") -> list[list[str]]:
    """Return what is said on each page, following the links."""
    pages = []
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200
        pages.append(words(answer.json()))
        address = answer.links[rel]["url"] if rel in answer.links else ""
    return pages


async def fill(
    sessions: Sessions, article: Article, author: User, number: int, above: Comment | None = None
) -> list[Comment]:
    """Have so many comments written, one a second."""
    comments = [
        Comment(
            article_id=article.id,
            author_id=author.id,
            parent_id=above.id if above else None,
            thread_id=(above.thread_id or above.id) if above else None,
            depth=above.depth + 1 if above else 1,
            content=str(at),
            content_html=f"<p>{at}</p>",
            status="visible",
            created_at=EARLY_2026 + at * SECOND,
            updated_at=EARLY_2026 + at * SECOND,
        )
        for at in range(number)
    ]
    async with sessions.begin() as session:
        session.add_all(comments)
    return comments


@pytest.mark.parametrize(
    ("sort", "pages"),
    [
        ("", [["0", "1"], ["2", "3"], ["4"]]),
        ("&sort=oldest", [["0", "1"], ["2", "3"], ["4"]]),
        ("&sort=newest", [["4", "3"], ["2", "1"], ["0"]]),
    ],
)
async def test_threads_are_listed_page_by_page(
    client: httpx.AsyncClient,
    sessions: Sessions,
    article: Article,
    reader: User,
    sort: str,
    pages: list[list[str]],
) -> None:
    await fill(sessions, article, reader, 5)
    assert await wander(client, f"{COMMENTS}?limit=2{sort}") == pages
    last = await client.get(f"{COMMENTS}?limit=2&skip=4&total=true{sort}")
    assert words(last.json()) == pages[-1]
    assert last.headers["X-Total-Count"] == "5"


async def test_the_way_back_is_the_way_there(
    client: httpx.AsyncClient, sessions: Sessions, article: Article, reader: User
) -> None:
    await fill(sessions, article, reader, 5)
    answer = await client.get(f"{COMMENTS}?limit=2")
    answer = await client.get(answer.links["next"]["url"])
    back = await wander(client, answer.links["prev"]["url"], "prev")
    assert back == [["0", "1"]]


async def test_answers_come_with_their_thread_oldest_first(
    client: httpx.AsyncClient, say: Say
) -> None:
    one = await say("One")
    two = await say("Two")
    below = await say("One, one", below=one)
    deeper = await say("One, one, one", below=below)
    await say("Two, one", below=two)
    await say("One, two", below=one)
    first, second = (await client.get(COMMENTS)).json()
    assert words(first["replies"]) == ["One, one", "One, one, one", "One, two"]
    assert [reply["depth"] for reply in first["replies"]] == [2, 3, 2]
    assert first["replies"][1]["parent_id"] == below["id"]
    assert first["replies"][1]["id"] == deeper["id"]
    assert (first["replies_count"], second["replies_count"]) == (3, 1)
    assert words(second["replies"]) == ["Two, one"]
    assert second["replies"][0]["author"]["username"] == "rita"


async def test_of_many_answers_the_first_come_along_and_the_rest_has_pages(
    client: httpx.AsyncClient, sessions: Sessions, article: Article, reader: User
) -> None:
    [above] = await fill(sessions, article, reader, 1)
    await fill(sessions, article, reader, 60, above)
    [thread] = (await client.get(COMMENTS)).json()
    assert words(thread["replies"]) == [str(at) for at in range(50)]
    assert thread["replies_count"] == 60
    pages = await wander(client, f"/api/v1/comments/{above.id}/replies?limit=25")
    assert [each for page in pages for each in page] == [str(at) for at in range(60)]


async def test_the_answers_to_an_answer_are_those_below_it(
    client: httpx.AsyncClient, say: Say
) -> None:
    one = await say("One")
    two = await say("Two", below=one)
    await say("Beside", below=one)
    await say("Three", below=two)
    await say("Four", below=two)
    assert await wander(client, f"/api/v1/comments/{two['id']}/replies") == [["Three", "Four"]]
    assert (await client.get("/api/v1/comments/999999/replies")).status_code == 404


async def test_a_longer_list_takes_no_more_statements(
    client: httpx.AsyncClient,
    engine: AsyncEngine,
    sessions: Sessions,
    make: Factory,
    article: Article,
    as_reader: Headers,
) -> None:
    async def price(headers: Headers | None = None) -> int:
        with statements(engine) as sent:
            answer = await client.get(f"{COMMENTS}?limit=100", headers=headers)
        assert answer.status_code == 200
        return len(sent)

    for round_ in range(2):
        for above in await fill(sessions, article, await make.user(), 1 + 20 * round_):
            await fill(sessions, article, await make.user(), 3, above)
        # The article, the site, the threads, their answers; and first, who is asking.
        assert (await price(), await price(as_reader)) == (4, 5)


@pytest.mark.usefixtures("article")
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "cursor=x", "skip=-1", "sort=best", "cursor=e30"]
)
async def test_a_page_that_cannot_be_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{COMMENTS}?{query}")).status_code == 422


async def test_a_cursor_of_the_other_order_is_refused(
    client: httpx.AsyncClient, sessions: Sessions, article: Article, reader: User
) -> None:
    await fill(sessions, article, reader, 3)
    answer = await client.get(f"{COMMENTS}?limit=1")
    other = answer.links["next"]["url"] + "&sort=newest"
    assert (await client.get(other)).status_code == 422


@pytest.mark.usefixtures("article")
async def test_a_list_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get(COMMENTS)).headers["ETag"]
    answer = await client.get(COMMENTS, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_there_is_no_list_of_what_is_not_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/articles/nowhere/comments")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Article not found")
