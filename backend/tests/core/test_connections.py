"""Connections that end: nobody gets one that is gone, and none stays in the pool."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import connections
from app.core.config import Settings
from app.core.db import DATABASE_ERRORS, fetch, is_passing, make_engine, make_sessions
from app.models import User

BACKEND = "SELECT pg_backend_pid()"
END = text("SELECT pg_terminate_backend(:backend, 5000)")
SOME = 4

Use = Callable[[AsyncEngine], Awaitable[int]]


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The pool of production, with a few connections."""
    engine = make_engine(settings.model_copy(update={"db_pool_size": SOME}))
    yield engine
    await engine.dispose()


async def ask(pool: AsyncEngine) -> int:
    """Return which backend of PostgreSQL answers."""
    async with pool.connect() as connection:
        backend: int = (await connection.exec_driver_sql(BACKEND)).scalar_one()
    return backend


async def ask_in_a_session(pool: AsyncEngine) -> int:
    """Return the same, as a request asks."""
    async with make_sessions(pool)() as session:
        backend: int = await session.scalar(text(BACKEND))
    return backend


async def ask_the_driver(pool: AsyncEngine) -> int:
    """Return the same, past SQLAlchemy."""
    async with make_sessions(pool)() as session:
        backend: int = (await fetch(session, BACKEND, []))[0][0]
    return backend


async def ask_all(pool: AsyncEngine) -> set[int]:
    """Return which backends answer when as many ask as there are connections."""
    everybody = asyncio.Barrier(SOME)

    async def hold() -> int:
        async with pool.connect() as connection:
            backend: int = (await connection.exec_driver_sql(BACKEND)).scalar_one()
            await everybody.wait()
        return backend

    return set(await asyncio.gather(*(hold() for _ in range(SOME))))


async def end(settings: Settings, *backends: int) -> None:
    """End connections as PostgreSQL does when it restarts."""
    engine = make_engine(settings)
    async with engine.connect() as connection:
        for backend in backends:
            await connection.execute(END, {"backend": backend})
    await engine.dispose()


def end_unheard(settings: Settings, backend: int) -> None:
    """End one while the loop is busy, so that it does not hear of it."""
    thread = Thread(target=lambda: asyncio.run(end(settings, backend)))
    thread.start()
    thread.join()


async def sent_besides(pool: AsyncEngine) -> list[str]:
    """Return what a connection that was used before is sent besides what somebody asks."""
    sent: list[str] = []
    async with pool.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        driver.add_query_logger(lambda record: sent.append(record.query))
    sent.clear()
    await ask(pool)
    return sent


async def test_a_connection_that_was_used_a_moment_ago_is_just_used(pool: AsyncEngine) -> None:
    await ask(pool)
    assert await sent_besides(pool) == ["BEGIN;", "ROLLBACK;"]


async def test_after_a_restart_the_first_who_ask_are_answered(
    pool: AsyncEngine, settings: Settings
) -> None:
    before = await ask_all(pool)
    await end(settings, *before)
    after = await ask_all(pool)
    assert len(after) == SOME
    assert not after & before
    assert await ask_all(pool) == after


@pytest.mark.parametrize("use", [ask, ask_in_a_session, ask_the_driver])
async def test_so_is_whoever_would_be_the_first_to_hear_of_an_end(
    use: Use, pool: AsyncEngine, settings: Settings
) -> None:
    gone = await ask(pool)
    end_unheard(settings, gone)
    answered = await use(pool)
    assert answered != gone
    assert await ask(pool) == answered


async def test_so_is_whoever_would_get_one_that_says_nothing_any_more(
    pool: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = await ask(pool)
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0)
    assert await ask(pool) != silent


async def test_a_connection_that_ends_under_a_statement_is_given_up(pool: AsyncEngine) -> None:
    gone = await ask(pool)
    with pytest.raises(DATABASE_ERRORS) as met:
        async with pool.connect() as connection:
            await connection.execute(END, {"backend": gone})
    assert is_passing(met.value)
    assert await ask(pool) != gone


async def end_oneself(pool: AsyncEngine) -> None:
    async with make_sessions(pool)() as session:
        await session.execute(select(User.id))
        await fetch(session, "SELECT pg_terminate_backend(pg_backend_pid(), 5000)", [])


async def test_so_is_one_that_ends_under_a_statement_of_the_driver(pool: AsyncEngine) -> None:
    gone = await ask(pool)
    with pytest.raises(DATABASE_ERRORS) as met:
        await end_oneself(pool)
    assert is_passing(met.value)
    assert await ask(pool) != gone
