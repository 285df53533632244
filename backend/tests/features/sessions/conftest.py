"""Browsers and apps that sign in, each with what it keeps."""

from collections.abc import Callable, Sequence
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AuditEvent, User
from tests.factories import PASSWORD

AUTH = "/api/v1/auth"
ME = "/api/v1/users/me"
COOKIE = "galley_refresh"


def cookie_set_by(answer: httpx.Response) -> "Morsel[str] | None":
    """Return the one cookie that an answer sets, with its attributes."""
    given = answer.headers.get_list("set-cookie")
    assert len(given) <= 1
    return next((morsel for text in given for morsel in SimpleCookie(text).values()), None)


class Device:
    """A browser or an app: it keeps an access token, and a cookie or a refresh token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.headers: dict[str, str] = {}
        self.cookie: Morsel[str] | None = None
        self.refresh_token: str | None = None

    async def sign_in(self, user: User, **form: str) -> httpx.Response:
        """Sign in with a password."""
        whole = {"username": user.username, "password": PASSWORD, **form}
        return self._keep(await self.http.post(f"{AUTH}/login", data=whole))

    async def refresh(self, headers: dict[str, str] | None = None) -> httpx.Response:
        """Renew with what this device keeps, and keep what it gets."""
        return self._keep(await self.post("refresh", **(headers or {})))

    async def post(self, path: str, **headers: str) -> httpx.Response:
        """Send what this device keeps to an operation of /auth, but for the access token."""
        body = {} if self.refresh_token is None else {"refresh_token": self.refresh_token}
        if self.cookie is not None:
            headers["Cookie"] = f"{self.cookie.key}={self.cookie.value}"
        return await self.http.post(f"{AUTH}/{path}", headers=headers, json=body)

    async def get(self, path: str) -> httpx.Response:
        """Read as whoever is signed in."""
        return await self.http.get(path, headers=self.headers)

    async def delete(self, path: str) -> httpx.Response:
        """Delete as whoever is signed in."""
        return await self.http.delete(path, headers=self.headers)

    async def status(self) -> int:
        """Return what a request with the access token is answered."""
        return (await self.get(ME)).status_code

    async def session_id(self) -> int:
        """Return the id of the session that this device has."""
        listed: list[dict[str, Any]] = (await self.get(f"{AUTH}/sessions")).json()
        return next(int(each["id"]) for each in listed if each["is_current"])

    def copy(self) -> "Device":
        """Return a thief's device, or a second tab: it has what this one has."""
        other = Device(self.http)
        other.headers, other.cookie = dict(self.headers), self.cookie
        other.refresh_token = self.refresh_token
        return other

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            token = answer.json()
            self.headers = {"Authorization": f"Bearer {token['access_token']}"}
            self.cookie = cookie_set_by(answer)
            self.refresh_token = token.get("refresh_token")
        return answer


NewDevice = Callable[..., Device]


@pytest.fixture
def new_device(client: httpx.AsyncClient) -> NewDevice:
    """Makes devices."""

    def make(user_agent: str = "A browser") -> Device:
        http = httpx.AsyncClient(
            transport=client._transport,
            base_url="http://galley.test",
            headers={"User-Agent": user_agent},
        )
        return Device(http)

    return make


@pytest.fixture
def browser(new_device: NewDevice) -> Device:
    """A browser."""
    return new_device()


async def events(session: AsyncSession, name: str) -> Sequence[AuditEvent]:
    """Return what the audit log says of one kind of event, oldest first."""
    query = select(AuditEvent).where(AuditEvent.event == name).order_by(AuditEvent.id)
    return (await session.scalars(query)).all()
