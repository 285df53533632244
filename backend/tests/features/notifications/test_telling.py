"""Telling people what others have done: once, and only who is concerned and there."""

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions
from app.features.notifications.schemas import Kind
from app.features.notifications.service import NotificationService
from app.models import Article, Notification, User
from tests.factories import EARLY_2026, Factory
from tests.features.notifications.conftest import MakeComment, Tell
from tests.statements import statements


async def told(session: AsyncSession) -> list[tuple[int, str, int]]:
    query = select(Notification.user_id, Notification.kind, Notification.actor_id)
    rows = await session.execute(query.order_by(Notification.id))
    return [(row[0], row[1], row[2]) for row in rows]


async def test_everybody_concerned_is_told_in_one_statement(
    tell: Tell,
    session: AsyncSession,
    engine: AsyncEngine,
    make: Factory,
    anna: User,
    bert: User,
    river: Article,
) -> None:
    carla = await make.user()
    with statements(engine) as sent:
        await tell(Kind.COMMENT, to=(carla, anna), article=river)
    assert len(sent) == 1
    row = (await session.scalars(select(Notification).order_by(Notification.id))).first()
    assert row is not None
    assert (row.user_id, row.kind, row.actor_id) == (anna.id, "comment", bert.id)
    assert (row.article_id, row.comment_id, row.created_at) == (river.id, None, EARLY_2026)
    assert (row.read_at, row.mailed_at) == (None, None)
    assert [user for user, *_ in await told(session)] == [anna.id, carla.id]


async def test_nobody_is_told_what_they_did_themselves(
    tell: Tell, session: AsyncSession, engine: AsyncEngine, bert: User
) -> None:
    with statements(engine) as sent:
        await tell(Kind.FOLLOWER, to=(bert,))
        await tell(Kind.FOLLOWER, to=())
    assert sent == []
    assert await told(session) == []


async def test_inactive_accounts_are_not_told(
    tell: Tell, session: AsyncSession, make: Factory, anna: User
) -> None:
    gone = await make.user(is_active=False)
    await tell(Kind.FOLLOWER, to=(gone, anna))
    assert [user for user, *_ in await told(session)] == [anna.id]


async def test_the_same_is_told_once(
    tell: Tell,
    session: AsyncSession,
    make: Factory,
    anna: User,
    river: Article,
    make_comment: MakeComment,
) -> None:
    carla = await make.user()
    for _ in range(3):
        await tell(Kind.FAVORITE, article=river)
        await tell(Kind.FOLLOWER)
    await tell(Kind.FAVORITE, article=river, actor=carla)
    for _ in range(2):
        await tell(Kind.REPLY, article=river, comment=await make_comment(river))
    kinds = [kind for _, kind, _ in await told(session)]
    assert kinds == ["favorite", "follower", "favorite", "reply", "reply"]


async def test_it_goes_with_whoever_and_whatever_it_is_about(
    tell: Tell,
    session: AsyncSession,
    anna: User,
    bert: User,
    river: Article,
    make_comment: MakeComment,
) -> None:
    comment = await make_comment(river, author_id=anna.id)
    await tell(Kind.COMMENT, article=river, comment=comment)
    await session.delete(await session.get_one(type(comment), comment.id))
    await session.flush()
    assert await told(session) == []
    await session.rollback()
    await session.delete(await session.get_one(User, bert.id))
    await session.flush()
    assert await told(session) == []


class TestWithRealTransactions:
    """Who is told while others act."""

    @pytest.fixture
    def sessions(self, committing_sessions: Sessions) -> Sessions:
        return committing_sessions

    async def test_who_is_leaving_is_neither_told_nor_waited_for(
        self, sessions: Sessions, tell: Tell, anna: User, make: Factory
    ) -> None:
        carla = await make.user()
        async with sessions() as leaving:
            await leaving.get(User, anna.id, with_for_update=True)
            await tell(Kind.FOLLOWER, to=(anna, carla))
            await leaving.rollback()
        async with sessions() as session:
            assert [user for user, *_ in await told(session)] == [carla.id]

    async def test_at_once_it_is_told_once(
        self, sessions: Sessions, tell: Tell, river: Article, make: Factory, anna: User
    ) -> None:
        people = (anna, *[await make.user() for _ in range(5)])
        both = [
            tell(Kind.FAVORITE, to=order, article=river)
            for order in (people, people[::-1])
            for _ in range(5)
        ]
        await asyncio.gather(*both)
        async with sessions() as session:
            assert await session.scalar(select(func.count(Notification.id))) == 6

    async def test_a_refused_action_tells_nobody(
        self, sessions: Sessions, anna: User, bert: User
    ) -> None:
        async with sessions() as session:
            notifications = NotificationService(session)
            await notifications.tell(Kind.FOLLOWER, to=[anna.id], actor_id=bert.id, at=EARLY_2026)
            await session.rollback()
            assert await told(session) == []
