"""Spending allowances."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.allowance import Allowance
from app.core.db import Sessions
from app.core.errors import TooMany
from app.features.limits.rules import Charge, Limit
from app.features.limits.service import LimitService
from app.models import RateLimit
from tests.factories import EARLY_2026

AT = EARLY_2026
TEN = Limit("ten", 10, timedelta(seconds=100))
TWO = Limit("two", 2, timedelta(seconds=100))


@pytest.fixture
def limits(session: AsyncSession) -> LimitService:
    """The service, in a transaction that goes on."""
    return LimitService(session)


async def spend(limits: LimitService, limit: Limit, subject: str, *, at: datetime) -> Allowance:
    [left] = await limits.spend_all([Charge(limit, subject)], at=at)
    return left


async def use_up(limits: LimitService, limit: Limit, subject: str = "anna") -> None:
    for _ in range(limit.quota):
        await spend(limits, limit, subject, at=AT)


async def test_an_allowance_may_be_used_at_once(limits: LimitService) -> None:
    left = [(await spend(limits, TEN, "anna", at=AT)).remaining for _ in range(10)]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(TooMany) as refusal:
        await spend(limits, TEN, "anna", at=AT)
    assert refusal.value.retry_after == 10
    allowance = refusal.value.allowance
    assert allowance is not None
    assert (allowance.policy, allowance.state) == ('"ten";q=10;w=100', '"ten";r=0;t=100')


async def test_it_comes_back_bit_by_bit(limits: LimitService) -> None:
    await use_up(limits, TEN)
    with pytest.raises(TooMany):
        await spend(limits, TEN, "anna", at=AT + timedelta(seconds=9))
    assert (await spend(limits, TEN, "anna", at=AT + timedelta(seconds=10))).remaining == 0
    with pytest.raises(TooMany):
        await spend(limits, TEN, "anna", at=AT + timedelta(seconds=19))
    assert (await spend(limits, TEN, "anna", at=AT + timedelta(seconds=110))).remaining == 9


async def test_it_is_never_more_than_whole(limits: LimitService) -> None:
    await spend(limits, TEN, "anna", at=AT)
    assert (await spend(limits, TEN, "anna", at=AT + timedelta(days=9))).remaining == 9


async def test_being_refused_makes_nobody_wait_longer(limits: LimitService) -> None:
    await use_up(limits, TEN)
    for _ in range(50):
        with pytest.raises(TooMany) as refusal:
            await spend(limits, TEN, "anna", at=AT)
        assert refusal.value.retry_after == 10
    assert (await spend(limits, TEN, "anna", at=AT + timedelta(seconds=10))).remaining == 0


async def test_time_that_runs_backwards_gives_nothing_away(limits: LimitService) -> None:
    await use_up(limits, TEN)
    with pytest.raises(TooMany):
        await spend(limits, TEN, "anna", at=AT - timedelta(seconds=1))


async def test_everybody_has_an_allowance_of_each_limit(limits: LimitService) -> None:
    await use_up(limits, TWO)
    assert (await spend(limits, TWO, "bert", at=AT)).remaining == 1
    assert (await spend(limits, TEN, "anna", at=AT)).remaining == 9


async def test_of_several_limits_none_is_spent_when_one_is_used_up(sessions: Sessions) -> None:
    both = [Charge(TWO, "anna"), Charge(TEN, "here")]
    for remaining in (9, 8):
        async with sessions.begin() as session:
            left = await LimitService(session).spend_all(both, at=AT)
        assert [(each.name, each.remaining) for each in left][1] == ("ten", remaining)
    with pytest.raises(TooMany) as refusal:
        async with sessions.begin() as session:
            await LimitService(session).spend_all(both, at=AT)
    assert refusal.value.allowance is not None
    assert refusal.value.allowance.name == "two"
    async with sessions.begin() as session:
        assert (await spend(LimitService(session), TEN, "here", at=AT)).remaining == 7


async def test_a_refusal_writes_nothing(limits: LimitService, session: AsyncSession) -> None:
    await use_up(limits, TWO)
    version = select(text("ctid::text"), text("cmax::text")).select_from(RateLimit)
    before = (await session.execute(version)).all()
    with pytest.raises(TooMany):
        await spend(limits, TWO, "anna", at=AT)
    assert [row[0] for row in (await session.execute(version)).all()] == [row[0] for row in before]


async def test_what_a_crash_loses_is_an_allowance_again(
    limits: LimitService, session: AsyncSession
) -> None:
    """PostgreSQL empties unlogged tables when it has crashed."""
    await use_up(limits, TWO)
    await session.execute(delete(RateLimit))
    assert (await spend(limits, TWO, "anna", at=AT)).remaining == 1


async def test_the_table_costs_no_log_and_is_swept_by_an_index(session: AsyncSession) -> None:
    kind = text("SELECT relpersistence::text FROM pg_class WHERE oid = 'rate_limits'::regclass")
    assert await session.scalar(kind) == "u"
    indexes = text("SELECT indexdef FROM pg_indexes WHERE tablename = 'rate_limits'")
    assert any("(full_at)" in each for each in await session.scalars(indexes))


async def test_one_key_is_one_row(limits: LimitService, session: AsyncSession) -> None:
    await use_up(limits, TEN)
    assert await session.scalar(select(func.count()).select_from(RateLimit)) == 1
