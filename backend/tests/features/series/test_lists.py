"""The list of series: which are in it, for whom, and at what price."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models import User
from tests.factories import EARLY_2026, Factory, MovableClock

SERIES = "/api/v1/series"
HOUR = timedelta(hours=1)
Headers = dict[str, str]


@pytest.fixture
async def _shelf(make: Factory, owner: User) -> None:
    """Series of the owner with a public article, a scheduled one, a draft, a binned one, none."""
    stages: dict[str, dict[str, Any]] = {
        "public": {},
        "scheduled": {"published_at": EARLY_2026 + HOUR},
        "draft": {"published": False, "published_at": None},
        "binned": {"deleted_at": EARLY_2026},
    }
    await make.series(owner, title="empty")
    for title, fields in stages.items():
        series = await make.series(owner, title=title)
        await make.article(owner, series_id=series.id, series_position=1, **fields)


@pytest.fixture
def statements(connection: AsyncConnection) -> Iterator[list[str]]:
    """Every SELECT that is sent to the database."""
    sent: list[str] = []

    def note(*about: Any) -> None:  # noqa: ANN401 - an event of SQLAlchemy passes many kinds
        sent.extend(each for each in about if isinstance(each, str) and each.startswith("SELECT"))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection.sync_connection, "before_cursor_execute", note)


async def counts(client: httpx.AsyncClient, headers: Headers | None = None) -> dict[str, int]:
    answer = await client.get(f"{SERIES}?total=true", headers=headers)
    assert answer.status_code == 200
    found = {each["title"]: each["article_count"] for each in answer.json()}
    assert answer.headers["X-Total-Count"] == str(len(found)) == str(len(answer.json()))
    return found


@pytest.mark.usefixtures("_shelf")
async def test_everybody_finds_the_series_that_have_a_public_article(
    client: httpx.AsyncClient, as_stranger: Headers, as_reader: Headers, clock: MovableClock
) -> None:
    assert await counts(client) == {"public": 1}
    assert await counts(client, as_reader) == {"public": 1}
    assert await counts(client, as_stranger) == {"public": 1}
    clock.move(2 * HOUR)
    assert await counts(client) == {"public": 1, "scheduled": 1}


@pytest.mark.usefixtures("_shelf")
async def test_the_owner_and_editors_find_the_others_too(
    client: httpx.AsyncClient, as_owner: Headers, as_editor: Headers
) -> None:
    expected = {"binned": 0, "draft": 0, "empty": 0, "public": 1, "scheduled": 0}
    assert await counts(client, as_owner) == expected
    assert await counts(client, as_editor) == expected


async def test_series_are_listed_by_title_page_by_page(
    client: httpx.AsyncClient, make: Factory, owner: User, as_owner: Headers
) -> None:
    for title in ("c", "a", "b", "a", "d"):
        await make.series(owner, title=title)
    address, titles = f"{SERIES}?limit=2", []
    while address:
        answer = await client.get(address, headers=as_owner)
        titles.append([each["title"] for each in answer.json()])
        links = answer.links
        address = links["next"]["url"] if "next" in links else ""
    assert titles == [["a", "a"], ["b", "c"], ["d"]]
    answer = await client.get(answer.links["prev"]["url"], headers=as_owner)
    assert [each["title"] for each in answer.json()] == ["b", "c"]


async def test_a_longer_list_takes_no_more_statements(
    client: httpx.AsyncClient, make: Factory, owner: User, statements: list[str]
) -> None:
    async def shelve() -> None:
        series = await make.series(owner)
        for position in (1, 2):
            await make.article(owner, series_id=series.id, series_position=position)

    async def price() -> int:
        statements.clear()
        await client.get(SERIES)
        return len(statements)

    await shelve()
    first = await price()
    for _ in range(5):
        await shelve()
    assert await price() == first == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "skip=-1", "cursor=e30"])
async def test_a_page_that_cannot_be_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{SERIES}?{query}")).status_code == 422


async def test_a_list_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get(SERIES)).headers["ETag"]
    answer = await client.get(SERIES, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
