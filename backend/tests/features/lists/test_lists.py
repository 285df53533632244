"""Lists of articles: what is in them, for whom, and how they are narrowed."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

ARTICLES = "/api/v1/articles"
DAY = timedelta(days=1)


@pytest.fixture
async def _shelf(make: Factory, author: User) -> None:
    """One article of each status by the author, and a public one by somebody else."""
    river: dict[str, Any] = {"content": "All about the *river*.", "tags": ["rivers"]}
    await make.article(author, title="published", **river)
    await make.article(author, title="scheduled", published_at=EARLY_2026 + DAY, **river)
    await make.draft(author, title="draft", **river)
    await make.article(await make.user(username="bert"), title="other", **river)


async def titles(
    client: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None
) -> set[str]:
    """Return the titles of a list, which must be as many as its total says."""
    path = query if query.startswith("/") else f"{ARTICLES}?{query}"
    answer = await client.get(f"{path}&total=true", headers=headers)
    assert answer.status_code == 200
    found = [article["title"] for article in answer.json()]
    assert answer.headers["X-Total-Count"] == str(len(found)) == str(len(set(found)))
    return set(found)


HIDING_PLACES = [
    "status=published",
    "status=all",
    "status=all&author=anna",
    "status=all&tag=rivers",
    "status=all&q=river",
    "status=all&sort=title",
    f"status=all&published_after={EARLY_2026.isoformat().replace('+', '%2B')}",
    "/api/v1/users/anna/articles?status=all",
    "/api/v1/users/anna/articles?status=all&q=river",
]


@pytest.mark.parametrize("query", [*HIDING_PLACES, "status=draft", "status=scheduled"])
@pytest.mark.parametrize("role", [None, Role.READER, Role.AUTHOR])
@pytest.mark.usefixtures("_shelf")
async def test_nobody_else_finds_a_draft_anywhere(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role | None, query: str
) -> None:
    headers = sign_in(await make.user(role)) if role else None
    assert await titles(client, query, headers) <= {"published", "other"}


@pytest.mark.parametrize(
    ("status", "found"),
    [("", {"published", "other"}), ("published", {"published", "other"}), ("draft", {"draft"}),
     ("scheduled", {"scheduled"}), ("all", {"published", "other", "draft", "scheduled"})],
)  # fmt: skip
@pytest.mark.usefixtures("_shelf")
async def test_an_author_and_editors_find_them_by_status(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    status: str,
    found: set[str],
) -> None:
    query = f"status={status}" if status else "limit=20"
    assert await titles(client, query, as_author) == found
    assert await titles(client, query, as_editor) == found


@pytest.mark.usefixtures("_shelf")
async def test_an_author_finds_only_their_own_drafts(
    client: httpx.AsyncClient, as_stranger: dict[str, str], as_editor: dict[str, str]
) -> None:
    assert await titles(client, "status=draft", as_stranger) == set()
    assert await titles(client, "status=draft", as_editor) == {"draft"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("author=bert", {"other"}),
        ("author=BERT", {"other"}),
        ("author=nobody", set()),
        ("author=999999999", set()),
        ("author=99999999999999999999", set()),
        ("/api/v1/users/bert/articles?limit=20", {"other"}),
        ("tag=rivers", {"published", "other"}),
        ("tag=Rivers", {"published", "other"}),
        ("tag=river", set()),
        ("tag=999999999", set()),
        ("tag=99999999999999999999", set()),
        ("series=nothing", set()),
        ("series=99999999999999999999", set()),
        ("locale=en", {"published", "other"}),
        ("locale=de", set()),
        ("featured=true", set()),
        ("pinned=false", {"published", "other"}),
        ("q=RIVER", {"published", "other"}),
        ("q=other", {"other"}),
        ("q=%25", set()),
        ("q=_", set()),
        ("q=%5C", set()),
        ("q=river&author=bert&tag=rivers", {"other"}),
    ],
)
@pytest.mark.usefixtures("_shelf")
async def test_a_list_is_narrowed(client: httpx.AsyncClient, query: str, found: set[str]) -> None:
    assert await titles(client, query) == found


async def test_an_author_is_named_by_id_as_well(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    article = await make.article(author)
    for query in (f"author={author.id}", f"/api/v1/users/{author.id}/articles?limit=20"):
        assert await titles(client, query) == {article.title}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("river", {"Along the river", "The River 3.7.0"}),
        ("RIVER along", {"Along the river"}),
        ('"the river"', {"Along the river", "The River 3.7.0"}),
        ("river -along", {"The River 3.7.0"}),
        ("lake or along", {"Along the river", "By the lake"}),
        ("3.7.0", {"The River 3.7.0"}),
        ("riv", set()),
        ("%", set()),
        ("' & ! :* \\", set()),
    ],
)
async def test_words_find_what_has_them_all(
    client: httpx.AsyncClient, make: Factory, author: User, q: str, found: set[str]
) -> None:
    for title in ("Along the river", "The River 3.7.0", "By the lake"):
        await make.article(author, title=title, content="We set out at five.")
    answer = await client.get("/api/v1/articles", params={"q": q})
    assert {article["title"] for article in answer.json()} == found


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        (None, None, {"1", "2", "3"}),
        (EARLY_2026 - 2 * DAY, None, {"1", "2"}),
        (None, EARLY_2026 - 2 * DAY, {"3"}),
        (EARLY_2026 - 2 * DAY, EARLY_2026 - DAY, {"2"}),
        (EARLY_2026 - DAY, EARLY_2026 - 2 * DAY, set()),
    ],
)
async def test_dates_bound_a_list_from_the_first_to_before_the_second(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    after: datetime | None,
    before: datetime | None,
    found: set[str],
) -> None:
    for days in (1, 2, 3):
        await make.article(author, title=str(days), published_at=EARLY_2026 - days * DAY)
    bounds = {"published_after": after, "published_before": before}
    query = "&".join(f"{name}={day:%Y-%m-%dT%H:%M:%SZ}" for name, day in bounds.items() if day)
    assert await titles(client, query or "limit=20") == found


@pytest.mark.parametrize(
    "query",
    ["status=secret", "sort=content", "sort=", "include=everything", "include=next",
     "include=author,nothing", "include=Tags", "fields=everything", "fields=title,html",
     "fields=given_excerpt", "locale=english", "featured=maybe", "pinned=", "series=",
     "q=", "q=%00", "tag=",
     f"q={'x' * 201}", f"tag={'x' * 101}", "author=", "published_after=yesterday",
     "published_after=2026-01-01", "published_after=1768478400",
     "published_before=0001-01-01T00:00:00%2B14:00"],
)  # fmt: skip
@pytest.mark.parametrize("path", [ARTICLES, "/api/v1/users/anna/articles"])
@pytest.mark.usefixtures("author")
async def test_a_question_that_cannot_be_is_refused(
    client: httpx.AsyncClient, path: str, query: str
) -> None:
    if query.startswith("author") and path != ARTICLES:
        query = "status="
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", query.partition("=")[0]]


async def test_a_list_shows_no_email(
    client: httpx.AsyncClient, make: Factory, author: User, as_editor: dict[str, str]
) -> None:
    await make.article(author)
    for path in (ARTICLES, f"/api/v1/users/{author.id}/articles"):
        assert "@" not in (await client.get(path, headers=as_editor)).text


async def test_the_newest_are_those_that_became_public_last(
    client: httpx.AsyncClient, make: Factory, author: User, clock: MovableClock
) -> None:
    await make.article(author, title="planned long ago", published_at=EARLY_2026 + 2 * DAY)
    clock.move(DAY)
    await make.article(author, title="written later", published_at=clock())
    clock.move(2 * DAY)
    answer = await client.get(ARTICLES)
    assert [article["title"] for article in answer.json()] == ["planned long ago", "written later"]
