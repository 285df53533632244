"""Beginning, changing and deleting a series."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Series, User
from tests.factories import Factory, MovableClock

SERIES = "/api/v1/series"
ADDRESS = f"{SERIES}/a-year-on-the-water"
NEW = {"title": "Lakes", "description": "Of the north.", "cover": "/images/lake.jpg"}
Headers = dict[str, str]


async def test_an_author_begins_a_series(
    client: httpx.AsyncClient, owner: User, as_owner: Headers
) -> None:
    answer = await client.post(SERIES, headers=as_owner, json=NEW)
    made = answer.json()
    assert answer.status_code == 201
    assert NEW.items() <= made.items()
    assert (made["slug"], made["owner_id"], made["articles"]) == ("lakes", owner.id, [])
    assert answer.headers["Location"] == f"{SERIES}/{made['id']}"
    again = await client.get(answer.headers["Location"], headers=as_owner)
    assert again.json() == made
    assert again.headers["ETag"] == answer.headers["ETag"]


async def test_readers_begin_none(client: httpx.AsyncClient, as_reader: Headers) -> None:
    answer = await client.post(SERIES, headers=as_reader, json=NEW)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Not authorized")
    assert (await client.post(SERIES, json=NEW)).status_code == 401


async def test_a_repeated_post_begins_one(client: httpx.AsyncClient, as_owner: Headers) -> None:
    headers = {**as_owner, "Idempotency-Key": "once"}
    first, second = [await client.post(SERIES, headers=headers, json=NEW) for _ in range(2)]
    assert first.content == second.content
    assert second.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    ("title", "slugs"),
    [
        ("Down the River", ["down-the-river", "down-the-river-2", "down-the-river-3"]),
        ("2026", ["series-2026", "series-2026-2"]),
        ("\U0001f600", ["series", "series-2"]),
    ],
)
async def test_a_slug_is_made_from_the_title_and_made_unique(
    client: httpx.AsyncClient, as_owner: Headers, title: str, slugs: list[str]
) -> None:
    answers = [await client.post(SERIES, headers=as_owner, json={"title": title}) for _ in slugs]
    assert [answer.json()["slug"] for answer in answers] == slugs


async def test_nobody_can_take_all_the_numbers(
    client: httpx.AsyncClient, as_owner: Headers, make: Factory, owner: User
) -> None:
    for slug in ("river", "river-999999999", "river-1000000000"):
        await make.series(owner, slug=slug)
    slug = (await client.post(SERIES, headers=as_owner, json={"title": "River"})).json()["slug"]
    assert slug not in {"river", "river-999999999", "river-1000000000"}


async def test_a_slug_can_be_chosen_once(client: httpx.AsyncClient, as_owner: Headers) -> None:
    chosen = {**NEW, "slug": "the-one-i-want"}
    assert (await client.post(SERIES, headers=as_owner, json=chosen)).json()["slug"] == (
        "the-one-i-want"
    )
    again = await client.post(SERIES, headers=as_owner, json=chosen)
    assert (again.status_code, again.json()["code"]) == (400, "series_slug_taken")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"title": None},
        {"slug": "2026"},
        {"slug": "Lakes"},
        {"slug": "a--b"},
        {"slug": ""},
        {"description": ""},
        {"description": "x" * 2001},
        {"cover": "javascript:alert(1)"},
        {"cover": "//elsewhere.example.com/x.jpg"},
        {"owner_id": 1},
    ],
)
async def test_what_no_series_can_be_is_refused(
    client: httpx.AsyncClient, as_owner: Headers, wrong: dict[str, object]
) -> None:
    answer = await client.post(SERIES, headers=as_owner, json={**NEW, **wrong})
    assert answer.status_code == 422
    assert (await client.get(SERIES, headers=as_owner)).json() == []


@pytest.mark.usefixtures("series")
async def test_only_what_is_given_changes(
    client: httpx.AsyncClient, as_owner: Headers, as_editor: Headers, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=10))
    changes = {"description": "Twelve rivers.", "cover": "/river.jpg"}
    first = await client.patch(ADDRESS, headers=as_owner, json=changes)
    assert first.status_code == 200
    second = await client.patch(ADDRESS, headers=as_editor, json={"cover": None})
    assert (second.json()["description"], second.json()["cover"]) == ("Twelve rivers.", None)
    assert second.json()["title"] == "A year on the water"
    assert (second.json()["version"], second.json()["updated_at"]) == (3, "2026-01-15T12:10:00Z")
    read = await client.get(ADDRESS, headers=as_editor)
    assert read.headers["ETag"] == second.headers["ETag"]


@pytest.mark.usefixtures("series")
async def test_a_change_of_nothing_is_no_version(
    client: httpx.AsyncClient, as_owner: Headers
) -> None:
    for changes in ({}, {"title": "A year on the water"}):
        answer = await client.patch(ADDRESS, headers=as_owner, json=changes)
        assert answer.json()["version"] == 1


@pytest.mark.usefixtures("series")
async def test_the_address_of_a_series_stays(client: httpx.AsyncClient, as_owner: Headers) -> None:
    refused = await client.patch(ADDRESS, headers=as_owner, json={"slug": "another"})
    assert refused.status_code == 422
    answer = await client.patch(ADDRESS, headers=as_owner, json={"title": "Another"})
    assert answer.json()["slug"] == "a-year-on-the-water"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", ADDRESS, {"title": "New"}), ("DELETE", ADDRESS, None),
     ("PUT", f"{ADDRESS}/articles", {"articles": []})],
)  # fmt: skip
@pytest.mark.usefixtures("series")
async def test_a_stale_write_is_refused(
    client: httpx.AsyncClient,
    as_owner: Headers,
    method: str,
    path: str,
    body: dict[str, object] | None,
) -> None:
    before = await client.get(ADDRESS, headers=as_owner)
    await client.patch(ADDRESS, headers=as_owner, json={"title": "Changed meanwhile"})
    stale = {**as_owner, "If-Match": before.headers["ETag"]}
    assert (await client.request(method, path, headers=stale, json=body)).status_code == 412
    fresh = (await client.get(ADDRESS, headers=as_owner)).headers["ETag"]
    answer = await client.request(method, path, headers={**as_owner, "If-Match": fresh}, json=body)
    assert answer.is_success


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", ADDRESS, {"title": "New"}), ("DELETE", ADDRESS, None),
     ("PUT", f"{ADDRESS}/articles", {"articles": []})],
)  # fmt: skip
async def test_nobody_else_writes_and_who_cannot_see_it_hears_of_nothing(
    client: httpx.AsyncClient,
    make: Factory,
    owner: User,
    series: Series,
    as_stranger: Headers,
    method: str,
    path: str,
    body: dict[str, object] | None,
) -> None:
    assert (await client.request(method, path, json=body)).status_code == 401
    hidden = await client.request(method, path, headers=as_stranger, json=body)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "series_not_found")
    await make.article(owner, series_id=series.id)
    seen = await client.request(method, path, headers=as_stranger, json=body)
    assert (seen.status_code, seen.json()["code"]) == (403, "not_your_series")


async def test_a_deleted_series_leaves_its_articles(
    client: httpx.AsyncClient,
    make: Factory,
    owner: User,
    series: Series,
    as_owner: Headers,
    session: AsyncSession,
) -> None:
    public = await make.article(owner, series_id=series.id, series_position=1)
    draft = await make.draft(owner, series_id=series.id, series_position=2)
    assert (await client.delete(ADDRESS, headers=as_owner)).status_code == 204
    assert (await client.get(ADDRESS, headers=as_owner)).status_code == 404
    for article in (public, draft):
        left = await session.get_one(Article, article.id)
        assert (left.series_id, left.series_position) == (None, None)
    again = await client.post(SERIES, headers=as_owner, json={**NEW, "slug": series.slug})
    assert again.status_code == 201


async def test_a_series_outlives_its_owner(
    client: httpx.AsyncClient, series: Series, session: AsyncSession, owner: User,
    as_editor: Headers,
) -> None:  # fmt: skip
    await session.delete(await session.get_one(User, owner.id))
    await session.commit()
    answer = await client.patch(ADDRESS, headers=as_editor, json={"title": "Still here"})
    assert (answer.status_code, answer.json()["owner_id"]) == (200, None)
