"""The map of old addresses: what is in it, in what order, and for whom."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page
from app.features.redirects import dependencies
from app.features.redirects.service import RedirectService
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.redirects.conftest import Know

REDIRECTS = "/api/v1/redirects"
DAY = timedelta(days=1)


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


async def the_map(client: httpx.AsyncClient, query: str = "") -> dict[str, str]:
    """Return where each path leads; the list must be as long as its total says."""
    answer = await client.get(f"{REDIRECTS}?total=true&{query}")
    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == str(len(answer.json()))
    return {each["from"]: each["to"] for each in answer.json()}


async def test_a_former_slug_and_an_imported_path_lead_to_the_article(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    article = await make.article(author, slug="down-the-river")
    await know(article, "down-a-river", "/2019/05/A River.html")
    answer = await client.get(REDIRECTS)
    common = {
        "to": "/articles/down-the-river",
        "article_id": article.id,
        "created_at": "2026-01-15T12:00:00Z",
    }
    assert answer.json() == [
        {"from": "/2019/05/A River.html", **common},
        {"from": "/articles/down-a-river", **common},
    ]


async def test_an_article_that_never_moved_is_not_in_it(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await make.article(author)
    assert await the_map(client) == {}


async def test_chains_collapse_however_often_an_article_is_renamed(
    client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn
) -> None:
    article = await make.article(author, slug="first")
    for slug in ("second", "third"):
        headers = sign_in(author)
        address = f"/api/v1/articles/{article.id}"
        renamed = await client.patch(address, headers=headers, json={"slug": slug})
        assert renamed.status_code == 200
    newest = "/articles/third"
    assert await the_map(client) == {"/articles/first": newest, "/articles/second": newest}


async def test_a_name_that_an_article_takes_back_is_no_old_address(
    client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn
) -> None:
    article = await make.article(author, slug="first")
    for slug in ("second", "first"):
        headers = sign_in(author)
        await client.patch(f"/api/v1/articles/{article.id}", headers=headers, json={"slug": slug})
    assert await the_map(client) == {"/articles/second": "/articles/first"}


HIDDEN: list[dict[str, Any]] = [
    {"published": False, "published_at": None},
    {"published_at": EARLY_2026 + DAY},
    {"deleted_at": EARLY_2026},
]


@pytest.mark.parametrize("columns", HIDDEN)
@pytest.mark.parametrize("query", ["", "format=nginx", "format=netlify"])
async def test_what_is_not_public_leaks_neither_its_old_address_nor_its_new_one(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    know: Know,
    sign_in: SignIn,
    columns: dict[str, Any],
    query: str,
) -> None:
    await know(await make.article(author, slug="secret-plan", **columns), "secret-idea")
    for headers in ({}, sign_in(author)):
        answer = await client.get(f"{REDIRECTS}?total=true&{query}", headers=headers)
        assert answer.headers["X-Total-Count"] == "0"
        assert "secret" not in answer.text


async def test_a_scheduled_article_is_in_it_once_its_time_has_come(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know, clock: MovableClock
) -> None:
    await know(await make.article(author, slug="now", published_at=EARLY_2026 + DAY), "before")
    assert await the_map(client) == {}
    clock.move(DAY)
    assert await the_map(client) == {"/articles/before": "/articles/now"}


@pytest.mark.parametrize("other_slug", ["present", "renamed"])
async def test_the_path_of_another_article_is_never_led_away(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know, other_slug: str
) -> None:
    """A site that moves here may have had its articles at the very same paths."""
    other = await make.article(author, slug=other_slug)
    await know(other, *({"present"} - {other_slug}))
    imported = await make.article(author, slug="imported")
    await know(imported, "/articles/present", "/articles/imported", "/articles/other")
    expected = {"/articles/other": "/articles/imported"}
    if other_slug == "renamed":
        expected["/articles/present"] = "/articles/renamed"
    assert await the_map(client) == expected


async def test_the_path_of_a_draft_can_lead_elsewhere_until_it_is_published(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    await make.draft(author, slug="draft")
    await know(await make.article(author, slug="public"), "/articles/draft")
    assert await the_map(client) == {"/articles/draft": "/articles/public"}


async def test_a_web_server_is_told_nothing_that_differs_from_an_article_in_its_case_only(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    await make.article(author, slug="other")
    await know(await make.article(author, slug="a-river"), "/Articles/A-River", "/ARTICLES/OTHER")
    assert (await the_map(client)).keys() == {"/Articles/A-River", "/ARTICLES/OTHER"}
    as_text = await client.get(f"{REDIRECTS}?format=netlify")
    assert as_text.text == ""


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_by_cursor_hold_everything_once_in_both_directions(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know, limit: int
) -> None:
    slugs = [f"old-{number}" for number in range(7)]
    await know(await make.article(author), *slugs)
    there = await walk(client, f"{REDIRECTS}?limit={limit}", "next")
    assert [path for page, _ in there for path in page] == [
        f"/articles/{slug}" for slug in reversed(slugs)
    ]
    back = await walk(client, there[-1][1], "prev")
    assert [page for page, _ in back] == [page for page, _ in reversed(there)]


async def walk(client: httpx.AsyncClient, url: str, rel: str) -> list[tuple[list[str], str]]:
    """Return the paths on each page from here on, and the page's address."""
    pages = []
    following: str | None = url
    while following is not None:
        answer = await client.get(following)
        pages.append(([each["from"] for each in answer.json()], following))
        following = answer.links.get(rel, {}).get("url")
    return pages


async def test_a_cursor_has_room_for_every_address(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    longest = "/" + "ü" * 1999
    await know(await make.article(author), "last", longest, "first")
    pages = await walk(client, f"{REDIRECTS}?limit=1", "next")
    assert [path for page, _ in pages for path in page][1] == longest


@pytest.mark.parametrize("cursor", ["x", "WyJ0aXRsZSIsICIiLCAxLCBmYWxzZV0"])
async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get(REDIRECTS, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_a_map_that_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    article = await make.article(author)
    await know(article, "old")
    for query in ("", "?format=nginx", "?format=netlify"):
        known = {"If-None-Match": (await client.get(REDIRECTS + query)).headers["ETag"]}
        assert (await client.get(REDIRECTS + query, headers=known)).status_code == 304
        await know(article, f"older{len(query)}")
        assert (await client.get(REDIRECTS + query, headers=known)).status_code == 200


async def test_an_unknown_format_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{REDIRECTS}?format=apache")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "format"]


async def test_a_file_for_a_web_server_is_plain_text_whatever_the_limit(
    client: httpx.AsyncClient, make: Factory, author: User, know: Know
) -> None:
    await know(await make.article(author, slug="new"), "old", "older")
    answer = await client.get(f"{REDIRECTS}?format=netlify&limit=1&total=true")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Total-Count"] == "2"
    assert answer.text == "/articles/older /articles/new 308\n/articles/old /articles/new 308\n"


async def test_a_file_for_a_web_server_is_not_read_by_skip(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{REDIRECTS}?format=nginx&skip=1")
    assert (answer.status_code, answer.json()["code"]) == (422, "whole_map_skipped")


async def test_a_file_that_is_not_the_whole_map_says_so_and_links_to_the_rest(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    know: Know,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dependencies, "MOST_LINES", 2)
    await know(await make.article(author, slug="new"), "old", "older", "oldest")
    answer = await client.get(f"{REDIRECTS}?format=netlify")
    assert answer.text.splitlines()[0].startswith("# This is not the whole map")
    rest = await client.get(answer.links["next"]["url"])
    assert rest.text == "/articles/old /articles/new 308\n"


@pytest.mark.parametrize("article_path", ["/blog/{slug}", "/{slug}.html", "/Über/{slug}/"])
async def test_paths_follow_the_setting(
    session: AsyncSession, make: Factory, author: User, know: Know, article_path: str
) -> None:
    await make.article(author, slug="other")
    taken = article_path.replace("{slug}", "other")
    await know(await make.article(author, slug="new"), "old", "/older", taken)
    redirects = RedirectService(session, article_path=article_path)
    found = await redirects.page(Page(), ignoring_case=False, at=EARLY_2026)
    assert {(each.from_, each.to) for each in found.items} == {
        (article_path.replace("{slug}", "old"), article_path.replace("{slug}", "new")),
        ("/older", article_path.replace("{slug}", "new")),
    }
