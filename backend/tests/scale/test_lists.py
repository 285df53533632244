"""No list reads more as the blog grows: not a table from end to end, not thousands for a page."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import product

import httpx
import pytest

from app.compat.realworld.app import PATH
from app.core.paging import Cursor, Page
from app.core.services import Services
from app.features.lists.schemas import ArticleFilter
from app.features.lists.service import ListService
from tests.factories import EARLY_2026
from tests.scale.plans import Plan, collected

# The blog is built in the first test.
pytestmark = pytest.mark.timeout(600)

API = "/api/v1"
MOST_ROWS = 5_000

FILTERS = {
    "all": "",
    "a rare tag": "tag=topic-200",
    "a common tag": "tag=topic-1",
    "a rare author": "author=person50",
    "a common author": "author=person1",
    "a tag and an author": "tag=topic-1&author=person1",
    "a tag and a locale": "tag=topic-1&locale=en",
    "a series": "series=series-3",
    "a locale": "locale=en",
    "featured": "featured=true",
    "not featured": "featured=false",
    "pinned": "pinned=true",
    "liked by one who likes many": "favorited_by=person51",
    "liked by one who likes few": "favorited_by=person52",
    "of the last months": "published_after=2025-09-01T00:00:00Z",
    "of long ago": "published_before=2021-06-01T00:00:00Z",
    "a rare word": "q=welidal",
    "a word of one in a hundred": "q=baral",
    "a common word": "q=bara",
}
SORTS = ("-published_at", "published_at", "-created_at", "-updated_at", "title")
LISTS = {
    f"articles: {name}, {sort}": f"/articles?{given}&sort={sort}"
    for (name, given), sort in product(FILTERS.items(), SORTS)
}
TOTALS = {
    f"total: {name}": f"/articles?{FILTERS[name]}&total=true"
    for name in (
        "all", "a rare tag", "a common tag", "a rare author", "a common author", "a series",
        "featured", "not featured", "pinned", "liked by one who likes few", "a rare word",
    )
}  # fmt: skip
OTHERS = {
    "far into the list": "/articles?skip=10000",
    "far into a tag": "/articles?tag=topic-1&skip=10000",
    "far into what has a common word": "/articles?q=bara&skip=10000",
    "not pinned": "/articles?pinned=false&total=true",
    "a rare tag that one likes": "/articles?tag=topic-200&favorited_by=person51&total=true",
    "a tag, featured": "/articles?tag=topic-20&featured=true",
    "a common word of a rare tag": "/articles?q=bara&tag=topic-200",
    "a common word of a rare author": "/articles?q=bara&author=person50",
    "a common word of somebody with a tag that they seldom use": (
        "/articles?q=bara&author=person18&tag=topic-17&total=true"
    ),
    "a common word, featured": "/articles?q=bara&featured=true",
    "a common word of long ago": "/articles?q=bara&published_before=2021-06-01T00:00:00Z",
    "a common word of three hours": (
        "/articles?q=bara&published_after=2023-07-01T09:00:00Z&published_before=2023-07-01T12:00:00Z"
    ),
    "a common word in a rare language": "/articles?q=bara&locale=cy",
    "several words": "/articles?q=bara corlen",
    "an article": "/articles/2?include=previous,next,related",
    "articles of somebody": "/users/person1/articles",
    "articles with content": "/articles?include=author,tags,series,content",
    "tags": "/tags",
    "tags backward": "/tags?sort=-name",
    "tags beginning": "/tags?q=Topic 1",
    "a tag": "/tags/topic-1",
    "series": "/series",
    "a series": "/series/series-3",
    "a person": "/users/person1",
    "comments": "/articles/2/comments",
    "comments, newest first": "/articles/2/comments?sort=newest",
    "replies": "/comments/6/replies",
    "search, a rare word": "/search?q=welidal",
    "search, a common word": "/search?q=bara",
    "search, a tag that somebody seldom uses": "/search?q=bara&author=person18&tag=topic-17",
    "suggestions": "/search/suggest?q=bar",
    "the archive": "/archive",
    "followers": "/users/person1/followers",
    "followed": "/users/person51/following",
    "the site": "/site",
}
REALWORLD = {
    "RealWorld: all": "/articles",
    "RealWorld: far into it": "/articles?offset=10000",
    "RealWorld: a tag": "/articles?tag=Topic 1",
    "RealWorld: an author": "/articles?author=person1",
    "RealWorld: liked by one who likes few": "/articles?favorited=person52",
    "RealWorld: tags": "/tags",
}
OWN = {
    "the feed": "/feed",
    "unread of the feed": "/feed/unread-count",
    "bookmarks": "/users/me/bookmarks",
    "notifications": "/notifications",
    "unread notifications": "/notifications/unread-count",
    "followed tags": "/users/me/followed-tags",
    "own drafts": "/articles?author=person1&status=draft",
    "own articles": "/articles?author=person1&status=all",
    "articles with mine": "/articles?include=author,tags,mine",
    "articles of a tag, with mine": "/articles?tag=topic-1&include=author,tags,mine",
}

# What may read more, and why.
_ALL_THAT_HAVE_IT = "Most articles have the word; only with dates does its index say more (0029)."
_SKIPPED = "They are skipped one by one; 10,000 at the most."
_TWO_ORDERS = "Of a range of dates in another order, one of both has to be looked through."
EXCEPTIONS = {
    **{
        f"articles: a common word, {sort}": _ALL_THAT_HAVE_IT
        for sort in ("-created_at", "-updated_at", "title")
    },
    **{name: _SKIPPED for name in [*OTHERS, *REALWORLD] if "far into" in name},
    **{
        f"articles: {name}, {sort}": _TWO_ORDERS
        for name in ("of the last months", "of long ago")
        for sort in ("-created_at", "-updated_at", "title")
    },
}


@pytest.mark.parametrize("name", [*LISTS, *TOTALS, *OTHERS])
async def test_a_public_list(
    client: httpx.AsyncClient, large_tables: frozenset[str], name: str
) -> None:
    await _read_on(client, name, {**LISTS, **TOTALS, **OTHERS}[name], {}, large_tables)


@pytest.mark.parametrize("name", REALWORLD)
async def test_a_list_of_another_api(
    client: httpx.AsyncClient, large_tables: frozenset[str], name: str
) -> None:
    with collected() as plans:
        answer = await client.get(f"{PATH}{REALWORLD[name]}")
    assert answer.status_code == 200, answer.text
    _judge(name, plans, large_tables)


@pytest.mark.parametrize("person", ["person1", "person51"])
@pytest.mark.parametrize("name", OWN)
async def test_a_list_of_ones_own(
    client: httpx.AsyncClient,
    services: Services,
    large_tables: frozenset[str],
    login: Mapping[str, tuple[int, int]],
    name: str,
    person: str,
) -> None:
    token = services.tokens.issue(*login[person], EARLY_2026)
    headers = {"Authorization": f"Bearer {token.value}"}
    await _read_on(client, name, OWN[name], headers, large_tables)


async def _read_on(
    client: httpx.AsyncClient,
    name: str,
    path: str,
    headers: dict[str, str],
    large_tables: Collection[str],
) -> None:
    """Read the first page of a list, and one in the middle."""
    with collected() as plans:
        answer = await client.get(f"{API}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    _judge(name, plans, large_tables)
    following = answer.links.get("next")
    if following:
        url = httpx.URL(following["url"])
        middle = _in_the_middle(url.params["cursor"])
        with collected() as plans:
            answer = await client.get(url.copy_set_param("cursor", middle), headers=headers)
        assert answer.status_code == 200, answer.text
        _judge(name, plans, large_tables)


def _in_the_middle(opaque: str) -> str:
    """Return a cursor of the same list that is far from both ends."""
    cursor = Cursor.decode(opaque)
    if cursor.key.isdecimal():
        return opaque
    key = "2023-07-01T00:00:00+00:00" if cursor.key[:2] == "20" else "Nap"
    return replace(cursor, key=key, id=50_000).encode()


def _judge(name: str, plans: list[Plan], large: Collection[str]) -> None:
    assert plans
    faults = {
        plan.statement: [
            f"{fault.kind} of {fault.table or fault.index}: {fault.rows} rows"
            for fault in plan.faults(large, sys.maxsize if name in EXCEPTIONS else MOST_ROWS)
        ]
        for plan in plans
    }
    assert {statement: faults[statement] for statement in faults if faults[statement]} == {}


async def test_what_other_apis_skip_is_skipped_however_much(services: Services) -> None:
    lists = ListService(services.reads, services.settings)
    wanted = ArticleFilter(shows=frozenset({"id"}))
    found = await lists.page(wanted, Page(5, skip=50_000), reader=None, at=services.clock())
    assert (len(found.items), found.next is not None) == (5, True)
