"""Asking for mail in a transaction, and what becomes of it in a job."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.services import Services
from app.features.mail.adapters.console import TerminalCarrier
from app.features.mail.adapters.file import FolderCarrier
from app.features.mail.adapters.smtp import RelayCarrier
from app.features.mail.schemas import SEND, Mail
from app.features.mail.service import MailService, carrier_of
from app.features.mail.tasks import tasks
from app.jobs.performer import Ending, Order, Performer
from tests.features.mail.conftest import Post, mail

WAITING = text("SELECT payload FROM pgqueuer WHERE entrypoint = :task ORDER BY id")

With = Callable[[str], Services]


@pytest.fixture
def sent_by(services: Services) -> With:
    """The process's parts, with another MAIL_URL."""

    def changed(url: str) -> Services:
        settings = services.settings.model_copy(update={"mail_url": SecretStr(url)})
        return replace(services, settings=settings)

    return changed


async def _waiting(session: AsyncSession) -> list[Mail]:
    found = await session.scalars(WAITING, {"task": SEND.name})
    return [Mail.model_validate_json(payload) for payload in found]


async def _send(services: Services, asked: Mail, job_id: int = 1, attempt: int = 1) -> Ending:
    order = Order(job_id, SEND.name, asked.model_dump_json().encode(), attempt)
    return (await Performer(services, tasks).perform(order)).ending


async def test_mail_waits_for_the_commit(sessions: Sessions, session: AsyncSession) -> None:
    asked = mail()
    async with sessions() as own:
        await MailService(own).post(asked)
        await own.commit()
    assert await _waiting(session) == [asked]


async def test_mail_of_what_never_happened_is_not_sent(
    sessions: Sessions, session: AsyncSession
) -> None:
    async with sessions() as own:
        await MailService(own).post(mail())
        await own.rollback()
    assert await _waiting(session) == []


async def test_a_job_that_is_done_twice_is_one_file(sent_by: With, folder: Path) -> None:
    services, asked = sent_by(f"file:{folder}"), mail()
    assert await _send(services, asked) is Ending.DONE
    assert await _send(services, asked) is Ending.DONE_BEFORE
    assert await _send(services, asked, job_id=2) is Ending.DONE
    assert len(await asyncio.to_thread(lambda: list(folder.iterdir()))) == 1


async def test_greylisted_mail_is_sent_again_and_arrives_once(sent_by: With, post: Post) -> None:
    services, asked = sent_by(f"smtp://127.0.0.1:{post.port}?starttls=off"), mail()
    post.answers_to_rcpt = ["451 greylisted", "451 greylisted"]
    endings = [await _send(services, asked, attempt=attempt) for attempt in (1, 2, 3)]
    assert endings == [Ending.TO_RETRY, Ending.TO_RETRY, Ending.DONE]
    assert post.message()["To"] == "anna@example.com"


async def test_refused_mail_is_put_aside_at_once(sent_by: With, post: Post) -> None:
    post.answers_to_rcpt = ["550 unknown"]
    services = sent_by(f"smtp://127.0.0.1:{post.port}?starttls=off")
    assert await _send(services, mail()) is Ending.GIVEN_UP
    assert post.received == []


async def test_mail_that_cannot_be_written_is_put_aside_at_once(
    sent_by: With, folder: Path
) -> None:
    services = sent_by(f"file:{folder}")
    assert await _send(services, mail(values={})) is Ending.GIVEN_UP
    assert await _send(services, mail(template="no-such-thing"), job_id=2) is Ending.GIVEN_UP


@pytest.mark.parametrize(
    ("url", "carrier"),
    [("smtp://post", RelayCarrier), ("file:mail", FolderCarrier), ("console:", TerminalCarrier)],
)
def test_the_setting_chooses_the_way(sent_by: With, url: str, carrier: type) -> None:
    assert type(carrier_of(sent_by(url).settings)) is carrier
