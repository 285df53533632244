"""A provider in a process of its own, a realm of it for each test, and a browser between them."""

import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.core.db import Sessions
from app.core.services import Services
from app.models import AuditEvent
from tests.factories import MovableClock

AUTH = "/api/v1/auth"
OIDC = f"{AUTH}/oidc"
SITE = "http://localhost:8080"
ANNA = {
    "sub": "anna-at-the-provider",
    "email": "Anna@example.com",
    "email_verified": True,
    "name": "Anna Liffey",
}

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def provider_address() -> Iterator[str]:
    """Where the provider serves."""
    program = Path(__file__).with_name("provider.py")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


class Realm:
    """A provider that has never been asked anything, as the test that sets its habits sees it."""

    def __init__(self, client: httpx.AsyncClient, name: str, clock: MovableClock) -> None:
        self._client, self._name, self._clock = client, name, clock
        self.issuer = f"{str(client.base_url).rstrip('/')}/{name}"

    async def set(self, **habits: Any) -> None:  # noqa: ANN401 - of any type
        """Change what it does from now on; its clock is the test's."""
        now = int(self._clock().timestamp())
        answer = await self._client.put(f"/{self._name}", json={"now": now, **habits})
        assert answer.status_code == 200

    async def asked(self) -> list[str]:
        """Return what it has been asked, in its order."""
        asked: list[str] = (await self._client.get(f"/{self._name}")).json()["asked"]
        return asked


@pytest.fixture
async def outside(provider_address: str) -> AsyncIterator[httpx.AsyncClient]:
    """The way to the provider."""
    async with httpx.AsyncClient(base_url=provider_address, trust_env=False) as client:
        yield client


@pytest.fixture
async def realm(outside: httpx.AsyncClient, clock: MovableClock) -> Realm:
    """This test's provider, where Anna is signed in."""
    realm = Realm(outside, f"realm{next(_numbers)}", clock)
    await realm.set(person=ANNA, redirect_uri=f"{SITE}{OIDC}/callback")
    return realm


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """What a test's settings say besides the provider's."""
    return {}


@pytest.fixture
def services(services: Services, realm: Realm, more_settings: dict[str, Any]) -> Services:
    """The process's parts, of a site that knows the provider."""
    provider = {
        "oidc_issuer": realm.issuer,
        "oidc_client_id": "galley",
        "oidc_client_secret": SecretStr("a secret/with+signs"),
        "oidc_name": "Example",
    }
    settings = services.settings.model_copy(update=provider | more_settings)
    return replace(services, settings=settings)


class Browser:
    """What goes from the site to the provider and back, with the cookies of the site."""

    def __init__(self, site: httpx.AsyncClient, outside: httpx.AsyncClient) -> None:
        self.site, self._outside = site, outside

    async def leave(self, return_to: str = "/desk") -> str:
        """Begin to sign in; return where the site sends the browser."""
        answer = await self.site.get(f"{OIDC}/start", params={"return_to": return_to})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def at_provider(self, address: str) -> str:
        """Sign in there; return where the provider sends the browser."""
        answer = await self._outside.get(address)
        assert answer.status_code == 307, answer.text
        return answer.headers["Location"].removeprefix(SITE)

    async def come_back(self, address: str) -> httpx.Response:
        """Return what the site answers then."""
        return await self.site.get(address)

    async def sign_in(self, return_to: str = "/desk") -> httpx.Response:
        """Do all of it."""
        return await self.come_back(await self.at_provider(await self.leave(return_to)))


@pytest.fixture
def browser(client: httpx.AsyncClient, outside: httpx.AsyncClient) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(client, outside)


def error_of(answer: httpx.Response) -> str | None:
    """Return what a page is told that went wrong."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith(f"{SITE}/")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return query.get("sign_in_error", [None])[0]


def signed_in(answer: httpx.Response) -> bool:
    """Say whether an answer keeps the browser signed in."""
    cookies = answer.headers.get_list("set-cookie")
    return any(cookie.startswith("galley_refresh=") for cookie in cookies)


async def events(sessions: Sessions) -> list[tuple[str, int | None]]:
    """Return what the audit log says, and of whom."""
    async with sessions() as session:
        query = select(AuditEvent).order_by(AuditEvent.id)
        return [(each.event, each.subject_id) for each in await session.scalars(query)]
