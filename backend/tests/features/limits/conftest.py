"""An application that offers what the limits protect, and callers from wherever they like."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.services import Services
from app.features.limits.dependencies import (
    CommentLimit,
    RecoveryLimit,
    RefreshLimit,
    RegistrationLimit,
    SignInGuard,
)
from app.web import problems
from app.web.routing import Route

RIGHT, WRONG, CODE_MISSING = "right", "wrong", "right, and a code is needed"

Username = Annotated[str, Form()]


def make_door() -> FastAPI:
    """Return an application with the guards of the real one, and nothing behind them."""
    app = FastAPI()
    app.router.route_class = Route
    problems.install(app)

    @app.post("/sign-in")
    async def sign_in(
        username: Username, password: Annotated[str, Form()], guard: SignInGuard
    ) -> None:
        await guard.before(username)
        if password == WRONG:
            raise Unauthenticated
        if password == CODE_MISSING:
            await guard.undo(username)
            raise Unauthenticated
        await guard.succeeded(username)

    @app.post("/register")
    async def register(_: RegistrationLimit) -> None: ...

    @app.post("/refresh")
    async def refresh(_: RefreshLimit) -> None: ...

    @app.post("/comment")
    async def comment(_: CommentLimit) -> None: ...

    @app.post("/recover")
    async def recover(email: Annotated[str, Form()], limit: RecoveryLimit) -> None:
        await limit.spend(email)

    return app


@dataclass
class Caller:
    """Somebody at an address."""

    door: ASGIApp
    address: str | None = "198.51.100.7"

    def at(self, address: str | None) -> "Caller":
        """Return the same somebody elsewhere."""
        return replace(self, address=address)

    async def post(
        self, path: str, headers: dict[str, str] | None = None, **form: str
    ) -> httpx.Response:
        client = None if self.address is None else (self.address, 40_000)

        async def from_here(scope: Scope, receive: Receive, send: Send) -> None:
            await self.door({**scope, "client": client}, receive, send)

        transport = httpx.ASGITransport(from_here)
        async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as http:
            return await http.post(path, data=form, headers=headers)

    async def sign_in(
        self, username: str, password: str = WRONG, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.post("/sign-in", headers, username=username, password=password)

    async def fail(self, username: str, times: int) -> list[int]:
        """Sign in with a wrong password so often; return what was answered."""
        return [(await self.sign_in(username)).status_code for _ in range(times)]


@pytest.fixture
def settings_here(settings: Settings) -> Settings:
    """How much is allowed here."""
    return settings.model_copy(update={"attempts_per_account": 3, "attempts_per_address": 12})


@pytest.fixture
def caller(services: Services, settings_here: Settings) -> Caller:
    """Somebody at a strange address."""
    door, known = make_door(), replace(services, settings=settings_here)

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await door({**scope, "state": {"services": known}}, receive, send)

    return Caller(with_state)


Elsewhere = Callable[[int], Caller]


@pytest.fixture
def elsewhere(caller: Caller) -> Elsewhere:
    """Returns callers of a thousand addresses."""
    return lambda number: caller.at(f"203.0.{number // 250}.{number % 250 + 1}")
