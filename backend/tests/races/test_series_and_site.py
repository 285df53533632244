"""Series and the site, when several people change them at once."""

import asyncio
from collections import Counter
from itertools import permutations

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.features.series.service import SeriesService
from app.models import Article, Series
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory

CROWD = 20


async def order_of(session: AsyncSession, series: Series) -> dict[int, int | None]:
    query = select(Article.id, Article.series_position).where(Article.series_id == series.id)
    return dict((await session.execute(query)).all())


async def test_orders_given_at_once_do_not_mix(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    owner = await make.user()
    series = await make.series(owner)
    ids = [(await make.article(owner, series_id=series.id)).id for _ in range(4)]
    wanted = list(permutations(ids))
    answers = await asyncio.gather(
        *(
            client.put(
                f"/api/v1/series/{series.id}/articles",
                headers=sign_in(owner),
                json={"articles": order},
            )
            for order in wanted
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    seen = [tuple(each["id"] for each in answer.json()["articles"]) for answer in answers]
    assert seen == wanted
    last = max(answers, key=lambda answer: int(answer.json()["version"])).json()["articles"]
    assert await order_of(session, series) == {each["id"]: each["position"] for each in last}


async def test_orders_with_one_etag_have_one_winner(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    owner = await make.user()
    series = await make.series(owner)
    ids = [(await make.article(owner, series_id=series.id)).id for _ in range(3)]
    address = f"/api/v1/series/{series.id}"
    etag = (await client.get(address, headers=sign_in(owner))).headers["ETag"]
    answers = await asyncio.gather(
        *(
            client.put(
                f"{address}/articles",
                headers={**sign_in(owner), "If-Match": etag},
                json={"articles": order},
            )
            for order in permutations(ids)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 5}


async def test_an_order_and_a_deletion_end_well(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    owner = await make.user()
    series = await make.series(owner)
    ids = [(await make.article(owner, series_id=series.id)).id for _ in range(3)]
    address, headers = f"/api/v1/series/{series.id}", sign_in(owner)
    deleted, *ordered = await asyncio.gather(
        client.delete(address, headers=headers),
        *(
            client.put(f"{address}/articles", headers=headers, json={"articles": order})
            for order in permutations(ids)
        ),
    )
    assert deleted.status_code == 204
    assert {answer.status_code for answer in ordered} <= {200, 404}
    assert await order_of(session, series) == {}
    assert len((await session.scalars(select(Article))).all()) == 3


async def test_articles_that_enter_at_once_get_places_of_their_own(
    make: Factory, sessions: Sessions, session: AsyncSession
) -> None:
    owner = await make.user()
    series = await make.series(owner)
    articles = [await make.article(owner) for _ in range(CROWD)]

    async def enter(article: Article) -> None:
        async with sessions.begin() as own:
            entering = await own.get_one(Article, article.id)
            entering.series_position = await SeriesService(own).next_position(series.id)
            entering.series_id = series.id

    await asyncio.gather(*(enter(article) for article in articles))
    assert sorted((await order_of(session, series)).values(), key=str) == sorted(
        range(1, CROWD + 1), key=str
    )


async def test_a_series_that_many_name_at_once_is_one(make: Factory, sessions: Sessions) -> None:
    owner = await make.user()

    async def name(title: str) -> int:
        async with sessions.begin() as own:
            return (await SeriesService(own).named(title, owner=owner, at=EARLY_2026)).id

    titles = ["On the water", "ON THE WATER"] * 5
    assert len(set(await asyncio.gather(*map(name, titles)))) == 1


async def test_series_with_one_title_get_slugs_of_their_own(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    headers = sign_in(await make.user())
    answers = await asyncio.gather(
        *(
            client.post("/api/v1/series", headers=headers, json={"title": "On the water"})
            for _ in range(CROWD)
        )
    )
    expected = {"on-the-water", *(f"on-the-water-{number}" for number in range(2, CROWD + 1))}
    assert {answer.json()["slug"] for answer in answers} == expected


async def test_no_first_change_of_the_site_is_lost(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    changes: list[dict[str, object]] = [
        {"title": "River"},
        {"description": "Of water."},
        {"locale": "ga"},
        {"timezone": "Europe/Dublin"},
        {"navigation": [{"label": "Home", "href": "/"}]},
    ]
    headers = sign_in(await make.user(Role.ADMIN))
    answers = await asyncio.gather(
        *(client.patch("/api/v1/site", headers=headers, json=change) for change in changes)
    )
    assert {answer.status_code for answer in answers} == {200}
    site = (await client.get("/api/v1/site")).json()
    assert site["version"] == len(changes)
    for change in changes:
        assert change.items() <= site.items()


async def test_first_changes_of_the_site_with_one_etag_have_one_winner(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    headers = sign_in(await make.user(Role.ADMIN))
    headers["If-Match"] = (await client.get("/api/v1/site")).headers["ETag"]
    answers = await asyncio.gather(
        *(
            client.patch("/api/v1/site", headers=headers, json={"title": f"Attempt {number}"})
            for number in range(CROWD)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CROWD - 1}
