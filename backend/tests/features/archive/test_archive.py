"""The archive: every public article once, under its month in the time zone of the site."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions
from app.features.archive.service import ArchiveService
from app.models import Site, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

ARCHIVE = "/api/v1/archive"
DAY = timedelta(days=1)
# Some follow upon each other, and some are years apart.
BEGINNINGS = [
    datetime(year, month, 1, tzinfo=UTC)
    for year, months in {1911: (12,), 1969: (12,), 1970: (1, 2), 2012: (1,), 2025: (4, 11)}.items()
    for month in months
]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


async def publish(make: Factory, author: User, *moments: str) -> None:
    for moment in moments:
        await make.article(author, published_at=datetime.fromisoformat(moment))


async def live_in(sessions: Sessions, timezone: str) -> None:
    """Put the site into a time zone, as an administrator would."""
    async with sessions.begin() as session:
        edits = {"timezone": timezone}
        session.add(Site(id=1, edits=edits, created_at=EARLY_2026, updated_at=EARLY_2026))


async def counts(client: httpx.AsyncClient) -> dict[str, int]:
    """Return the count of each month; those of the years must agree."""
    answer = await client.get(ARCHIVE)
    assert answer.status_code == 200
    for year in answer.json():
        assert year["count"] == sum(month["count"] for month in year["months"])
    return {
        f"{year['year']}-{month['month']}": month["count"]
        for year in answer.json()
        for month in year["months"]
    }


async def test_months_are_under_their_years_the_latest_first(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await publish(
        make, author, "2024-02-29T12:00Z", "2025-01-01T00:00Z", "2026-01-01T00:00Z",
        "2025-12-31T23:59Z", "2025-12-01T00:00Z",
    )  # fmt: skip
    assert (await client.get(ARCHIVE)).json() == [
        {"year": 2026, "count": 1, "months": [{"month": 1, "count": 1}]},
        {
            "year": 2025,
            "count": 3,
            "months": [{"month": 12, "count": 2}, {"month": 1, "count": 1}],
        },
        {"year": 2024, "count": 1, "months": [{"month": 2, "count": 1}]},
    ]


async def test_an_empty_site_has_an_empty_archive(client: httpx.AsyncClient) -> None:
    assert (await client.get(ARCHIVE)).json() == []


@pytest.mark.parametrize(
    "columns",
    [{"published": False}, {"published_at": EARLY_2026 + DAY}, {"deleted_at": EARLY_2026}],
)
async def test_only_what_everybody_can_see_is_counted_whoever_asks(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    sign_in: SignIn,
    columns: dict[str, Any],
) -> None:
    await make.article(author, **columns)
    for headers in ({}, sign_in(author)):
        assert (await client.get(ARCHIVE, headers=headers)).json() == []


async def test_a_scheduled_article_is_counted_once_its_time_has_come(
    client: httpx.AsyncClient, make: Factory, author: User, clock: MovableClock
) -> None:
    await make.article(author)
    await make.article(author, published_at=EARLY_2026 + 40 * DAY)
    clock.move(40 * DAY - timedelta(microseconds=1))
    assert await counts(client) == {"2026-1": 1}
    clock.move(timedelta(microseconds=1))
    assert await counts(client) == {"2026-2": 1, "2026-1": 1}


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [
        ("UTC", {"2025-12": 1, "2026-1": 2}),
        ("Pacific/Kiritimati", {"2026-1": 3}),
        ("America/New_York", {"2025-12": 2, "2026-1": 1}),
        ("Pacific/Pago_Pago", {"2025-12": 3}),
    ],
)
async def test_months_begin_when_they_do_in_the_time_zone_of_the_site(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    sessions: Sessions,
    timezone: str,
    expected: dict[str, int],
) -> None:
    await publish(make, author, "2025-12-31T23:30Z", "2026-01-01T04:59Z", "2026-01-01T05:00Z")
    await live_in(sessions, timezone)
    assert await counts(client) == expected


async def test_summer_time_moves_the_beginning_of_a_month(
    client: httpx.AsyncClient, make: Factory, author: User, sessions: Sessions
) -> None:
    await publish(make, author, "2025-06-30T22:59Z", "2025-06-30T23:00Z", "2025-11-30T23:00Z")
    await live_in(sessions, "Europe/Dublin")
    assert await counts(client) == {"2025-11": 1, "2025-7": 1, "2025-6": 1}


@pytest.mark.parametrize(
    "timezone",
    [
        "UTC",
        "America/New_York",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ],
)
async def test_the_counts_are_what_a_calendar_on_the_wall_says(
    client: httpx.AsyncClient,
    session: AsyncSession,
    make: Factory,
    author: User,
    sessions: Sessions,
    timezone: str,
) -> None:
    """Around each beginning of a month there are some, in summer, in winter, and in other times."""
    chance = random.Random(timezone)
    moments = [
        start + timedelta(minutes=chance.randint(-15 * 60, 15 * 60)) for start in (BEGINNINGS * 5)
    ]
    await publish(make, author, *(moment.isoformat() for moment in moments))
    await session.execute(text("SELECT fold_public_counts()"))
    await live_in(sessions, timezone)
    here = [moment.astimezone(ZoneInfo(timezone)) for moment in moments]
    assert await counts(client) == Counter(f"{moment.year}-{moment.month}" for moment in here)


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_no_date_is_too_early_to_be_counted(
    client: httpx.AsyncClient, make: Factory, author: User, sessions: Sessions, timezone: str
) -> None:
    await publish(make, author, "0001-01-01T00:00Z", "0001-01-02T12:00Z", "0001-02-15T00:00Z")
    await live_in(sessions, timezone)
    assert await counts(client) == {"1-2": 1, "1-1": 2}


async def test_no_date_is_too_late_to_be_counted(
    session: AsyncSession, make: Factory, author: User, settings: Settings
) -> None:
    at = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    await make.article(author, published_at=at)
    years = await ArchiveService(session, settings).read(at=at)
    assert [(year.year, year.count) for year in years] == [(9999, 1)]


async def test_the_time_zone_of_the_database_does_not_matter(
    session: AsyncSession, make: Factory, author: User, settings: Settings
) -> None:
    """Where it is already April in Berlin, and still March in UTC, a leap could go nowhere."""
    await publish(make, author, "2025-03-01T00:00Z", "2025-03-31T23:30Z", "2025-04-30T12:00Z")
    await session.execute(text("SET LOCAL TIME ZONE 'Europe/Berlin'"))
    (year,) = await ArchiveService(session, settings).read(at=EARLY_2026)
    assert [(month.month, month.count) for month in year.months] == [(4, 1), (3, 2)]


async def test_it_is_not_sent_again_until_it_changes(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await make.article(author)
    known = {"If-None-Match": (await client.get(ARCHIVE)).headers["ETag"]}
    assert (await client.get(ARCHIVE, headers=known)).status_code == 304
    await make.article(author)
    assert (await client.get(ARCHIVE, headers=known)).status_code == 200
