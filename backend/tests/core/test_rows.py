"""What was read past a session is an object of it, as if the session had loaded it."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.reading import Reads, Row, Statement
from app.core.rows import columns_of, loaded
from app.models import ApiKey, LoginSession, User
from tests.factories import EARLY_2026, Factory

Kind = type[User | LoginSession | ApiKey]


@pytest.fixture
async def user(make: Factory, session: AsyncSession) -> User:
    """Somebody with a session and a key, whose every column has a value."""
    user = await make.user(
        email_verified_at=EARLY_2026, bio="Said", website="https://a.example", avatar="/a.png"
    )
    key = ApiKey(
        user_id=user.id, name="Key", prefix="gly_", secret_hash=b"\x00\xff", scopes=["a"],
        **dict.fromkeys(("created_at", "expires_at", "last_used_at"), EARLY_2026),
    )  # fmt: skip
    session.add(key)
    await session.commit()
    return user


async def read(reads: Reads, kind: Kind) -> Row:
    (row,) = await reads.all(Statement.of(select(*columns_of(kind))), {})
    return row


def values(thing: object) -> dict[str, Any]:
    return {name: value for name, value in vars(thing).items() if name[0] != "_"}


@pytest.mark.parametrize("kind", [User, LoginSession, ApiKey])
@pytest.mark.usefixtures("user")
async def test_it_has_what_the_session_would_have_loaded(
    session: AsyncSession, reads: Reads, kind: Kind
) -> None:
    """Nothing is left to be loaded later, and no type has changed a value."""
    row = await read(reads, kind)
    by_session = values((await session.scalars(select(kind))).one())
    session.expunge_all()
    made = loaded(session, kind, row)
    assert values(made) == by_session
    assert None not in by_session.values()
    assert made in session
    assert made not in session.dirty


async def test_it_is_the_one_that_the_session_finds(
    session: AsyncSession, reads: Reads, user: User
) -> None:
    made = loaded(session, User, await read(reads, User))
    assert await session.get(User, user.id) is made
    assert (await session.scalars(select(User))).one() is made


async def test_what_the_session_has_already_gets_what_was_read(
    session: AsyncSession, reads: Reads, user: User
) -> None:
    row = await read(reads, User)
    known = await session.get_one(User, user.id)
    known.bio = "Something else"
    assert loaded(session, User, row) is known
    assert known.bio == "Said"
    assert known not in session.dirty


async def test_what_is_changed_of_it_is_written(
    session: AsyncSession, reads: Reads, user: User
) -> None:
    loaded(session, User, await read(reads, User)).bio = "Something else"
    await session.flush()
    assert await session.scalar(select(User.bio)) == "Something else"
