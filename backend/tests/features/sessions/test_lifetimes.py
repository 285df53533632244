"""How long a sign-in lasts: while it is used, and not for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services
from app.models import LoginSession
from tests.factories import Factory, MovableClock
from tests.features.sessions.conftest import Device

DAY = timedelta(days=1)
A_MOMENT = timedelta(seconds=1)


async def test_an_access_token_ends_after_a_quarter_of_an_hour_and_is_renewed(
    browser: Device, make: Factory, clock: MovableClock
) -> None:
    await browser.sign_in(await make.user())
    clock.move(timedelta(minutes=15) - A_MOMENT)
    assert await browser.status() == 200
    clock.move(A_MOMENT)
    assert await browser.status() == 401
    assert (await browser.refresh()).status_code == 200
    assert await browser.status() == 200


async def test_a_sign_in_that_is_not_used_ends_after_a_fortnight(
    browser: Device, make: Factory, clock: MovableClock
) -> None:
    await browser.sign_in(await make.user())
    in_time, too_late = browser.copy(), browser.copy()
    clock.move(14 * DAY - A_MOMENT)
    assert (await in_time.refresh()).status_code == 200
    clock.move(14 * DAY)
    assert (await in_time.refresh()).status_code == 401
    assert (await too_late.refresh()).status_code == 401


async def test_one_that_is_used_goes_on_until_it_is_ninety_days_old(
    browser: Device, make: Factory, clock: MovableClock
) -> None:
    await browser.sign_in(await make.user())
    for _ in range(8):
        clock.move(11 * DAY)
        assert (await browser.refresh()).status_code == 200
    clock.move(2 * DAY - A_MOMENT)
    assert (await browser.refresh()).status_code == 200
    assert await browser.status() == 200
    clock.move(A_MOMENT)
    assert (await browser.refresh()).status_code == 401
    assert await browser.status() == 401, "an access token ends with its session"


async def test_the_cookie_ends_with_the_session(
    browser: Device, make: Factory, session: AsyncSession, clock: MovableClock
) -> None:
    await browser.sign_in(await make.user())
    id_ = await browser.session_id()
    clock.move(DAY)
    await browser.refresh()
    ends = (await session.get_one(LoginSession, id_)).expires_at
    assert ends == clock() + 14 * DAY
    assert browser.cookie is not None
    assert browser.cookie["expires"] == ends.strftime("%a, %d %b %Y %H:%M:%S GMT")


class TestOtherLifetimes:
    """An operator has chosen three days of rest, a week in all, and five minutes."""

    @pytest.fixture
    def services(self, services: Services) -> Services:
        chosen = {"session_idle_days": 3, "session_days": 7}
        return replace(services, settings=services.settings.model_copy(update=chosen))

    async def test_a_sign_in_that_rests_ends(
        self, browser: Device, make: Factory, clock: MovableClock
    ) -> None:
        await browser.sign_in(await make.user())
        clock.move(3 * DAY)
        assert (await browser.refresh()).status_code == 401

    async def test_a_sign_in_ends_however_much_it_is_used(
        self, browser: Device, make: Factory, clock: MovableClock
    ) -> None:
        await browser.sign_in(await make.user())
        answers = []
        for _ in range(7):
            clock.move(DAY)
            answers.append((await browser.refresh()).status_code)
        assert answers == [200] * 6 + [401]
