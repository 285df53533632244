"""What changes while a password is being verified, or a lock awaited, is not overwritten."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from passlib.hash import bcrypt
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.core.db import Sessions
from app.core.passwords import PasswordHasher, Verdict
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory

NEW_ARTICLE = {"title": "The same title", "content": "The very same words."}


class SlowHasher(PasswordHasher):
    """Takes so long to verify that something else happens first."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    @override
    async def verify(self, password: str, stored: str | None) -> Verdict:
        verdict = await super().verify(password, stored)
        if self.meanwhile is not None:
            await self.meanwhile()
        return verdict


@pytest.fixture
def passwords() -> Iterator[SlowHasher]:
    """The hasher of the application."""
    hasher = SlowHasher()
    yield hasher
    hasher.close()


@pytest.fixture
async def other(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Somebody else's session."""
    async with sessions() as session:
        yield session


def changing(sessions: Sessions, user: User, **values: object) -> Callable[[], Awaitable[None]]:
    async def change() -> None:
        async with sessions.begin() as session:
            await session.execute(update(User).where(User.id == user.id).values(**values))

    return change


def deleting(sessions: Sessions, user: User) -> Callable[[], Awaitable[None]]:
    async def remove() -> None:
        async with sessions.begin() as session:
            await session.execute(delete(User).where(User.id == user.id))

    return remove


async def stored_hash(session: AsyncSession, user: User) -> str | None:
    return await session.scalar(select(User.password_hash).where(User.id == user.id))


async def sign_in_with_an_old_hash(client: httpx.AsyncClient, user: User) -> httpx.Response:
    form = {"username": user.username, "password": PASSWORD}
    return await client.post("/api/v1/auth/login", data=form)


async def test_a_better_hash_does_not_bring_an_old_password_back(
    client: httpx.AsyncClient,
    make: Factory,
    sessions: Sessions,
    passwords: SlowHasher,
    other: AsyncSession,
) -> None:
    user = await make.user(password_hash=bcrypt.using(rounds=4).hash(PASSWORD))
    passwords.meanwhile = changing(sessions, user, password_hash="the hash of a new password")
    assert (await sign_in_with_an_old_hash(client, user)).status_code == 401
    assert await stored_hash(other, user) == "the hash of a new password"


async def test_signing_in_to_an_account_that_is_being_deleted_is_no_crash(
    client: httpx.AsyncClient, make: Factory, sessions: Sessions, passwords: SlowHasher
) -> None:
    user = await make.user(password_hash=bcrypt.using(rounds=4).hash(PASSWORD))
    passwords.meanwhile = deleting(sessions, user)
    answer = await sign_in_with_an_old_hash(client, user)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_login")


@pytest.mark.parametrize(
    ("reset", "status"),
    [
        ({"password_hash": "an administrator's reset"}, 400),
        ({"password_hash": "an administrator's reset", "is_active": False}, 401),
    ],
)
async def test_a_password_that_was_reset_meanwhile_proves_nothing(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    passwords: SlowHasher,
    other: AsyncSession,
    reset: dict[str, object],
    status: int,
) -> None:
    user = await make.user()
    passwords.meanwhile = changing(sessions, user, **reset)
    changes = {"password": "a-thief-was-faster", "current_password": PASSWORD}
    answer = await client.patch("/api/v1/users/me", headers=sign_in(user), json=changes)
    assert answer.status_code == status
    assert await stored_hash(other, user) == "an administrator's reset"


async def test_writing_from_an_account_that_is_being_deleted_is_refused(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    other: AsyncSession,
) -> None:
    user, somebody_else = await make.user(), await make.user()
    moving = (await make.article(somebody_else)).id
    await other.execute(update(Article).where(Article.id == moving).values(slug="the-same-title"))
    post = asyncio.create_task(
        client.post("/api/v1/articles", headers=sign_in(user), json=NEW_ARTICLE)
    )
    await waiting_for_a_lock(sessions)
    await deleting(sessions, user)()
    await other.rollback()
    assert (await post).status_code == 401


async def waiting_for_a_lock(sessions: Sessions) -> None:
    """Return once somebody waits for another's transaction to end."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
    async with sessions() as session:
        while not await session.scalar(waiting):
            await session.rollback()
            await asyncio.sleep(0.01)


async def test_what_a_key_remembers_goes_with_the_account(
    client: httpx.AsyncClient, other: AsyncSession, sessions: Sessions
) -> None:
    new = {"email": "anna@example.com", "password": PASSWORD}
    headers = {"Idempotency-Key": "once"}
    made = await client.post("/api/v1/users", headers=headers, json=new)
    user = await other.get_one(User, made.json()["id"])
    await deleting(sessions, user)()
    assert await other.scalar(text("SELECT count(*) FROM stored_answers")) == 0
