"""Pages of what is found: by cursor and by skip, up to the last that is ranked."""

from datetime import timedelta

import httpx
import pytest

from app.core.paging import BadCursor, Cursor, Page
from app.features.search import rules
from app.models import User
from tests.factories import EARLY_2026, Factory
from tests.features.search.conftest import SEARCH


@pytest.fixture
async def _seven(make: Factory, author: User) -> None:
    for age in range(7):
        when = EARLY_2026 - timedelta(days=age)
        await make.article(author, title=f"{age}", content="A river.", published_at=when)


async def walk(client: httpx.AsyncClient, query: str, rel: str = "next") -> list[list[str]]:
    """Return the titles of each page from one to the last in this direction."""
    pages, url = [], f"{SEARCH}?{query}"
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200
        pages.append([hit["title"] for hit in answer.json()])
        url = answer.links.get(rel, {}).get("url", "")
    return pages


@pytest.mark.usefixtures("_seven")
async def test_pages_are_walked_forth_and_back(client: httpx.AsyncClient) -> None:
    forth = [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert await walk(client, "q=river&limit=3") == forth
    second = (await client.get(f"{SEARCH}?q=river&limit=3")).links["next"]["url"]
    third = (await client.get(second)).links["next"]["url"]
    query = third.partition("?")[2]
    assert await walk(client, query, "prev") == forth[::-1]


@pytest.mark.usefixtures("_seven")
async def test_pages_are_skipped_to(client: httpx.AsyncClient) -> None:
    assert await walk(client, "q=river&limit=3&skip=2") == [["2", "3", "4"], ["5", "6"]]
    assert await walk(client, "q=river&skip=100") == [[]]


@pytest.mark.usefixtures("_seven")
async def test_a_page_counts_what_was_found(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{SEARCH}?q=river&limit=1&total=true")
    assert answer.headers["X-Total-Count"] == "7"


@pytest.mark.usefixtures("_seven")
async def test_a_cursor_stays_with_its_article(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    following = (await client.get(f"{SEARCH}?q=river&limit=3")).links["next"]["url"]
    await make.article(author, title="River", content="A better river.")
    assert [hit["title"] for hit in (await client.get(following)).json()] == ["3", "4", "5"]


@pytest.mark.usefixtures("_seven")
async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient) -> None:
    other = (await client.get("/api/v1/articles?limit=1")).links["next"]["url"]
    cursor = other.partition("cursor=")[2]
    answer = await client.get(f"{SEARCH}?q=river&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("place", ["-1", "", "x", "99999", "\u0663"])
def test_a_place_is_a_small_number(place: str) -> None:
    with pytest.raises(BadCursor):
        rules.sliced([1, 2], Page(cursor=Cursor("rank", place, 1)))


def test_where_the_article_is_gone_its_place_counts() -> None:
    page = Page(2, cursor=Cursor("rank", "2", 99))
    assert rules.sliced([1, 2, 3, 4, 5], page).items == [3, 4]
    back = Page(2, cursor=Cursor("rank", "9999", 99, backward=True))
    assert rules.sliced([1, 2, 3], back).items == [2, 3]
    assert rules.sliced([], back).items == []
