"""What is read, and how much is not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions
from app.features.notifications.schemas import MOST_MARKED, Kind
from app.models import Article, Notification, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.notifications.conftest import COUNT, READ, Tell, listed, unread
from tests.statements import statements


async def followed(tell: Tell, make: Factory, times: int) -> None:
    for _ in range(times):
        await tell(Kind.FOLLOWER, actor=await make.user())


async def ids(session: AsyncSession) -> list[int]:
    return list(await session.scalars(select(Notification.id).order_by(Notification.id)))


async def read_ones(session: AsyncSession) -> Mapping[int, object]:
    query = select(Notification.id, Notification.read_at).where(Notification.read_at.is_not(None))
    return {row.id: row.read_at for row in await session.execute(query)}


async def test_some_are_marked_and_stay_as_they_were_marked_first(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    make: Factory,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    await followed(tell, make, 3)
    first, second, _ = await ids(session)
    for wanted in ([first], [first, second, second]):
        answer = await client.post(READ, headers=headers, json={"ids": wanted})
        assert (answer.status_code, answer.content) == (204, b"")
        clock.move(timedelta(minutes=1))
    later = EARLY_2026 + timedelta(minutes=1)
    assert await read_ones(session) == {first: EARLY_2026, second: later}
    assert await unread(client, headers) == 1
    newest = await listed(client, headers)
    assert [each["read_at"] for each in newest] == [
        None,
        "2026-01-15T12:01:00Z",
        "2026-01-15T12:00:00Z",
    ]


async def test_all_up_to_one_are_marked(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    make: Factory,
    session: AsyncSession,
) -> None:
    await followed(tell, make, 4)
    first, second, third, _ = await ids(session)
    for _ in range(2):
        answer = await client.post(READ, headers=headers, json={"up_to": third})
        assert answer.status_code == 204
    assert sorted(await read_ones(session)) == [first, second, third]


async def test_those_of_others_stay_as_they_are(
    client: httpx.AsyncClient, tell: Tell, session: AsyncSession, bert: User, sign_in: SignIn
) -> None:
    await tell(Kind.FOLLOWER)
    (hers,) = await ids(session)
    for body in ({"ids": [hers]}, {"ids": [hers + 1]}, {"up_to": hers}):
        answer = await client.post(READ, headers=sign_in(bert), json=body)
        assert answer.status_code == 204
    assert await read_ones(session) == {}


async def test_what_is_not_shown_at_the_moment_is_marked_with_the_others(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    make: Factory,
    sessions: Sessions,
    session: AsyncSession,
    river: Article,
) -> None:
    await tell(Kind.FAVORITE, article=river)
    await tell(Kind.FOLLOWER, actor=await make.user())
    async with sessions.begin() as other:
        (await other.get_one(Article, river.id)).published = False
    await client.post(READ, headers=headers, json={"up_to": max(await ids(session))})
    assert len(await read_ones(session)) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": [1], "up_to": 1},
        {"ids": None},
        {"up_to": None},
        {"ids": [0]},
        {"ids": ["1"]},
        {"ids": 1},
        {"ids": [2**63]},
        {"ids": [1] * (MOST_MARKED + 1)},
        {"up_to": 0},
        {"up_to": -1},
        {"up_to": 1.5},
        {"up_to": True},
        {"all": True},
    ],
    ids=str,
)
async def test_nonsense_is_refused_and_marks_nothing(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    session: AsyncSession,
    body: dict[str, Any],
) -> None:
    await tell(Kind.FOLLOWER)
    assert (await client.post(READ, headers=headers, json=body)).status_code == 422
    assert await read_ones(session) == {}


async def test_an_empty_list_marks_nothing(
    client: httpx.AsyncClient, headers: dict[str, str], tell: Tell
) -> None:
    await tell(Kind.FOLLOWER)
    answer = await client.post(READ, headers=headers, json={"ids": []})
    assert (answer.status_code, await unread(client, headers)) == (204, 1)


async def test_marking_is_one_statement(
    client: httpx.AsyncClient, headers: dict[str, str], engine: AsyncEngine
) -> None:
    await client.post(READ, headers=headers, json={"up_to": 1})
    with statements(engine) as sent:
        await client.post(READ, headers=headers, json={"up_to": 1})
    assert len([each for each in sent if each.startswith("UPDATE notifications")]) == 1
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("told", "shown"), [(0, (0, False)), (100, (100, False)), (101, (100, True))]
)
async def test_counting_ends_at_a_hundred(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    sessions: Sessions,
    make: Factory,
    told: int,
    shown: tuple[int, bool],
) -> None:
    articles = [await make.article(anna) for _ in range(told)]
    rows = [
        {
            "user_id": anna.id,
            "actor_id": bert.id,
            "kind": "favorite",
            "article_id": article.id,
            "created_at": EARLY_2026,
        }
        for article in articles
    ]
    async with sessions.begin() as session:
        if rows:
            await session.execute(insert(Notification), rows)
    answer = await client.get(COUNT, headers=headers)
    assert tuple(answer.json().values()) == shown
