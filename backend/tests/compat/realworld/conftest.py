"""A front end of RealWorld, as tests play it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.passwords import PasswordHasher
from app.core.services import Services
from tests.conftest import PATIENCE

API = "/realworld/api"
PASSWORD = "password123"
ARTICLE = {"title": "Down the river", "description": "By boat", "body": "At *five*."}

Body = dict[str, Any] | list[Any] | str | None


class Conduit:
    """Sends requests as a front end does, and looks at the status before it reads the answer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Take the client to send them by."""
        self.client = client

    async def ask(
        self, method: str, path: str, body: Body = None, *, token: str = "", status: int = 200
    ) -> Any:  # noqa: ANN401 - JSON of any shape
        """Send one request, and return the body of its answer."""
        headers = {"Authorization": f"Token {token}"} if token else {}
        answer = await self.client.request(method, f"{API}{path}", json=body, headers=headers)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def refused(
        self, method: str, path: str, body: Body = None, *, token: str = "", status: int
    ) -> dict[str, list[str]]:
        """Send one that is refused, and return the errors, which are all that it is told."""
        answer = await self.ask(method, path, body, token=token, status=status)
        assert list(answer) == ["errors"]
        errors: dict[str, list[str]] = answer["errors"]
        return errors

    async def join(self, name: str, **fields: str) -> str:
        """Make an account, and return its token."""
        user = {"username": name, "email": f"{name}@test.com", "password": PASSWORD, **fields}
        answer = await self.ask("POST", "/users", {"user": user}, status=201)
        token: str = answer["user"]["token"]
        return token

    async def publish(self, token: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
        """Publish an article, and return it."""
        body = {"article": {**ARTICLE, **fields}}
        article: dict[str, Any] = (
            await self.ask("POST", "/articles", body, token=token, status=201)
        )["article"]
        return article

    async def say(self, token: str, slug: str, words: str) -> dict[str, Any]:
        """Comment on an article, and return the comment."""
        body, path = {"comment": {"body": words}}, f"/articles/{slug}/comments"
        comment: dict[str, Any] = (await self.ask("POST", path, body, token=token, status=201))[
            "comment"
        ]
        return comment


@pytest.fixture(scope="session")
def conduit_settings(settings: Settings) -> Settings:
    """Settings as conformance runs have them."""
    return settings.model_copy(
        update={"compat_apis": ("realworld",), "password_blocklist": False, **PATIENCE}
    )


@pytest.fixture(scope="session")
def app(conduit_settings: Settings) -> ASGIApp:
    """The real application, which speaks RealWorld's API too."""
    return create_app(conduit_settings)


@pytest.fixture(scope="session")
def lenient_passwords() -> Iterator[PasswordHasher]:
    """The real password hasher, without the list of common ones."""
    passwords = PasswordHasher(refuses_common=False)
    yield passwords
    passwords.close()


@pytest.fixture
def services(
    services: Services, conduit_settings: Settings, lenient_passwords: PasswordHasher
) -> Services:
    """What the lifespan would make of these settings."""
    return replace(services, settings=conduit_settings, passwords=lenient_passwords)


@pytest.fixture
async def conduit(client: httpx.AsyncClient) -> Conduit:
    """A front end."""
    return Conduit(client)
