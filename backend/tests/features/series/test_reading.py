"""Reading a series: which articles are in it, for whom, and in what order."""

from datetime import timedelta

import httpx
import pytest

from app.models import Series, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

HOUR = timedelta(hours=1)
ADDRESS = "/api/v1/series/a-year-on-the-water"
Headers = dict[str, str]


@pytest.fixture
async def _articles(make: Factory, owner: User, series: Series) -> None:
    """One article of each status, and one in no series."""
    await make.article(owner, title="second", series_id=series.id, series_position=4)
    await make.article(owner, title="first", series_id=series.id, series_position=1)
    await make.draft(owner, title="draft", series_id=series.id, series_position=2)
    await make.article(
        owner,
        title="scheduled",
        series_id=series.id,
        series_position=3,
        published_at=EARLY_2026 + HOUR,
    )
    await make.article(
        owner, title="binned", series_id=series.id, series_position=5, deleted_at=EARLY_2026
    )
    await make.article(owner, title="unplaced", series_id=series.id)
    await make.article(owner, title="elsewhere")


async def titles(client: httpx.AsyncClient, headers: Headers | None = None) -> list[str]:
    answer = await client.get(ADDRESS, headers=headers)
    assert answer.status_code == 200
    articles = answer.json()["articles"]
    places = list(range(1, len(articles) + 1))
    assert [each["position"] for each in articles] == places
    return [each["title"] for each in articles]


@pytest.mark.usefixtures("_articles")
async def test_readers_see_the_public_articles_in_order(
    client: httpx.AsyncClient, as_stranger: Headers, clock: MovableClock
) -> None:
    assert await titles(client) == ["first", "second", "unplaced"]
    assert await titles(client, as_stranger) == ["first", "second", "unplaced"]
    clock.move(2 * HOUR)
    assert await titles(client) == ["first", "scheduled", "second", "unplaced"]


@pytest.mark.usefixtures("_articles")
async def test_their_author_and_editors_see_all_but_the_bin(
    client: httpx.AsyncClient, as_owner: Headers, as_editor: Headers
) -> None:
    expected = ["first", "draft", "scheduled", "second", "unplaced"]
    assert await titles(client, as_owner) == expected
    assert await titles(client, as_editor) == expected
    answer = (await client.get(ADDRESS, headers=as_owner)).json()
    statuses = [each["status"] for each in answer["articles"]]
    assert statuses == ["published", "draft", "scheduled", "published", "published"]
    assert answer["article_count"] == 3


async def test_what_others_have_not_published_is_theirs_whoever_owns_the_series(
    client: httpx.AsyncClient,
    make: Factory,
    owner: User,
    series: Series,
    sign_in: SignIn,
    as_owner: Headers,
    as_editor: Headers,
) -> None:
    bert, cora = await make.user(), await make.user()
    await make.draft(bert, title="draft", with_authors=[cora], series_id=series.id)
    later = EARLY_2026 + HOUR
    await make.article(bert, title="later", series_id=series.id, published_at=later)
    assert await titles(client, as_owner) == []
    assert await titles(client, as_editor) == await titles(client, sign_in(bert))
    assert await titles(client, sign_in(bert)) == ["draft", "later"]
    assert await titles(client, sign_in(cora)) == ["draft"]
    for headers, count in ((sign_in(cora), 1), (sign_in(await make.user()), 0), ({}, 0)):
        listed = await client.get("/api/v1/series", headers=headers)
        assert len(listed.json()) == count
        read = await client.get(ADDRESS, headers=headers)
        assert read.status_code == (200 if count else 404)
    await make.draft(owner, title="own", series_id=series.id)
    assert await titles(client, as_owner) == ["own"]


async def test_the_whole_answer(
    client: httpx.AsyncClient, make: Factory, owner: User, series: Series
) -> None:
    article = await make.article(
        owner, series_id=series.id, series_position=7, made_excerpt="We set out at five."
    )
    answer = await client.get(f"/api/v1/series/{series.id}")
    assert answer.json() == {
        "id": series.id,
        "slug": "a-year-on-the-water",
        "title": "A year on the water",
        "description": None,
        "cover": None,
        "owner_id": owner.id,
        "article_count": 1,
        "version": 1,
        "created_at": "2026-01-15T12:00:00Z",
        "updated_at": "2026-01-15T12:00:00Z",
        "articles": [
            {
                "id": article.id,
                "slug": article.slug,
                "title": article.title,
                "position": 1,
                "status": "published",
                "published_at": "2026-01-15T11:59:00Z",
                "excerpt": "We set out at five.",
            }
        ],
    }


@pytest.mark.usefixtures("series")
async def test_a_series_without_public_articles_exists_for_its_owner_and_editors(
    client: httpx.AsyncClient, as_owner: Headers, as_editor: Headers, as_stranger: Headers
) -> None:
    assert await titles(client, as_owner) == await titles(client, as_editor) == []
    for headers in ({}, as_stranger):
        answer = await client.get(ADDRESS, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "series_not_found")
        assert answer.json()["detail"] == "Series not found"


@pytest.mark.parametrize("ref", ["nothing", "0", "999999999", "9" * 40, "%20", "A-YEAR"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, ref: str) -> None:
    assert (await client.get(f"/api/v1/series/{ref}")).status_code == 404


@pytest.mark.parametrize("ref", ["%00", "x" * 201])
async def test_what_cannot_be_a_series_is_refused(client: httpx.AsyncClient, ref: str) -> None:
    assert (await client.get(f"/api/v1/series/{ref}")).status_code == 422


async def test_the_etag_is_strong_and_changes_with_the_articles(
    client: httpx.AsyncClient, make: Factory, owner: User, series: Series, clock: MovableClock
) -> None:
    await make.article(owner, series_id=series.id)
    await make.article(owner, series_id=series.id, published_at=EARLY_2026 + HOUR)
    first = (await client.get(ADDRESS)).headers["ETag"]
    assert first.startswith(f'"{series.id}-1-')
    headers = {"If-None-Match": first}
    assert (await client.get(ADDRESS, headers=headers)).status_code == 304
    clock.move(2 * HOUR)
    answer = await client.get(ADDRESS, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["ETag"] != first
