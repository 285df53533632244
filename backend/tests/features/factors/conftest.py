"""Somebody who is signed in, and their authenticator app."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services
from app.features.factors.service import FactorService
from app.models import AuditEvent, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

AUTH = "/api/v1/auth"


async def audited(session: AsyncSession, user: User) -> list[tuple[str, dict[str, Any]]]:
    """Return what is written down about somebody's factors, in its order."""
    query = (
        select(AuditEvent.event, AuditEvent.details)
        .where(AuditEvent.subject_id == user.id, AuditEvent.event.startswith("factor."))
        .order_by(AuditEvent.id)
    )
    return [(event, details) for event, details in await session.execute(query)]


@dataclass
class App:
    """An authenticator app that has scanned the QR code."""

    clock: MovableClock
    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, *, steps: int = 0) -> str:
        """Return the code that it shows now, or some steps later."""
        return str(pyotp.TOTP(self.secret).at(self.clock(), counter_offset=steps))

    def wrong_code(self) -> str:
        """Return a code that it shows neither now nor soon."""
        shown = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(10)) if code not in shown)


@dataclass
class Person:
    """Somebody who is signed in, and what they ask for."""

    user: User
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def __call__(
        self,
        method: str,
        path: str,
        json: Any = None,  # noqa: ANN401 - of any shape
        **headers: str,
    ) -> httpx.Response:
        """Ask for a path below /auth."""
        sent = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return await self.client.request(method, f"{AUTH}{path}", headers=sent, json=json)


@pytest.fixture
async def anna(make: Factory, client: httpx.AsyncClient, sign_in: SignIn) -> Person:
    """An author who has just signed in."""
    user = await make.user(username="anna")
    return Person(user, client, sign_in(user))


Enrol = Callable[[Person], Awaitable[App]]


@pytest.fixture
def enrol(clock: MovableClock) -> Enrol:
    """Sets up an authenticator app for somebody."""

    async def set_up(person: Person) -> App:
        begun = await person("POST", "/totp")
        assert begun.status_code == 200, begun.text
        app = App(clock, begun.json()["secret"])
        confirmed = await person("POST", "/totp/confirm", {"code": app.code()})
        assert confirmed.status_code == 200, confirmed.text
        app.recovery_codes = confirmed.json()["recovery_codes"]
        return app

    return set_up


@pytest.fixture
async def annas_app(anna: Person, enrol: Enrol) -> App:
    """Anna's app, confirmed."""
    return await enrol(anna)


@pytest.fixture
async def factors(services: Services) -> AsyncIterator[FactorService]:
    """The service over a session of its own, as a request has one."""
    async with services.sessions() as session:
        yield FactorService(session, services.settings, services.sealer)
        await session.commit()
