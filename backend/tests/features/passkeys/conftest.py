"""Somebody who is signed in, their device, and the door where passkeys sign people in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import GalleyError
from app.core.services import Services
from app.features.passkeys.schemas import SignedCredential
from app.features.passkeys.service import PasskeyService
from app.models import Base, Passkey
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.factors.conftest import Person
from tests.features.passkeys.authenticator import Authenticator, Json


@pytest.fixture
async def anna(make: Factory, client: httpx.AsyncClient, sign_in: SignIn) -> Person:
    """An author who has just signed in."""
    user = await make.user(username="anna", full_name="Anna Liffey")
    return Person(user, client, sign_in(user))


@pytest.fixture
async def bert(make: Factory, client: httpx.AsyncClient, sign_in: SignIn) -> Person:
    """Another author."""
    user = await make.user(username="bert")
    return Person(user, client, sign_in(user))


@pytest.fixture
def device() -> Authenticator:
    """A phone without passkeys."""
    return Authenticator()


async def send(person: Person, credential: object, name: object = "Phone") -> httpx.Response:
    """Register what a browser has made."""
    return await person("POST", "/passkeys", {"name": name, "credential": credential})


async def count(session: AsyncSession, kind: type[Base] = Passkey) -> int:
    """Return how many of a kind are kept."""
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def options_of(person: Person) -> Json:
    """Return what somebody's browser needs to make a passkey."""
    answer = await person("POST", "/passkeys/options")
    assert answer.status_code == 200, answer.text
    options: Json = answer.json()
    return options


Register = Callable[[Person, Authenticator], Awaitable[Json]]


@pytest.fixture
def register() -> Register:
    """Adds a passkey of a device to somebody's account."""

    async def add(person: Person, device: Authenticator) -> Json:
        credential = device.create(await options_of(person))
        answer = await person("POST", "/passkeys", {"name": "Phone", "credential": credential})
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    return add


@dataclass
class Door:
    """Where people sign in with passkeys; each step is a request of its own."""

    services: Services

    async def options(self) -> Json:
        """Return what the browser needs, whoever is before it."""
        async with self.services.sessions() as session:
            service = PasskeyService(session, self.services.settings)
            options = await service.request_options(at=self.services.clock())
            await session.commit()
        return options.model_dump(by_alias=True, mode="json")

    async def answer(self, credential: Json) -> int:
        """Take what a device has signed; return whose it is."""
        at, sessions = self.services.clock(), self.services.sessions
        parsed = SignedCredential.model_validate(credential)
        async with sessions() as session:
            service = PasskeyService(session, self.services.settings)
            return (await service.sign_in(parsed, sessions=sessions, at=at)).id

    async def sign_in(self, device: Authenticator) -> int:
        """Sign in with a device, from the beginning."""
        return await self.answer(device.get(await self.options()))

    async def refusal(self, credential: Json) -> type[GalleyError]:
        """Return how an answer is refused."""
        with pytest.raises(GalleyError) as refused:
            await self.answer(credential)
        return type(refused.value)


@pytest.fixture
def door(services: Services) -> Door:
    """Where people sign in."""
    return Door(services)
