"""Guessing passwords becomes slow, and nobody who knows theirs is kept out.

Three failures are free here, and thirty an hour, from wherever, are an attack.
"""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions
from app.features.limits.service import AttemptService
from app.models import LoginSession, RateLimit
from tests.factories import Factory, MovableClock
from tests.features.limits.conftest import CODE_MISSING, RIGHT, WRONG, Caller, Elsewhere

FREE = 3
UNDER_ATTACK = FREE * 10
SECOND = timedelta(seconds=1)


async def test_the_first_failures_are_free(caller: Caller) -> None:
    assert await caller.fail("anna", FREE) == [401, 401, 401]
    refused = await caller.sign_in("anna")
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["Retry-After"] == "2"
    assert refused.headers["RateLimit-Policy"] == '"sign_in";q=3;w=900'
    assert refused.headers["RateLimit"] == '"sign_in";r=0;t=2'


async def test_then_each_takes_twice_as_long_as_the_one_before(
    caller: Caller, clock: MovableClock
) -> None:
    await caller.fail("anna", FREE)
    for wait in (2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        refused = await caller.sign_in("anna")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(wait))
        clock.move(timedelta(seconds=wait) - SECOND)
        assert (await caller.sign_in("anna", RIGHT)).headers["Retry-After"] == "1"
        clock.move(SECOND)
        assert await caller.fail("anna", 1) == [401]


async def test_asking_while_one_has_to_wait_makes_it_no_longer(
    caller: Caller, clock: MovableClock
) -> None:
    await caller.fail("anna", FREE)
    assert await caller.fail("anna", 10) == [429] * 10
    clock.move(2 * SECOND)
    assert (await caller.sign_in("anna", RIGHT)).status_code == 200


async def test_who_gets_in_begins_anew(caller: Caller) -> None:
    for _ in range(5):
        await caller.fail("anna", FREE - 1)
        assert (await caller.sign_in("anna", RIGHT)).status_code == 200


async def test_failures_are_forgotten_after_a_day(caller: Caller, clock: MovableClock) -> None:
    await caller.fail("anna", FREE)
    clock.move(timedelta(days=1, seconds=3))
    assert await caller.fail("anna", FREE + 1) == [401, 401, 401, 429]


async def test_another_account_is_another_matter(caller: Caller) -> None:
    await caller.fail("anna", FREE + 1)
    assert await caller.fail("bert", 1) == [401]


async def test_an_account_that_is_not_there_is_slowed_in_the_same_way(
    caller: Caller, make: Factory
) -> None:
    await make.user(username="anna")
    assert await caller.fail("anna", 5) == await caller.fail("nobody", 5)


async def test_a_code_cannot_be_guessed_with_a_right_password(caller: Caller) -> None:
    """A right password takes back its own attempt, and not the wrong codes before it."""
    answers = []
    for _ in range(FREE):
        assert (await caller.sign_in("anna", CODE_MISSING)).status_code == 401
        answers += await caller.fail("anna", 1)
    assert answers == [401] * FREE
    assert (await caller.sign_in("anna", CODE_MISSING)).status_code == 429


async def test_what_is_taken_back_was_no_attempt(caller: Caller) -> None:
    for _ in range(14):
        assert (await caller.sign_in("anna", CODE_MISSING)).status_code == 401


class TestDodging:
    @pytest.mark.parametrize(
        "spelling", ["ANNA", "Anna", " anna ", "Anna@Example.com", "ANNA@EXAMPLE.COM"]
    )
    async def test_an_account_is_the_same_by_whatever_name(
        self, caller: Caller, make: Factory, spelling: str
    ) -> None:
        await make.user(username="anna", email="anna@example.com")
        await caller.fail("anna", FREE)
        assert (await caller.sign_in(spelling.strip())).status_code == 429

    @pytest.mark.parametrize("spelling", ["ZOË", "Zoe\u0308", "  zoë\t"])
    async def test_so_is_a_name_that_nobody_has(self, caller: Caller, spelling: str) -> None:
        await caller.fail("zoë", FREE)
        assert (await caller.sign_in(spelling)).status_code == 429

    @pytest.mark.parametrize(
        "name",
        ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP",
         "X-Client-IP", "X-Original-Host", "User-Agent", "Authorization", "Cookie"],
    )  # fmt: skip
    async def test_a_header_is_no_other_place(self, caller: Caller, name: str) -> None:
        await caller.fail("anna", FREE)
        for value in ("127.0.0.1", "203.0.113.9", "for=203.0.113.9", "Bearer a.b.c"):
            assert (await caller.sign_in("anna", headers={name: value})).status_code == 429

    async def test_further_fields_and_queries_change_nothing(self, caller: Caller) -> None:
        await caller.fail("anna", FREE)
        answer = await caller.post(
            "/sign-in?username=bert&x=1", username="anna", password=WRONG, scope="x", client_id="y"
        )
        assert answer.status_code == 429

    @pytest.mark.parametrize("address", ["2001:db8:1:2::9", "2001:db8:1:2:ffff:ffff:ffff:ffff"])
    async def test_a_site_of_ipv6_is_one_place(self, caller: Caller, address: str) -> None:
        await caller.at("2001:db8:1:2::1").fail("anna", FREE)
        assert await caller.at(address).fail("anna", 1) == [429]
        assert await caller.at("2001:db8:1:3::1").fail("anna", 1) == [401]

    async def test_ipv4_within_ipv6_is_the_same_place(self, caller: Caller) -> None:
        await caller.fail("anna", FREE)
        assert await caller.at(f"::ffff:{caller.address}").fail("anna", 1) == [429]

    @pytest.mark.parametrize("address", [None, "", "testclient"])
    async def test_what_has_no_address_is_one_place(
        self, caller: Caller, address: str | None
    ) -> None:
        await caller.at("unix").fail("anna", FREE)
        assert await caller.at(address).fail("anna", 1) == [429]

    async def test_many_accounts_are_no_way_round_either(
        self, caller: Caller, clock: MovableClock
    ) -> None:
        answers = [(await caller.sign_in(f"person{number}")).status_code for number in range(14)]
        assert answers == [401] * 12 + [429] * 2
        refused = await caller.sign_in("anna", RIGHT)
        assert refused.headers["RateLimit-Policy"] == '"sign_in_address";q=12;w=900'
        assert refused.headers["Retry-After"] == "75"
        clock.move(75 * SECOND)
        assert (await caller.sign_in("anna", RIGHT)).status_code == 200

    async def test_signing_in_takes_nothing_from_the_neighbours(self, caller: Caller) -> None:
        for number in range(14):
            assert (await caller.sign_in(f"person{number}", RIGHT)).status_code == 200


@pytest.fixture
async def attack(
    make: Factory, sessions: Sessions, settings_here: Settings, clock: MovableClock
) -> None:
    """Thirty machines guess at Anna, who is at home at 2001:db8:1:2::1."""
    await make.login_session(await make.user(username="anna"), address="2001:db8:1:2::1")
    async with sessions.begin() as session:
        attempts = AttemptService(session, settings_here)
        for number in range(UNDER_ATTACK):
            await attempts.count("anna", address=f"203.0.0.{number + 1}", at=clock())


@pytest.mark.usefixtures("attack")
class TestWhenManyMachinesGuess:
    async def test_a_strange_place_has_one_guess_and_then_waits(self, elsewhere: Elsewhere) -> None:
        for number in (0, 900):
            assert await elsewhere(number).fail("anna", 3) == [401, 429, 429]

    async def test_the_owner_at_home_notices_nothing(self, caller: Caller) -> None:
        home = caller.at("2001:db8:1:2:aaaa::7")
        assert await home.fail("anna", FREE - 1) == [401, 401]
        assert (await home.sign_in("anna", RIGHT)).status_code == 200

    async def test_the_owner_on_a_new_device_gets_in_at_once(self, caller: Caller) -> None:
        assert (await caller.sign_in("anna", RIGHT)).status_code == 200

    async def test_others_notice_nothing(self, caller: Caller) -> None:
        assert await caller.fail("bert", FREE) == [401] * FREE

    async def test_it_is_over_some_time_later(
        self, elsewhere: Elsewhere, clock: MovableClock
    ) -> None:
        clock.move(timedelta(hours=1))
        assert await elsewhere(901).fail("anna", FREE) == [401] * FREE

    async def test_nobody_can_lock_the_owner_out(
        self, caller: Caller, elsewhere: Elsewhere, session: AsyncSession
    ) -> None:
        """However much they guess from wherever, signed in somewhere or not."""
        for number in range(10):
            await elsewhere(number).fail("anna", 3)
        await session.execute(delete(LoginSession))
        await session.commit()
        assert (await caller.sign_in("anna", RIGHT)).status_code == 200


async def test_the_table_holds_nothing_that_was_typed(
    caller: Caller, session: AsyncSession
) -> None:
    await caller.fail("a-pass-phrase-in-the-wrong-field", 1)
    await caller.post("/recover", email="anna@example.com")
    keys = (await session.scalars(select(RateLimit.key))).all()
    assert len(keys) == 5
    assert not any("phrase" in key or "@example" in key for key in keys)
