"""How much is new in a feed, and up to when it has been seen."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.feed.conftest import Follow

Headers = dict[str, str]

UNREAD = "/api/v1/feed/unread-count"
SEEN = "/api/v1/feed/seen"
MINUTE = timedelta(minutes=1)


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def unread(client: httpx.AsyncClient, headers: Headers) -> dict[str, Any]:
    answer = await client.get(UNREAD, headers=headers)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def mark(client: httpx.AsyncClient, headers: Headers, seen_at: datetime) -> Any:  # noqa: ANN401 - JSON
    answer = await client.put(SEEN, headers=headers, json={"seen_at": wire(seen_at)})
    assert answer.status_code == 200
    return answer.json()["seen_at"]


async def test_all_is_new_to_whoever_never_said_otherwise(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, follow: Follow
) -> None:
    assert await unread(client, as_rita) == {"count": 0, "is_capped": False, "seen_at": None}
    for _ in range(3):
        await make.article(anna)
    await follow("users", "anna")
    assert await unread(client, as_rita) == {"count": 3, "is_capped": False, "seen_at": None}


async def test_what_is_published_after_the_mark_is_new(
    client: httpx.AsyncClient,
    make: Factory,
    anna: User,
    bert: User,
    as_rita: Headers,
    follow: Follow,
    clock: MovableClock,
) -> None:
    await follow("users", "anna")
    first = await make.article(anna)
    assert first.published_at is not None
    await mark(client, as_rita, first.published_at)
    assert (await unread(client, as_rita))["count"] == 0
    clock.move(MINUTE)
    await make.article(anna, published_at=first.published_at + timedelta(microseconds=1))
    await make.article(anna, published_at=clock() + MINUTE)
    await make.article(bert)
    assert await unread(client, as_rita) == {
        "count": 1,
        "is_capped": False,
        "seen_at": wire(first.published_at),
    }
    clock.move(2 * MINUTE)
    assert (await unread(client, as_rita))["count"] == 2


async def test_it_counts_to_a_hundred(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, follow: Follow
) -> None:
    await follow("users", "anna")
    for _ in range(100):
        await make.article(anna)
    at_most = await unread(client, as_rita)
    assert (at_most["count"], at_most["is_capped"]) == (100, False)
    await make.article(anna)
    beyond = await unread(client, as_rita)
    assert (beyond["count"], beyond["is_capped"]) == (100, True)


async def test_a_mark_never_goes_back(client: httpx.AsyncClient, as_rita: Headers) -> None:
    later, earlier = wire(EARLY_2026 - MINUTE), wire(EARLY_2026 - 2 * MINUTE)
    assert await mark(client, as_rita, EARLY_2026 - 2 * MINUTE) == earlier
    assert await mark(client, as_rita, EARLY_2026 - MINUTE) == later
    assert await mark(client, as_rita, EARLY_2026 - 2 * MINUTE) == later
    assert (await unread(client, as_rita))["seen_at"] == later


async def test_nobody_has_seen_the_future(client: httpx.AsyncClient, as_rita: Headers) -> None:
    assert await mark(client, as_rita, EARLY_2026) == wire(EARLY_2026)
    future = {"seen_at": wire(EARLY_2026 + timedelta(microseconds=1))}
    answer = await client.put(SEEN, headers=as_rita, json=future)
    assert (answer.status_code, answer.json()["code"]) == (422, "seen_in_the_future")
    assert (await unread(client, as_rita))["seen_at"] == wire(EARLY_2026)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"seen_at": None}, {"seen_at": 0}, {"seen_at": "yesterday"}, {"seen_at": "2026-01-01"},
        {"seen_at": "0001-01-01T00:00:00Z"}, {"seen_at": "2026-01-01T00:00:00"},
        {"seen_at": "2026-01-01T00:00:00Z", "user_id": 1}, [],
    ],
)  # fmt: skip
async def test_a_bad_mark_is_refused(
    client: httpx.AsyncClient, as_rita: Headers, body: object
) -> None:
    assert (await client.put(SEEN, headers=as_rita, json=body)).status_code == 422


async def test_everybody_has_a_mark_of_their_own(
    client: httpx.AsyncClient, as_rita: Headers, anna: User, sign_in: SignIn
) -> None:
    await mark(client, as_rita, EARLY_2026)
    assert (await unread(client, sign_in(anna)))["seen_at"] is None


async def test_nobody_has_a_mark_without_a_name(client: httpx.AsyncClient) -> None:
    assert (await client.get(UNREAD)).status_code == 401
    answer = await client.put(SEEN, json={"seen_at": wire(EARLY_2026)})
    assert answer.status_code == 401
