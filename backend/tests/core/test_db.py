"""What the database's errors mean, asked of a real database."""

import pytest
from asyncpg import InterfaceError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import is_passing, release_connection, sqlstate, violated_constraint
from app.models import User
from tests.factories import Factory


def _raising(code: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$"


@pytest.mark.parametrize(
    ("code", "passing"),
    [
        ("08006", True),
        ("53300", True),
        ("57014", True),
        ("57P01", True),
        ("55P03", True),
        ("40001", True),
        ("40P01", True),
        ("23505", False),
        ("42P01", False),
        ("22021", False),
    ],
)
async def test_some_errors_are_over_soon(session: AsyncSession, code: str, passing: bool) -> None:
    with pytest.raises(DBAPIError) as caught:
        await session.execute(text(_raising(code)))
    assert sqlstate(caught.value) == code
    assert is_passing(caught.value) is passing


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (PoolTimeoutError(), True),
        (ConnectionRefusedError(), True),
        (InterfaceError("connection is closed"), True),
        (DBAPIError("SELECT", {}, Exception(), connection_invalidated=True), True),
        (InvalidRequestError("a mistake of ours"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_trouble_on_the_way_to_the_database_is_over_soon(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing
    assert sqlstate(error) == ""


async def test_a_violated_constraint_has_a_name(session: AsyncSession, make: Factory) -> None:
    await make.user(email="anna@example.com")
    with pytest.raises(IntegrityError) as caught:
        await make.user(email="ANNA@example.com")
    assert violated_constraint(caught.value) == "uq_users_email_lower"


def test_an_unnamed_constraint_has_none() -> None:
    assert violated_constraint(IntegrityError("INSERT", {}, Exception())) == ""


async def test_letting_go_of_a_connection_keeps_what_was_loaded(
    engine: AsyncEngine, make: Factory, session: AsyncSession
) -> None:
    user = await session.get_one(User, (await make.user()).id)
    await release_connection(session)
    assert not session.in_transaction()
    assert user.username


async def test_a_transaction_that_has_changed_something_is_not_let_go(
    make: Factory, session: AsyncSession
) -> None:
    user = await session.get_one(User, (await make.user()).id)
    user.bio = "Changed."
    with pytest.raises(RuntimeError, match="changed nothing"):
        await release_connection(session)
