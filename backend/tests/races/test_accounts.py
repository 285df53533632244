"""Accounts that go while others write with them, or go as well."""

import asyncio

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.races.crowd import ROUNDS, at_once, patch, statuses

ME = "/api/v1/users/me"
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_authors_who_leave_at_once_take_their_articles_with_them(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    people = [await make.user() for _ in range(6)]
    for place, person in enumerate(people):
        await make.article(person, with_authors=people[place + 1 :] + people[:place])
    answers = await at_once(*(client.delete(ME, headers=sign_in(each)) for each in people))
    assert statuses(answers) == {204: len(people)}
    assert list(await session.scalars(select(Article.id))) == []


async def test_an_article_is_edited_while_its_owner_leaves(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    for _ in range(ROUNDS):
        owner, other, third = [await make.user() for _ in range(3)]
        first = await make.article(owner, with_authors=[other])
        second = await make.article(other, with_authors=[owner])
        names = [other.username, third.username]
        deleted, *edits = await at_once(
            client.delete(ME, headers=sign_in(owner)),
            patch(client, first.id, sign_in(other), title="Ours", tags=["river"]),
            patch(client, second.id, sign_in(other), authors=[*names, owner.username]),
            patch(client, first.id, sign_in(owner), title="Mine"),
        )
        assert deleted.status_code == 204
        assert statuses(edits).keys() <= {200, 401, 403, 422}
        assert edits[0].status_code == 200
        session.expire_all()
        for article in (first, second):
            left = await session.get_one(Article, article.id)
            assert left.author_id == left.author_ids[0] == other.id
            assert owner.id not in left.author_ids


async def test_an_author_of_just_now_is_not_forgotten(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    """Who leaves waits for whoever edits, and hands over to the authors of then."""
    owner, other = await make.user(), await make.user()
    article = await make.article(owner)
    async with sessions.begin() as editing:
        keep = select(User.id).where(User.id == owner.id).with_for_update(read=True, key_share=True)
        await editing.execute(keep)
        leaving = asyncio.create_task(client.delete(ME, headers=sign_in(owner)))
        while not await session.scalar(WAITING):
            await session.rollback()
            await asyncio.sleep(0.01)
        names = [owner.username, other.username]
        answer = await patch(client, article.id, sign_in(owner), authors=names)
        assert answer.status_code == 200
    assert (await leaving).status_code == 204
    left = await session.get_one(Article, article.id)
    assert (left.author_id, left.author_ids) == (other.id, [other.id])
