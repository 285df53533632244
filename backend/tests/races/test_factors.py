"""What is good once is good once, however many use it at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import func, select

from app.core.config import Settings
from app.core.db import Sessions
from app.core.errors import GalleyError
from app.core.policy import Role
from app.core.services import Services
from app.features.factors.errors import RequiredByRole
from app.features.factors.service import FactorService
from app.features.passkeys.service import PasskeyService
from app.models import Authenticator, Challenge, Passkey, RecoveryCode, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.factors.conftest import App, Person
from tests.features.passkeys.authenticator import Authenticator as Device
from tests.features.passkeys.conftest import Door, options_of
from tests.races.crowd import CROWD, ROUNDS, at_once, statuses

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def anna(make: Factory, client: httpx.AsyncClient, sign_in: SignIn) -> Person:
    """Somebody who has just signed in."""
    user = await make.user()
    return Person(user, client, sign_in(user))


@pytest.fixture
async def annas_app(anna: Person, clock: MovableClock) -> App:
    """Anna's authenticator app, confirmed a minute ago."""
    secret = (await anna("POST", "/totp")).json()["secret"]
    code = pyotp.TOTP(secret).at(clock())
    confirmed = await anna("POST", "/totp/confirm", {"code": code})
    clock.move(MINUTE)
    return App(clock, secret, confirmed.json()["recovery_codes"])


async def outcomes(attempts: Iterable[Awaitable[object]]) -> Counter[str]:
    """Return how attempts that are made at once end: `done`, or by the code of the refusal."""

    async def outcome(attempt: Awaitable[object]) -> str:
        try:
            await attempt
        except GalleyError as refused:
            return refused.code
        return "done"

    return Counter(await asyncio.gather(*(outcome(each) for each in attempts)))


async def challenge(services: Services, person: Person) -> str:
    async with services.sessions.begin() as session:
        factors = FactorService(session, services.settings, services.sealer)
        return await factors.challenge(person.user, method="password", at=services.clock())


async def answer(services: Services, token: str, code: str) -> None:
    async with services.sessions() as session:
        factors = FactorService(session, services.settings, services.sealer)
        await factors.answer(token, code, sessions=services.sessions, at=services.clock())


async def count(sessions: Sessions, kind: type[Challenge | Passkey | RecoveryCode]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_a_code_of_the_app_is_good_once(
    anna: Person, annas_app: App, services: Services, sessions: Sessions
) -> None:
    for _ in range(ROUNDS):
        annas_app.clock.move(MINUTE)
        tokens = [await challenge(services, anna) for _ in range(CROWD)]
        ends = await outcomes(answer(services, token, annas_app.code()) for token in tokens)
        assert ends == {"done": 1, "wrong_code": CROWD - 1}


async def test_a_recovery_code_is_good_once(
    anna: Person, annas_app: App, services: Services, sessions: Sessions
) -> None:
    for code in annas_app.recovery_codes[:ROUNDS]:
        tokens = [await challenge(services, anna) for _ in range(CROWD)]
        ends = await outcomes(answer(services, token, code) for token in tokens)
        assert ends == {"done": 1, "wrong_code": CROWD - 1}
    assert await count(sessions, RecoveryCode) == 10 - ROUNDS


async def test_a_challenge_is_good_once_and_costs_one_code(
    anna: Person, annas_app: App, services: Services, sessions: Sessions
) -> None:
    token = await challenge(services, anna)
    ends = await outcomes(answer(services, token, code) for code in annas_app.recovery_codes)
    assert ends == {"done": 1, "challenge_expired": 9}
    assert await count(sessions, RecoveryCode) == 9


async def test_many_guesses_at_once_are_five_guesses(
    anna: Person, annas_app: App, services: Services, sessions: Sessions
) -> None:
    token = await challenge(services, anna)
    ends = await outcomes(answer(services, token, annas_app.wrong_code()) for _ in range(CROWD))
    assert ends == {"wrong_code": 5, "challenge_expired": CROWD - 5}
    assert await count(sessions, Challenge) == 0


async def test_one_app_is_set_up_once(anna: Person, services: Services) -> None:
    begun = await at_once(*(anna("POST", "/totp") for _ in range(CROWD)))
    assert statuses(begun) == {200: CROWD}
    async with services.sessions() as session:
        sealed = (await session.scalars(select(Authenticator.sealed_secret))).one()
    code = pyotp.TOTP(services.sealer.open(sealed)).at(services.clock())
    confirmed = await at_once(
        *(anna("POST", "/totp/confirm", {"code": code}) for _ in range(CROWD))
    )
    assert statuses(confirmed) == {200: 1, 409: CROWD - 1}


async def test_a_signature_is_good_once(
    anna: Person, services: Services, sessions: Sessions
) -> None:
    device, door = Device(), Door(services)
    credential = device.create(await options_of(anna))
    await anna("POST", "/passkeys", {"name": "Phone", "credential": credential})
    for used in range(1, ROUNDS + 1):
        signed = device.get(await door.options())
        ends = await outcomes(door.answer(signed) for _ in range(CROWD))
        assert ends == {"done": 1, "challenge_expired": CROWD - 1}
        async with sessions() as session:
            assert await session.scalar(select(Passkey.sign_count)) == used


async def test_a_passkey_belongs_to_one_account(
    anna: Person, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    users = [await make.user() for _ in range(5)]
    people = [anna, *(Person(user, anna.client, sign_in(user)) for user in users)]
    device = Device()
    made = [device.create(await options_of(person)) for person in people]
    answers = await at_once(
        *(
            person("POST", "/passkeys", {"name": "Phone", "credential": credential})
            for person, credential in zip(people, made, strict=True)
        )
    )
    assert statuses(answers) == {201: 1, 400: 5}
    async with sessions() as session:
        owner = (await session.scalars(select(Passkey.user_id))).one()
        protected = (await session.scalars(select(User.id).where(User.second_factor))).all()
    assert protected == [owner]


async def test_the_last_factor_stays_however_fast_both_are_removed(
    anna: Person, services: Services, sessions: Sessions, settings: Settings
) -> None:
    demanding = settings.model_copy(update={"second_factor_roles": (Role.AUTHOR,)})
    at = services.clock()

    async def remove_app() -> None:
        async with sessions.begin() as session:
            factors = FactorService(session, demanding, services.sealer)
            await factors.remove_totp(anna.user, at=at)

    async def remove_passkey(passkey_id: int) -> None:
        async with sessions.begin() as session:
            passkeys = PasskeyService(session, demanding)
            await passkeys.remove(anna.user, passkey_id, check=lambda _: None, at=at)

    for _ in range(ROUNDS):
        begun = await anna("POST", "/totp")
        if begun.status_code == 200:
            code = pyotp.TOTP(begun.json()["secret"]).at(at)
            await anna("POST", "/totp/confirm", {"code": code})
        if not (await anna("GET", "/passkeys")).json():
            credential = Device().create(await options_of(anna))
            await anna("POST", "/passkeys", {"name": "Phone", "credential": credential})
        [passkey] = (await anna("GET", "/passkeys")).json()
        ends = await outcomes([remove_app(), remove_passkey(passkey["id"])])
        assert ends == {"done": 1, RequiredByRole.code: 1}
        async with sessions() as session:
            assert await session.scalar(select(User.second_factor).filter_by(id=anna.user.id))
