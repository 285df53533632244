"""Cursors, and slices of a list in the database."""

import base64
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import BadCursor, Cursor, Order, Page, Slice, fetch_slice
from app.core.text import MAX_BIGINT
from app.models import User
from tests.factories import Factory

BY_NAME: Order[User] = Order(
    "name",
    User.full_name.expression,
    User.id.expression,
    lambda user: (user.full_name or "", user.id),
    descending=False,
)
BY_DATE: Order[User] = Order(
    "date",
    User.created_at.expression,
    User.id.expression,
    lambda user: (user.created_at, user.id),
)


def _opaque(fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


@pytest.mark.parametrize("key", ["a", "", "\u00e9t\u00e9", "\U0001f469\u200d\U0001f680 \u00a0?"])
def test_a_cursor_survives_the_journey(key: str) -> None:
    cursor = Cursor("title", key, 7, backward=True)
    assert Cursor.decode(cursor.encode()) == cursor


def test_a_cursor_is_fit_for_an_address() -> None:
    longest = Cursor("-title", "\U0001f469" * 200, MAX_BIGINT).encode()
    assert longest.replace("-", "").replace("_", "").isalnum()
    assert len(longest) <= 2048


@pytest.mark.parametrize(
    "opaque",
    [
        "",
        "!",
        "\u00e9",
        "a" * 5,
        _opaque([]),
        _opaque({}),
        _opaque(7),
        _opaque(["name", "a", 7]),
        _opaque(["name", "a", True, False]),
        _opaque(["name", "a", -1, False]),
        _opaque(["name", "a", 2**63, False]),
        _opaque(["name", "a", 7, 0]),
        _opaque(["name", None, 7, False]),
        _opaque(json.loads("[" * 500 + "]" * 500)),
    ],
)
def test_what_we_did_not_encode_is_no_cursor(opaque: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(opaque)


@pytest.mark.parametrize(
    ("order", "cursor"),
    [
        (BY_NAME, Cursor("date", "2026-01-01T00:00:00Z", 1)),
        (BY_NAME, Cursor("name", "nul \x00", 1)),
        (BY_NAME, Cursor("name", "surrogate \ud800", 1)),
        (BY_DATE, Cursor("date", "yesterday", 1)),
        (BY_DATE, Cursor("date", "0001-01-01T00:00:00+14:00", 1)),
    ],
)
def test_a_cursor_for_another_list_is_refused(order: Order[User], cursor: Cursor) -> None:
    with pytest.raises(BadCursor):
        order.beyond(cursor)


async def _names(session: AsyncSession, page: Page) -> tuple[str, Slice[User]]:
    found = await fetch_slice(session, select(User), BY_NAME, page)
    return "".join(user.full_name or "" for user in found.items), found


@pytest.fixture
async def five(make: Factory) -> None:
    """Five people in the order of their names, two of whom have the same name."""
    for name in "DBACB":
        await make.user(full_name=name)


@pytest.mark.usefixtures("five")
async def test_a_list_is_walked_there_and_back(session: AsyncSession) -> None:
    first, found = await _names(session, Page(limit=2))
    second, found = await _names(session, Page(limit=2, cursor=found.next))
    third, found = await _names(session, Page(limit=2, cursor=found.next))
    assert (first, second, third) == ("AB", "BC", "D")
    assert found.next is None
    back, found = await _names(session, Page(limit=2, cursor=found.previous))
    further_back, found = await _names(session, Page(limit=2, cursor=found.previous))
    assert (back, further_back) == ("BC", "AB")
    assert found.previous is None
    assert found.next is not None


@pytest.mark.usefixtures("five")
async def test_skip_leaves_out_and_total_counts_everything(session: AsyncSession) -> None:
    names, found = await _names(session, Page(limit=2, skip=3, total=True))
    assert (names, found.total) == ("CD", 5)
    assert (await _names(session, Page(skip=9)))[0] == ""


async def test_an_empty_list_has_no_neighbours(session: AsyncSession) -> None:
    assert await fetch_slice(session, select(User), BY_NAME, Page(total=True)) == Slice([], total=0)


async def test_moments_are_keys_as_well(session: AsyncSession, make: Factory) -> None:
    for day in (1, 2, 3):
        await make.user(created_at=datetime(2026, 1, day, tzinfo=UTC))
    found = await fetch_slice(session, select(User), BY_DATE, Page(limit=2))
    rest = await fetch_slice(session, select(User), BY_DATE, Page(limit=2, cursor=found.next))
    assert [user.created_at.day for user in (*found.items, *rest.items)] == [3, 2, 1]
