"""Lists by words that the index cannot answer alone: read piece by piece, and nothing is missed."""

import re
from typing import Any

import httpx
import pytest

from app.features.lists import service
from app.models import User
from tests.factories import Factory

ARTICLES = "/api/v1/articles"
_LINK = re.compile(r'<([^>]*)>; rel="(\w+)"')


@pytest.fixture
def _only_four_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is as good as full of articles after four of them."""
    monkeypatch.setattr(service, "MOST_READ", 4)


@pytest.fixture
async def _shelf(make: Factory, author: User) -> None:
    """Twelve articles with both words, of which the oldest and one more have them as a phrase."""
    for number in range(12):
        words = "white water" if number in {0, 7} else "water of the lake, white"
        await make.article(author, title=str(number), content=words)


async def walked(
    client: httpx.AsyncClient, params: dict[str, Any], rel: str = "next", start: str = ""
) -> tuple[list[list[str]], str]:
    """Return the titles on each page of a list, and the address of the last."""
    pages: list[list[str]] = []
    address = start or str(httpx.URL(ARTICLES, params=params))
    while True:
        answer = await client.get(address)
        assert answer.status_code == 200
        pages.append([article["title"] for article in answer.json()])
        links = {name: target for target, name in _LINK.findall(answer.headers["Link"])}
        if rel not in links:
            return pages, address
        address = links[rel]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ('"white water"', ["7", "0"]),
        ('water -"white water"', ["11", "10", "9", "8", "6", "5", "4", "3", "2", "1"]),
        ("-lake", ["7", "0"]),
        ("-white", []),
        ('"white water" or -water', ["7", "0"]),
        ("lake", ["11", "10", "9", "8", "6", "5", "4", "3", "2", "1"]),
    ],
)
@pytest.mark.parametrize("sort", ["-published_at", "-title", "published_at"])
@pytest.mark.usefixtures("_shelf", "_only_four_are_read")
async def test_a_walk_by_links_finds_everything_once_in_its_order(
    client: httpx.AsyncClient, q: str, found: list[str], sort: str
) -> None:
    order = {
        "-published_at": found,
        "published_at": found[::-1],
        "-title": sorted(found, reverse=True),
    }[sort]
    pages, last = await walked(client, {"q": q, "limit": 3, "sort": sort})
    assert [title for page in pages for title in page] == order
    back, _ = await walked(client, {}, rel="prev", start=last)
    assert [title for page in back[::-1] for title in page] == order


@pytest.mark.usefixtures("_shelf", "_only_four_are_read")
async def test_a_page_may_be_empty_and_yet_have_a_next_one(client: httpx.AsyncClient) -> None:
    answer = await client.get(ARTICLES, params={"q": '"white water"'})
    assert answer.json() == []
    assert 'rel="next"' in answer.headers["Link"]


@pytest.mark.parametrize("q", ['"white water"', "-lake"])
@pytest.mark.usefixtures("_shelf", "_only_four_are_read")
async def test_a_total_that_would_read_too_many_is_not_told(
    client: httpx.AsyncClient, q: str
) -> None:
    params = {"q": q, "total": "true"}
    assert "X-Total-Count" not in (await client.get(ARTICLES, params=params)).headers


@pytest.mark.parametrize(
    ("q", "total"), [('"white water"', 2), ("-lake", 2), ("white", 12), ("sea", 0), ("%", 0)]
)
@pytest.mark.usefixtures("_shelf")
async def test_any_other_total_is_exact(client: httpx.AsyncClient, q: str, total: int) -> None:
    answer = await client.get(ARTICLES, params={"q": q, "total": "true", "limit": 1})
    assert answer.headers["X-Total-Count"] == str(total)


@pytest.mark.usefixtures("_shelf")
async def test_skip_leaves_out_what_was_found_first(client: httpx.AsyncClient) -> None:
    for q, titles in (("lake", ["9", "8"]), ("-lake", []), ("white -nothing", ["9", "8"])):
        answer = await client.get(ARTICLES, params={"q": q, "skip": 2, "limit": 2})
        assert [article["title"] for article in answer.json()] == titles


@pytest.mark.usefixtures("_shelf", "_only_four_are_read")
async def test_skip_is_refused_where_it_would_read_too_many(client: httpx.AsyncClient) -> None:
    answer = await client.get(ARTICLES, params={"q": '"white water"', "skip": 1})
    assert answer.status_code == 422
    assert answer.json()["code"] == "skipped_too_far"


@pytest.mark.parametrize("query", ["include=content", "fields=content_html", "fields=toc"])
async def test_with_their_content_only_twenty_articles_are_on_a_page(
    client: httpx.AsyncClient, query: str
) -> None:
    assert (await client.get(f"{ARTICLES}?{query}&limit=20")).status_code == 200
    answer = await client.get(f"{ARTICLES}?{query}&limit=21")
    assert answer.status_code == 422
    assert answer.json()["code"] == "limit_with_content"
    assert answer.json()["errors"][0]["loc"] == ["query", "limit"]
