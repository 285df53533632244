"""Somebody who is told what others do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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
from app.core.services import Services
from app.features.mail.tasks import tasks as mailing
from app.features.notifications.schemas import Kind
from app.features.notifications.service import NotificationService
from app.features.notifications.tasks import tasks as notifying
from app.jobs.performer import Ending, Order, Performer
from app.jobs.tasks import Tasks
from app.models import Article, Comment, NotificationSettings, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

NOTIFICATIONS = "/api/v1/notifications"
COUNT = f"{NOTIFICATIONS}/unread-count"
READ = f"{NOTIFICATIONS}/read"
SETTINGS = f"{NOTIFICATIONS}/settings"

SITE = "https://blog.test"
WAITING = "SELECT id, entrypoint, payload FROM pgqueuer WHERE status = 'queued' ORDER BY id"
TAKE = "DELETE FROM pgqueuer WHERE id = ANY(:ids)"
NO_OTHER_JOB = 10**9

Tell = Callable[..., Awaitable[None]]
MakeComment = Callable[..., Awaitable[Comment]]
Want = Callable[..., Awaitable[None]]


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who is told."""
    return await make.user(username="anna", email_verified_at=EARLY_2026)


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who does something."""
    return await make.user(
        username="bert", full_name="Bert Shannon", avatar="https://example.com/bert.png"
    )


@pytest.fixture
async def river(make: Factory, anna: User) -> Article:
    """An article of Anna's."""
    return await make.article(anna, slug="down-the-river", title="Down the river")


@pytest.fixture
def headers(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's."""
    return sign_in(anna)


@pytest.fixture
def tell(sessions: Sessions, clock: MovableClock, anna: User, bert: User) -> Tell:
    """Tells what somebody has done: Anna what Bert has, if nobody else is named."""

    async def tell(
        kind: Kind,
        *,
        to: tuple[User, ...] = (anna,),
        actor: User = bert,
        article: Article | None = None,
        comment: Comment | None = None,
        at: datetime | None = None,
    ) -> None:
        async with sessions.begin() as session:
            await NotificationService(session).tell(
                kind,
                to=[each.id for each in to],
                actor_id=actor.id,
                article_id=article.id if article else None,
                comment_id=comment.id if comment else None,
                at=at or clock(),
            )

    return tell


@pytest.fixture
def make_comment(sessions: Sessions, clock: MovableClock, bert: User) -> MakeComment:
    """Makes comments, Bert's if the fields do not say otherwise."""

    async def make_comment(article: Article, **fields: Any) -> Comment:  # noqa: ANN401 - columns hold values of any type
        values = {
            "author_id": bert.id,
            "depth": 1,
            "content": "Well said.",
            "content_html": "<p>Well said.</p>\n",
            "status": "visible",
            "created_at": clock(),
            "updated_at": clock(),
        }
        comment = Comment(article_id=article.id, **{**values, **fields})
        async with sessions.begin() as session:
            session.add(comment)
        return comment

    return make_comment


async def listed(
    client: httpx.AsyncClient, headers: dict[str, str], **query: str
) -> list[dict[str, Any]]:
    """Return what somebody has been told."""
    answer = await client.get(NOTIFICATIONS, headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def unread(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    """Return how much of that is not read."""
    answer = await client.get(COUNT, headers=headers)
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["count"]
    return count


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """The process's parts, with mail that becomes files."""
    changes = {
        "mail_url": SecretStr(f"file:{tmp_path}"),
        "site_url": SITE,
        "site_title": "River",
        "article_path": "/read/{slug}/",
    }
    return replace(services, settings=services.settings.model_copy(update=changes))


@pytest.fixture
def want(sessions: Sessions, anna: User) -> Want:
    """Has somebody get kinds by mail: Anna, if nobody else is named."""

    async def want(*kinds: Kind, of: User = anna, **fields: Any) -> None:  # noqa: ANN401 - columns hold values of any type
        row = NotificationSettings(user_id=of.id, mailed=[*kinds], **fields)
        async with sessions.begin() as session:
            session.add(row)

    return want


@dataclass
class Morning:
    """The background, when the time of the digests has come."""

    services: Services
    folder: Path
    done: int = 0

    async def begin(self) -> None:
        """Begin, as the schedule does."""
        await self.perform(NO_OTHER_JOB + self.done, "notifications.digest", b"{}")

    async def waiting(self) -> list[tuple[int, str, bytes]]:
        """What waits in the queue."""
        async with self.services.sessions() as session:
            return [(row[0], row[1], row[2]) for row in await session.execute(text(WAITING))]

    async def work(self) -> list[str]:
        """Do all that waits, and what comes of it; return what it was."""
        names = []
        while waiting := await self.waiting():
            async with self.services.sessions.begin() as session:
                await session.execute(text(TAKE), {"ids": [id_ for id_, *_ in waiting]})
            for id_, name, payload in waiting:
                names.append(name)
                await self.perform(id_, name, payload)
        return names

    async def pass_by(self) -> list[EmailMessage]:
        """Have one morning pass; return the mail that it brings, in the order of names."""
        for file in self.folder.glob("*.eml"):
            file.unlink()
        await self.begin()
        await self.work()
        files = [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]
        return [message_from_bytes(file, policy=default) for file in files]

    async def perform(self, id_: int, name: str, payload: bytes) -> None:
        performer = Performer(self.services, Tasks(mailing, notifying))
        self.done += 1
        outcome = await performer.perform(Order(id_, name, payload, 1))
        assert outcome.ending is Ending.DONE, outcome.reason


@pytest.fixture
def morning(services: Services, tmp_path: Path) -> Morning:
    """The background of this test."""
    return Morning(services, tmp_path)


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")
