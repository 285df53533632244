"""Who asks a hundred times at once is allowed no more than who asks one by one."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.config import Settings
from app.core.db import Sessions
from app.core.errors import TooMany
from app.features.limits.rules import Charge, Limit
from app.features.limits.service import AttemptService, LimitService
from app.models import RateLimit
from tests.factories import EARLY_2026

AT = EARLY_2026
TEN = Limit("ten", 10)
MANY = Limit("many", 1000)
CROWD = 100


@pytest.mark.parametrize("quota", [1, 10, 99])
async def test_of_a_hundred_at_once_as_many_pass_as_may(sessions: Sessions, quota: int) -> None:
    limit = Limit("x", quota)

    async def spend(number: int) -> bool:
        at = AT - timedelta(milliseconds=number)  # counted in another order than they came in
        try:
            async with sessions.begin() as session:
                await LimitService(session).spend_all([Charge(limit, "anna")], at=at)
        except TooMany:
            return False
        return True

    passed = await asyncio.gather(*(spend(number) for number in range(CROWD)))
    assert sum(passed) == quota


async def test_of_two_limits_in_whatever_order_both_are_exact(sessions: Sessions) -> None:
    """Keys are locked in one order, so that nobody waits for somebody who waits."""
    charges = [Charge(TEN, "anna"), Charge(MANY, "here")]

    async def spend(number: int) -> bool:
        try:
            async with sessions.begin() as session:
                order = charges if number % 2 else charges[::-1]
                await LimitService(session).spend_all(order, at=AT)
        except TooMany:
            return False
        return True

    passed = await asyncio.gather(*(spend(number) for number in range(CROWD)))
    assert sum(passed) == TEN.quota
    async with sessions() as session:
        whole = await session.scalar(select(RateLimit.full_at).where(RateLimit.key == "many:here"))
    assert whole == AT + MANY.interval * TEN.quota


class TestGuessingAtOnce:
    @pytest.fixture
    def strict(self, settings: Settings) -> Settings:
        """Ten failures are free."""
        return settings.model_copy(
            update={"attempts_per_account": 10, "attempts_per_address": 1000}
        )

    async def test_a_hundred_guesses_are_not_a_hundred_free_ones(
        self, sessions: Sessions, strict: Settings
    ) -> None:
        async def guess() -> bool:
            try:
                async with sessions.begin() as session:
                    await AttemptService(session, strict).count("anna", address="192.0.2.9", at=AT)
            except TooMany:
                return False
            return True

        passed = await asyncio.gather(*(guess() for _ in range(CROWD)))
        assert sum(passed) == 10
        later = await asyncio.gather(*(guess() for _ in range(CROWD)))
        assert sum(later) == 0

    async def test_a_turn_after_a_wait_is_one_guess(
        self, sessions: Sessions, strict: Settings
    ) -> None:
        async def guess(seconds: int) -> bool:
            at = AT + timedelta(seconds=seconds)
            try:
                async with sessions.begin() as session:
                    await AttemptService(session, strict).count("anna", address="192.0.2.9", at=at)
            except TooMany:
                return False
            return True

        for _ in range(10):
            assert await guess(0)
        assert sum(await asyncio.gather(*(guess(2) for _ in range(CROWD)))) == 1
        assert sum(await asyncio.gather(*(guess(6) for _ in range(CROWD)))) == 1

    async def test_getting_in_and_failing_at_once_is_no_deadlock(
        self, sessions: Sessions, strict: Settings
    ) -> None:
        raised = strict.model_copy(update={"attempts_per_account": 1000})

        async def attempt(number: int) -> None:
            async with sessions.begin() as session:
                attempts = AttemptService(session, raised)
                login, address = f"person{number % 3}", f"192.0.2.{number % 2}"
                if number % 3:
                    await attempts.count(login, address=address, at=AT)
                elif number % 2:
                    await attempts.succeed(login, address=address)
                else:
                    await attempts.take_back(login, address=address, at=AT)

        await asyncio.gather(*(attempt(number) for number in range(CROWD)))
