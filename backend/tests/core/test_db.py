"""What the database's errors mean, asked of a real database."""

import pytest
from asyncpg import InterfaceError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import (
    fetch,
    is_passing,
    make_sessions,
    release_connection,
    sqlstate,
    violated_constraint,
)
from app.models import User
from tests.factories import Factory
from tests.statements import statements


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


async def test_the_driver_runs_a_statement_where_the_session_is(
    session: AsyncSession, make: Factory
) -> None:
    user = await session.get_one(User, (await make.user()).id)
    user.bio = "Not written yet."
    ((bio,),) = await fetch(session, "SELECT bio FROM users WHERE id = $1", [user.id])
    assert bio == "Not written yet."


async def test_the_first_statement_of_all_begins_the_transaction(engine: AsyncEngine) -> None:
    async with make_sessions(engine)() as session:
        ((first,),) = await fetch(session, "SELECT now()", [])
        ((again,),) = await fetch(session, "SELECT now()", [])
    assert first == again


async def test_what_the_driver_is_refused_is_said_as_a_session_says_it(
    session: AsyncSession, make: Factory
) -> None:
    user = await make.user()
    with pytest.raises(IntegrityError) as caught:
        await fetch(session, "INSERT INTO user_follows VALUES ($1, $1, now())", [user.id])
    assert violated_constraint(caught.value) == "ck_user_follows_nobody_follows_themselves"
    assert sqlstate(caught.value) == "23514"


async def test_who_listens_to_sessions_hears_of_what_the_driver_runs(engine: AsyncEngine) -> None:
    with statements(engine) as heard:
        async with make_sessions(engine)() as session:
            for number in (1, 2):
                await fetch(session, f"SELECT {number}", [])
    assert heard == ["SELECT 1", "SELECT 2"]


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
