"""The order of a series."""

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.series.schemas import MOST_ARTICLES
from app.models import Article, Series, User
from tests.factories import EARLY_2026, Factory

ADDRESS = "/api/v1/series/a-year-on-the-water"
Headers = dict[str, str]


@pytest.fixture
async def ids(make: Factory, owner: User, series: Series) -> list[int]:
    """The articles of the series: two public ones, and a draft without a position."""
    first = await make.article(owner, series_id=series.id, series_position=1)
    second = await make.article(owner, series_id=series.id, series_position=5)
    third = await make.draft(owner, series_id=series.id)
    return [first.id, second.id, third.id]


async def put(client: httpx.AsyncClient, headers: Headers, articles: object) -> httpx.Response:
    return await client.put(f"{ADDRESS}/articles", headers=headers, json={"articles": articles})


async def positions(session: AsyncSession, series: Series) -> dict[int, int | None]:
    query = select(Article.id, Article.series_position).where(Article.series_id == series.id)
    return dict((await session.execute(query)).all())


async def test_articles_come_in_the_order_that_is_said(
    client: httpx.AsyncClient,
    as_owner: Headers,
    as_editor: Headers,
    session: AsyncSession,
    series: Series,
    ids: list[int],
) -> None:
    first, second, third = ids
    for headers, wanted in (
        (as_owner, [third, first, second]),
        (as_editor, [second, third, first]),
    ):
        answer = await put(client, headers, wanted)
        assert answer.status_code == 200
        assert [each["id"] for each in answer.json()["articles"]] == wanted
        read = await client.get(ADDRESS, headers=headers)
        assert read.json() == answer.json()
        assert read.headers["ETag"] == answer.headers["ETag"]
    assert await positions(session, series) == {second: 1, third: 2, first: 3}


async def test_the_order_counts_as_a_version_of_the_series_only(
    client: httpx.AsyncClient, as_owner: Headers, session: AsyncSession, ids: list[int]
) -> None:
    wanted = ids[::-1]
    assert (await put(client, as_owner, wanted)).json()["version"] == 2
    assert (await put(client, as_owner, wanted)).json()["version"] == 2
    versions = await session.scalars(select(Article.version).where(Article.id.in_(ids)))
    assert set(versions) == {1}


async def test_an_order_has_each_article_once_and_no_other(
    client: httpx.AsyncClient,
    make: Factory,
    owner: User,
    as_owner: Headers,
    session: AsyncSession,
    series: Series,
    ids: list[int],
) -> None:
    before = await positions(session, series)
    elsewhere = (await make.article(owner)).id
    for wrong in ([], ids[1:], [*ids, ids[0]], [*ids, elsewhere], [elsewhere, *ids[1:]]):
        answer = await put(client, as_owner, wrong)
        assert answer.status_code == 422
        assert answer.json()["code"] == "not_the_articles_of_the_series"
        assert answer.json()["errors"][0]["loc"] == ["body", "articles"]
    assert await positions(session, series) == before


async def test_what_its_owner_cannot_see_keeps_its_order_behind_the_rest(
    client: httpx.AsyncClient,
    make: Factory,
    as_owner: Headers,
    as_editor: Headers,
    session: AsyncSession,
    series: Series,
    ids: list[int],
) -> None:
    bert = await make.user()
    last = (await make.draft(bert, series_id=series.id, series_position=4)).id
    hidden = (await make.draft(bert, series_id=series.id, series_position=2)).id
    first, second, third = ids
    answer = await put(client, as_owner, [first, second, third, last])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_the_articles_of_the_series")
    answer = await put(client, as_owner, [third, second, first])
    assert [each["id"] for each in answer.json()["articles"]] == [third, second, first]
    expected = {third: 1, second: 2, first: 3, hidden: 4, last: 5}
    assert await positions(session, series) == expected
    assert (await put(client, as_editor, [third, second, first])).status_code == 422
    assert (await put(client, as_editor, list(expected))).json()["version"] == 2


async def test_what_lies_in_the_bin_has_no_place(
    client: httpx.AsyncClient,
    make: Factory,
    owner: User,
    as_owner: Headers,
    series: Series,
    ids: list[int],
) -> None:
    binned = await make.article(owner, series_id=series.id, deleted_at=EARLY_2026)
    assert (await put(client, as_owner, [*ids, binned.id])).status_code == 422
    assert (await put(client, as_owner, ids)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [None, "1", 1, ["1"], [0], [-1], [1.5], [2**63], [True], [None], [[1]],
     list(range(1, MOST_ARTICLES + 2))],
)  # fmt: skip
@pytest.mark.usefixtures("ids")
async def test_what_is_no_order_is_refused(
    client: httpx.AsyncClient, as_owner: Headers, wrong: object
) -> None:
    assert (await put(client, as_owner, wrong)).status_code == 422
