"""Mail that is read, and the jobs that send it."""

import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.policy import Role
from app.core.services import Services
from app.features.mail.tasks import tasks as mailing
from app.features.verification.tasks import tasks as verifying
from app.jobs.performer import Order, Outcome, Performer
from app.jobs.tasks import Tasks
from tests.conftest import SignIn
from tests.factories import Factory

SITE = "https://blog.test"
VERIFY = "/api/v1/auth/verification"
CONFIRM = "/api/v1/auth/verification/confirm"
CHANGE = "/api/v1/auth/change-email/confirm"
FORGOT = "/api/v1/auth/forgot-password"
RESET = "/api/v1/auth/reset-password"
NEW_PASSWORD = "quite-another-pass-phrase"

LINK = re.compile(rf"{SITE}/account/([a-z-]+)#token=([A-Za-z0-9_.-]+)")


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """The process's parts, with mail that becomes files."""
    changes = {"mail_url": SecretStr(f"file:{tmp_path}"), "site_url": SITE, "site_title": "River"}
    return replace(services, settings=services.settings.model_copy(update=changes))


@pytest.fixture
async def as_admin(make: Factory, sign_in: SignIn) -> dict[str, str]:
    """An administrator's headers."""
    return sign_in(await make.user(Role.ADMIN))


@dataclass
class Post:
    """The background: does what waits, and keeps the mail."""

    services: Services
    folder: Path

    async def waiting(self) -> list[tuple[int, str, bytes]]:
        """What waits in the queue."""
        query = "SELECT id, entrypoint, payload FROM pgqueuer WHERE status = 'queued' ORDER BY id"
        async with self.services.sessions() as session:
            return [(row[0], row[1], row[2]) for row in await session.execute(text(query))]

    async def work(self) -> list[Outcome]:
        """Do all that waits, and what comes of it."""
        performer, outcomes = Performer(self.services, Tasks(mailing, verifying)), []
        while waiting := await self.waiting():
            async with self.services.sessions.begin() as session:
                done = {"ids": [id_ for id_, *_ in waiting]}
                await session.execute(text("DELETE FROM pgqueuer WHERE id = ANY(:ids)"), done)
            for id_, name, payload in waiting:
                outcomes.append(await performer.perform(Order(id_, name, payload, 1)))
        return outcomes

    async def letters(self) -> list[EmailMessage]:
        """Do all that waits; return all the mail that there is by then, in the order of names."""
        await self.work()
        files = [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]
        return [message_from_bytes(file, policy=default) for file in files]

    async def to(self, address: str) -> list[EmailMessage]:
        """The mail to one address."""
        return [each for each in await self.letters() if each["To"] == address]

    async def token(self, address: str, action: str) -> str:
        """The token of the newest link of a kind that was mailed to an address."""
        mailed = sorted(await self.to(address), key=lambda each: each["Date"].datetime)
        links = [LINK.search(words(each)) for each in mailed]
        found = [link[2] for link in links if link and link[1] == action]
        return found[-1]

    def forget(self) -> None:
        """Empty the mailboxes."""
        for file in self.folder.glob("*.eml"):
            file.unlink()


def words(message: EmailMessage) -> str:
    """What somebody reads who reads no HTML."""
    plain = message.get_body(("plain",))
    assert isinstance(plain, EmailMessage)
    content: str = plain.get_content()
    return content


@pytest.fixture
def post(services: Services, tmp_path: Path) -> Post:
    """The background of this test."""
    return Post(services, tmp_path)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of an answer that refuses."""
    return answer.status_code, answer.json()["code"]
