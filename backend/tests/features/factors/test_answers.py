"""Whoever signs in with a password answers a challenge with one of their other factors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.errors import GalleyError
from app.core.sealing import Sealer
from app.core.services import Services
from app.features.auth.errors import BadLogin, InactiveUser
from app.features.factors.errors import ChallengeGone, SecondFactorRequired, WrongCode
from app.features.factors.schemas import ChallengePurpose
from app.features.factors.service import Challenges, FactorService
from app.models import Authenticator, Challenge, User
from app.web import problems
from app.web.routing import Route
from tests.conftest import client_of
from tests.factories import PASSWORD, Factory, MovableClock
from tests.features.factors.conftest import App, Enrol, Person, audited

LIFETIME = timedelta(minutes=5)
STEP = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def challenge_of(demand: SecondFactorRequired) -> str:
    """Return what has to be answered."""
    return str(demand.extra["challenge"])


class Door:
    """Asks for the second factor and takes answers, each in a request of its own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def demand(self, person: Person) -> SecondFactorRequired:
        """Refuse somebody who has shown a password only."""
        async with self._services.sessions() as session:
            user = await session.get_one(User, person.user.id)
        return await self.demand_of(user)

    async def demand_of(self, user: User) -> SecondFactorRequired:
        """Do so, with the account as it was read when the password was looked at."""
        async with self._request() as factors:
            return await factors.demand(user, method="password", **self._own())

    async def challenge(self, person: Person) -> str:
        """Return the challenge of that refusal."""
        return challenge_of(await self.demand(person))

    async def answer(self, challenge: str, code: str) -> int:
        """Take an answer; return whose it is."""
        async with self._request() as factors:
            return (await factors.answer(challenge, code, **self._own())).user.id

    async def refusal(self, challenge: str, code: str) -> type[GalleyError]:
        """Return how an answer is refused."""
        with pytest.raises(GalleyError) as refused:
            await self.answer(challenge, code)
        return type(refused.value)

    def _own(self) -> dict[str, Any]:
        return {"sessions": self._services.sessions, "at": self._services.clock()}

    @asynccontextmanager
    async def _request(self) -> AsyncIterator[FactorService]:
        """Yield the service of a request; a refusal undoes all that the request itself does."""
        async with self._services.sessions() as session:
            yield FactorService(session, self._services.settings, self._services.sealer)
            await session.commit()


@pytest.fixture
def door(services: Services) -> Door:
    """Where people sign in."""
    return Door(services)


# The refusal


async def test_it_names_a_challenge_and_what_answers_it(
    anna: Person, annas_app: App, door: Door
) -> None:
    demand = await door.demand(anna)
    assert demand.code == "second_factor_required"
    assert demand.extra["methods"] == ["totp", "recovery_code"]
    assert len(challenge_of(demand)) == 43


async def test_programs_find_both_in_the_answer() -> None:
    app = FastAPI()
    app.router.route_class = Route
    problems.install(app)

    @app.get("/")
    async def refuse() -> None:
        raise SecondFactorRequired("hT3w", ["totp"])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://galley.test"
    ) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    problem = answer.json()
    assert problem["code"] == "second_factor_required"
    assert (problem["challenge"], problem["methods"]) == ("hT3w", ["totp"])


async def test_nobody_gets_one_for_a_password_that_is_being_changed(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    user = await session.get_one(User, anna.user.id, populate_existing=True)
    session.expunge(user)
    await session.execute(update(User).values(password_hash="another"))
    await session.commit()
    with pytest.raises(BadLogin):
        await door.demand_of(user)
    assert await session.scalar(select(func.count()).select_from(Challenge)) == 0


async def test_only_the_hash_of_a_challenge_is_kept(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    challenge = await door.challenge(anna)
    kept = (await session.scalars(select(Challenge.challenge_hash))).one()
    assert challenge.encode() not in kept
    assert len(kept) == 32


# Codes of the app


async def test_a_code_of_the_app_answers_it(
    anna: Person, annas_app: App, door: Door, clock: MovableClock, session: AsyncSession
) -> None:
    clock.move(STEP)
    assert await door.answer(await door.challenge(anna), annas_app.code()) == anna.user.id
    assert await session.scalar(select(func.count()).select_from(Challenge)) == 0


async def test_a_code_is_good_once(
    anna: Person, annas_app: App, door: Door, clock: MovableClock
) -> None:
    assert await door.refusal(await door.challenge(anna), annas_app.code()) is WrongCode
    clock.move(STEP)
    code = annas_app.code()
    await door.answer(await door.challenge(anna), code)
    assert await door.refusal(await door.challenge(anna), code) is WrongCode


async def test_after_a_code_the_earlier_ones_are_no_good(
    anna: Person, annas_app: App, door: Door, clock: MovableClock
) -> None:
    clock.move(2 * STEP)
    await door.answer(await door.challenge(anna), annas_app.code(steps=1))
    for steps in (-1, 0, 1):
        challenge = await door.challenge(anna)
        assert await door.refusal(challenge, annas_app.code(steps=steps)) is WrongCode
    clock.move(STEP)
    assert await door.answer(await door.challenge(anna), annas_app.code(steps=1)) == anna.user.id


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_a_clock_may_be_a_step_off(
    anna: Person, annas_app: App, door: Door, clock: MovableClock, steps: int, fits: bool
) -> None:
    clock.move(10 * STEP)
    challenge, code = await door.challenge(anna), annas_app.code(steps=steps)
    if fits:
        assert await door.answer(challenge, code) == anna.user.id
    else:
        assert await door.refusal(challenge, code) is WrongCode


async def test_an_unconfirmed_app_answers_nothing(
    anna: Person, door: Door, clock: MovableClock
) -> None:
    app = App(clock, (await anna("POST", "/totp")).json()["secret"])
    demand = await door.demand(anna)
    assert demand.extra["methods"] == []
    assert await door.refusal(challenge_of(demand), app.code()) is WrongCode


async def test_somebody_elses_code_is_wrong(
    anna: Person, annas_app: App, make: Factory, enrol: Enrol, door: Door, clock: MovableClock
) -> None:
    bert = Person(await make.user(), anna.client, {})
    clock.move(STEP)
    challenge = await door.challenge(bert)
    for code in (annas_app.code(), *annas_app.recovery_codes):
        refusal = await door.refusal(challenge, code)
        assert refusal in {WrongCode, ChallengeGone}
    assert (await anna("GET", "/factors")).json()["recovery_codes_left"] == 10


async def test_a_secret_that_cannot_be_opened_leaves_the_recovery_codes(
    anna: Person, annas_app: App, door: Door, clock: MovableClock, session: AsyncSession
) -> None:
    foreign = Sealer("another-0123456789-abcdefghijklmnop").seal(annas_app.secret)
    await session.execute(update(Authenticator).values(sealed_secret=foreign))
    await session.commit()
    clock.move(STEP)
    challenge = await door.challenge(anna)
    assert await door.refusal(challenge, annas_app.code()) is WrongCode
    assert await door.answer(challenge, annas_app.recovery_codes[0]) == anna.user.id


# Recovery codes


async def test_each_recovery_code_is_good_once(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    for left, code in enumerate(reversed(annas_app.recovery_codes)):
        assert await door.answer(await door.challenge(anna), code) == anna.user.id
        assert await door.refusal(await door.challenge(anna), code) is WrongCode
        overview = (await anna("GET", "/factors")).json()
        assert overview["recovery_codes_left"] == 9 - left
    assert (await door.demand(anna)).extra["methods"] == ["totp"]
    used = ("factor.removed", {"method": "recovery_code"})
    assert (await audited(session, anna.user)).count(used) == 10


async def test_a_recovery_code_may_be_typed_by_hand(
    anna: Person, annas_app: App, door: Door
) -> None:
    first, second, third, *_ = annas_app.recovery_codes
    for typed in (first.upper(), second.replace("-", ""), f"  {third.replace('-', ' ')} "):
        assert await door.answer(await door.challenge(anna), typed) == anna.user.id


async def test_a_replaced_recovery_code_is_wrong(anna: Person, annas_app: App, door: Door) -> None:
    await anna("POST", "/recovery-codes")
    challenge = await door.challenge(anna)
    assert await door.refusal(challenge, annas_app.recovery_codes[0]) is WrongCode


@pytest.mark.parametrize(
    "code", ["", "-", "0", "\u0661" * 6, "'; --", "x" * 64, "%00", "\U0001f5de"]
)
async def test_anything_else_is_wrong(anna: Person, annas_app: App, door: Door, code: str) -> None:
    assert await door.refusal(await door.challenge(anna), code) is WrongCode


# The challenge


async def test_a_challenge_is_good_for_five_minutes(
    anna: Person, annas_app: App, door: Door, clock: MovableClock
) -> None:
    first, second = [await door.challenge(anna) for _ in "12"]
    clock.move(LIFETIME - SECOND)
    assert await door.answer(first, annas_app.code()) == anna.user.id
    clock.move(SECOND)
    assert await door.refusal(second, annas_app.recovery_codes[0]) is ChallengeGone
    assert (await anna("GET", "/factors")).json()["recovery_codes_left"] == 10


async def test_a_challenge_is_good_once(
    anna: Person, annas_app: App, door: Door, clock: MovableClock
) -> None:
    clock.move(STEP)
    challenge = await door.challenge(anna)
    await door.answer(challenge, annas_app.code())
    assert await door.refusal(challenge, annas_app.code(steps=1)) is ChallengeGone
    assert await door.refusal(challenge, annas_app.recovery_codes[0]) is ChallengeGone


@pytest.mark.parametrize("challenge", ["", "x" * 43, "\u00e9" * 43, "\x00", "x" * 100_000])
async def test_one_that_was_never_made_is_gone(
    anna: Person, annas_app: App, door: Door, challenge: str
) -> None:
    assert await door.refusal(challenge, annas_app.code()) is ChallengeGone


async def test_one_for_something_else_is_gone(
    anna: Person, annas_app: App, door: Door, session: AsyncSession, clock: MovableClock
) -> None:
    purpose = ChallengePurpose.REGISTER_PASSKEY
    other = await Challenges(session).make(purpose, account_id=anna.user.id, at=clock())
    await session.commit()
    assert await door.refusal(other, annas_app.recovery_codes[0]) is ChallengeGone


async def test_after_five_failures_it_is_dead(
    anna: Person, annas_app: App, door: Door, clock: MovableClock, session: AsyncSession
) -> None:
    clock.move(STEP)
    challenge = await door.challenge(anna)
    for _ in range(5):
        assert await door.refusal(challenge, annas_app.wrong_code()) is WrongCode
    assert await door.refusal(challenge, annas_app.code()) is ChallengeGone
    assert (await audited(session, anna.user))[1:] == [("factor.failed", {"method": "code"})] * 5
    assert await door.answer(await door.challenge(anna), annas_app.code()) == anna.user.id


async def test_four_failures_are_forgiven(
    anna: Person, annas_app: App, door: Door, clock: MovableClock
) -> None:
    clock.move(STEP)
    challenge = await door.challenge(anna)
    for _ in range(4):
        assert await door.refusal(challenge, annas_app.wrong_code()) is WrongCode
    assert await door.answer(challenge, annas_app.code()) == anna.user.id


async def test_limits_can_ask_whose_it_is(
    anna: Person, annas_app: App, door: Door, factors: FactorService, clock: MovableClock
) -> None:
    challenge = await door.challenge(anna)
    assert await factors.challenged(challenge, at=clock()) == anna.user.id
    with pytest.raises(ChallengeGone):
        await factors.challenged("another", at=clock())


async def test_who_was_switched_off_meanwhile_stays_out(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    challenge = await door.challenge(anna)
    await session.execute(update(User).values(is_active=False))
    await session.commit()
    assert await door.refusal(challenge, annas_app.recovery_codes[0]) is InactiveUser


async def test_old_challenges_are_swept_away_by_new_ones(
    anna: Person, annas_app: App, door: Door, clock: MovableClock, session: AsyncSession
) -> None:
    for _ in range(3):
        await door.challenge(anna)
    clock.move(LIFETIME)
    await door.challenge(anna)
    assert await session.scalar(select(func.count()).select_from(Challenge)) == 1


async def test_a_failure_is_not_the_owners_own_act(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    await door.refusal(await door.challenge(anna), annas_app.wrong_code())
    shown = await anna.client.get("/api/v1/users/me/activity", headers=anna.headers)
    failure = shown.json()[0]
    assert (failure["event"], failure["by_me"]) == ("factor.failed", False)
    assert (failure["address"], failure["user_agent"]) == (None, None)


async def test_a_failure_is_written_down_without_what_was_typed(
    anna: Person, annas_app: App, door: Door, session: AsyncSession
) -> None:
    challenge, canary = await door.challenge(anna), "canary-7f3a"
    assert await door.refusal(challenge, canary) is WrongCode
    rows = await session.scalars(text("SELECT to_jsonb(each)::text FROM audit_events AS each"))
    written = "".join(rows)
    assert "factor.failed" in written
    for secret in (canary, challenge, annas_app.secret, *annas_app.recovery_codes):
        assert secret not in written
        assert secret.replace("-", "") not in written


LOGIN = {"username": "anna", "password": PASSWORD}


async def test_a_new_password_ends_half_done_sign_ins(
    anna: Person, annas_app: App, client: httpx.AsyncClient, clock: MovableClock
) -> None:
    clock.move(STEP)
    challenge = (await client.post("/api/v1/auth/login", data=LOGIN)).json()["challenge"]
    change = {"password": "another long pass phrase", "current_password": PASSWORD}
    changed = await client.patch("/api/v1/users/me", headers=anna.headers, json=change)
    assert changed.status_code == 200
    body = {"challenge": challenge, "code": annas_app.code()}
    answer = await client.post("/api/v1/auth/second-factor", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_expired")


async def test_codes_are_not_to_be_guessed_from_many_places(
    anna: Person, annas_app: App, app: ASGIApp, services: Services, clock: MovableClock
) -> None:
    clock.move(STEP)

    async def attempt(number: int, code: str) -> httpx.Response:
        async with client_of(app, services, f"2001:db8:0:{number:x}::1") as client:
            challenge = (await client.post("/api/v1/auth/login", data=LOGIN)).json()["challenge"]
            body = {"challenge": challenge, "code": code}
            return await client.post("/api/v1/auth/second-factor", json=body)

    wrong = [(await attempt(number, annas_app.wrong_code())).status_code for number in range(15)]
    assert wrong == [401] * 10 + [429] * 5
    refused = await attempt(16, annas_app.code())
    assert refused.status_code == 429
    clock.move(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert (await attempt(17, annas_app.code())).status_code == 200
