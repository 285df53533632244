"""People who invite others, and the mail that they cause."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.db import Sessions
from app.core.policy import Role
from app.core.services import Services
from app.features.invitations.schemas import SEND, Sending
from app.features.invitations.tasks import send
from app.jobs.tasks import Job
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

INVITATIONS = "/api/v1/invitations"
ACCEPT = f"{INVITATIONS}/accept"
EMAIL = "Bert@Example.com"
LINK = re.compile(r"^https://blog\.test/join/accept-invitation\?t=(\S+)\s", re.MULTILINE)

Invite = Callable[..., Awaitable[dict[str, Any]]]
Accept = Callable[..., Awaitable[httpx.Response]]
Headers = dict[str, str]


def _number(path: Path) -> int:
    """Return the number of the invitation that a message is about."""
    return int(re.findall(r"\d+", path.stem)[0])


class Postman:
    """Does the jobs that the queue has of sending invitations, and reads what they send."""

    def __init__(self, sessions: Sessions, services: Services, folder: Path) -> None:
        self._sessions = sessions
        self._services = services
        self._folder = folder

    async def waiting(self) -> list[Sending]:
        """Return what waits in the queue."""
        query = text("SELECT payload FROM pgqueuer WHERE entrypoint = :task ORDER BY id")
        async with self._sessions() as session:
            payloads = await session.scalars(query, {"task": SEND.name})
            return [Sending.model_validate_json(payload) for payload in payloads]

    async def bring(self, at: datetime | None = None) -> list[EmailMessage]:
        """Do all that waits, and return the messages that have been sent until now."""
        for sending in await self.waiting():
            async with self._sessions.begin() as session:
                now = at or self._services.clock()
                await send(sending, Job(1, 1, now, session, self._services))
        return [self._parsed(path) for path in sorted(self._folder.glob("*.eml"), key=_number)]

    async def token(self) -> str:
        """Return the token in the last message."""
        return token_in((await self.bring())[-1])

    def _parsed(self, path: Path) -> EmailMessage:
        message = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        return message


def words(message: EmailMessage) -> str:
    """Return what somebody reads who reads no HTML."""
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    content: str = body.get_content()
    return content


def token_in(message: EmailMessage) -> str:
    """Return the token in a message's link."""
    found = LINK.search(words(message))
    assert found
    return found[1]


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """A site of which no account can be made without an invitation; its mail goes to a folder."""
    changed = {
        "registration": "invite",
        "site_url": "https://blog.test",
        "site_title": "The River",
        "account_path": "/join/{action}?t={token}",
        "mail_url": SecretStr(f"file:{tmp_path}"),
    }
    return replace(services, settings=services.settings.model_copy(update=changed))


@pytest.fixture
def postman(sessions: Sessions, services: Services, tmp_path: Path) -> Postman:
    """Who brings the mail."""
    return Postman(sessions, services, tmp_path)


@pytest.fixture
async def editor(make: Factory) -> User:
    """An editor."""
    return await make.user(Role.EDITOR, username="edith", full_name="Edith Liffey")


@pytest.fixture
def as_editor(editor: User, sign_in: SignIn) -> Headers:
    """The editor's headers."""
    return sign_in(editor)


@pytest.fixture
async def as_admin(make: Factory, sign_in: SignIn) -> Headers:
    """An administrator's headers."""
    return sign_in(await make.user(Role.ADMIN, username="admin"))


@pytest.fixture
def invite(client: httpx.AsyncClient, editor: User, sign_in: SignIn) -> Invite:
    """Invites somebody, as the editor unless said otherwise."""

    async def post(
        email: str = EMAIL, role: str = "author", headers: Headers | None = None
    ) -> dict[str, Any]:
        body = {"email": email, "role": role}
        answer = await client.post(INVITATIONS, headers=headers or sign_in(editor), json=body)
        assert answer.status_code == 201, answer.text
        invitation: dict[str, Any] = answer.json()
        return invitation

    return post


@pytest.fixture
def accept(client: httpx.AsyncClient) -> Accept:
    """Accepts an invitation, without being signed in."""

    async def post(token: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - of any field
        wanted = {"token": token, "password": "a-long-pass-phrase", **body}
        return await client.post(ACCEPT, json=wanted)

    return post


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return a problem's status and code."""
    return answer.status_code, answer.json()["code"]
