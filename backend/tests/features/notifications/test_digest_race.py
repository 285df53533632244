"""Digests, when two workers and the reader do things at once."""

import asyncio

import pytest
from sqlalchemy import select

from app.core.db import Sessions
from app.features.notifications.schemas import Kind, NotificationsSeen
from app.features.notifications.service import NotificationService
from app.models import Notification, User
from tests.factories import EARLY_2026, Factory
from tests.features.notifications.conftest import NO_OTHER_JOB, Morning, Tell, Want


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    return committing_sessions


async def test_two_jobs_for_one_account_send_one_mail(
    morning: Morning, want: Want, tell: Tell, make: Factory
) -> None:
    await want(Kind.FOLLOWER)
    for _ in range(20):
        await tell(Kind.FOLLOWER, actor=await make.user())
    await morning.begin()
    ((_, name, payload),) = await morning.waiting()
    both = [morning.perform(NO_OTHER_JOB * 2 + number, name, payload) for number in range(8)]
    await asyncio.gather(*both)
    names = [waiting for _, waiting, _ in await morning.waiting()]
    assert names == [name, "mail.send"]


async def test_what_is_read_meanwhile_is_told_or_not_and_nobody_waits_in_a_circle(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    anna: User,
    sessions: Sessions,
) -> None:
    await want(Kind.FOLLOWER)
    for _ in range(30):
        await tell(Kind.FOLLOWER, actor=await make.user())
    async with sessions() as session:
        ids = list(await session.scalars(select(Notification.id)))
    await morning.begin()

    async def read(mark: NotificationsSeen) -> None:
        async with sessions.begin() as session:
            notifications = NotificationService(session)
            await notifications.mark_read(mark, reader=anna, at=EARLY_2026)

    await asyncio.gather(
        morning.work(),
        *(read(NotificationsSeen(ids=sorted(ids, reverse=number % 2 == 0))) for number in range(6)),
        read(NotificationsSeen(up_to=max(ids))),
    )
    async with sessions() as session:
        unread = select(Notification.id).where(Notification.read_at.is_(None))
        assert (await session.scalars(unread)).all() == []
