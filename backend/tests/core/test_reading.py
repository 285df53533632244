"""Reading by the shortest way: what a statement is, and how the two kinds of `Reads` run it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncpg import DataError, PostgresError
from sqlalchemy import (
    BigInteger,
    DateTime,
    Select,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.schema import CreateSchema

from app.core import reading
from app.core.config import Settings
from app.core.db import Sessions, is_passing
from app.core.reading import PooledReads, Reads, Statement, TransactionReads, open_reads
from app.models import Tag
from tests.factories import EARLY_2026
from tests.road import Bog

_NAME, _LEAST = bindparam("name", type_=Text), bindparam("least", type_=BigInteger)
TAGS = Statement.of(select(Tag.name).where(Tag.name == _NAME, Tag.id >= _LEAST))
SETTING = Statement.of(select(func.current_setting(_NAME)))
BACKEND = Statement.of(select(func.pg_backend_pid()))
SLOW = Statement.of(select(func.pg_sleep(literal_column("0.05"))))
FAILING = Statement.of(select(literal(1) / bindparam("zero", type_=BigInteger)))


@pytest.fixture
async def pooled(settings: Settings) -> AsyncIterator[PooledReads]:
    """The reads of production, on one connection."""
    alone = settings.model_copy(update={"db_read_pool_size": 1})
    async with open_reads(alone) as reads:
        yield reads


async def setting(reads: Reads, name: str) -> str:
    ((value,),) = await reads.all(SETTING, {"name": name})
    return str(value)


# A statement


def test_a_statement_has_its_arguments_in_order_by_their_names() -> None:
    assert TAGS.names == ("name", "least")
    assert TAGS.sql.endswith("WHERE tags.name = $1::VARCHAR AND tags.id >= $2::BIGINT")
    assert TAGS.arguments({"least": 7, "name": "rivers"}) == ["rivers", 7]


def test_what_it_is_given_besides_does_not_matter() -> None:
    assert TAGS.arguments({"least": 7, "name": None, "other": 1}) == [None, 7]


@pytest.mark.parametrize(("given", "missing"), [({"least": 7}, "name"), ({"name": ""}, "least")])
def test_an_argument_that_is_missing_is_not_taken_for_null(
    given: dict[str, object], missing: str
) -> None:
    with pytest.raises(KeyError, match=missing):
        TAGS.arguments(given)


def test_a_value_that_stands_in_the_query_is_fixed() -> None:
    statement = Statement.of(select(Tag.id).where(Tag.name == "rivers", Tag.id >= _LEAST))
    assert set(statement.fixed.values()) == {"rivers"}
    assert statement.arguments({"least": 7}) == ["rivers", 7]


def test_a_name_may_stand_in_several_places() -> None:
    statement = Statement.of(select(Tag.id).where((Tag.name == _NAME) | (Tag.slug == _NAME)))
    assert statement.arguments({"name": "rivers"}) in (["rivers"], ["rivers", "rivers"])


def test_its_digest_is_another_one_when_it_is_another_statement() -> None:
    again = Statement.of(select(Tag.name).where(Tag.name == _NAME, Tag.id >= _LEAST))
    other = Statement.of(select(Tag.slug).where(Tag.name == _NAME, Tag.id >= _LEAST))
    assert again == TAGS
    assert other.digest != TAGS.digest


def test_what_makes_a_schema_is_no_query() -> None:
    with pytest.raises(TypeError, match="only a query can be read"):
        Statement.of(CreateSchema("elsewhere"))  # type: ignore[arg-type] # as somebody might try


# Without a transaction


async def test_values_of_the_database_come_as_those_of_python(pooled: PooledReads) -> None:
    moment = bindparam("moment", type_=DateTime(timezone=True))
    statement = Statement.of(Select[Any](moment, _LEAST, _NAME))
    values = {"moment": EARLY_2026, "least": 2**62, "name": "\u05e0\u05d4\u05e8"}
    assert [tuple(row) for row in await pooled.all(statement, values)] == [tuple(values.values())]


async def test_each_statement_is_planned_once_without_looking_at_its_arguments(
    pooled: PooledReads,
) -> None:
    assert await setting(pooled, "plan_cache_mode") == "force_generic_plan"
    assert await setting(pooled, "jit") == "off"
    assert await setting(pooled, "enable_mergejoin") == "off"
    assert await setting(pooled, "application_name") == "galley-reads"


async def test_a_statement_that_fails_leaves_its_connection_as_it_was(
    pooled: PooledReads,
) -> None:
    ((before,),) = await pooled.all(BACKEND, {})
    with pytest.raises(PostgresError, match="division by zero"):
        await pooled.all(FAILING, {"zero": 0})
    ((after,),) = await pooled.all(BACKEND, {})
    assert after == before


async def test_a_value_that_does_not_fit_is_refused_and_costs_no_connection(
    pooled: PooledReads,
) -> None:
    before = await pooled.all(BACKEND, {})
    with pytest.raises(DataError):
        await pooled.all(TAGS, {"name": "rivers", "least": 2**63})
    assert await pooled.all(BACKEND, {}) == before


async def test_those_who_read_at_once_take_turns_on_a_connection(pooled: PooledReads) -> None:
    rows = await asyncio.gather(*(pooled.all(BACKEND, {}) for _ in range(20)))
    assert len({pid for ((pid,),) in rows}) == 1


async def test_a_connection_stays_at_hand_and_goes_back_after_a_while(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_AT_HAND_SECONDS", 0)
    async with open_reads(settings) as reads:
        await reads.all(BACKEND, {})
        assert reads._pool.get_idle_size() == 0
        await asyncio.sleep(0.01)
        assert reads._pool.get_idle_size() == 1
        await reads.all(BACKEND, {})
        assert reads._pool.get_size() == 1


async def test_who_is_still_reading_when_it_ends_does_not_keep_it_open(
    settings: Settings,
) -> None:
    async with asyncio.timeout(5):
        async with open_reads(settings) as reads:
            await reads.all(BACKEND, {})
            last = asyncio.create_task(reads.all(SLOW, {}))
            await asyncio.sleep(0)
        assert len(await last) == 1


async def test_what_has_ended_meanwhile_is_replaced(settings: Settings, sessions: Sessions) -> None:
    async with open_reads(settings) as reads:
        rows = await asyncio.gather(*(reads.all(BACKEND, {}) for _ in range(4)))
        before = {pid for ((pid,),) in rows}
        async with sessions() as session:
            for pid in before:
                await session.execute(select(func.pg_terminate_backend(pid)))
        rows = await asyncio.gather(*(reads.all(BACKEND, {}) for _ in range(8)))
        assert not before & {pid for ((pid,),) in rows}


async def test_what_has_been_cut_off_in_silence_is_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SILENT_SECONDS", 0.2)
    road = Bog(settings)
    await road.open()
    async with open_reads(road.settings) as reads:
        rows = await asyncio.gather(*(reads.all(BACKEND, {}) for _ in range(4)))
        before = {pid for ((pid,),) in rows}
        road.swallow()
        rows = await asyncio.gather(*(reads.all(BACKEND, {}) for _ in range(4)))
        assert not before & {pid for ((pid,),) in rows}
    await road.close()


async def test_a_database_that_stays_silent_is_asked_no_third_time(
    pooled: PooledReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SILENT_SECONDS", 0.01)
    with pytest.raises(ConnectionError, match="silent") as met:
        await pooled.all(SLOW, {})
    assert is_passing(met.value)


async def test_who_has_waited_too_long_gives_up(settings: Settings) -> None:
    scarce = {"db_read_pool_size": 1, "db_pool_timeout": 0.01}
    async with open_reads(settings.model_copy(update=scarce)) as reads, reads._pool.acquire():
        with pytest.raises(TimeoutError):
            await reads.all(BACKEND, {})


async def test_it_does_not_see_what_is_not_committed(
    pooled: PooledReads, session: AsyncSession
) -> None:
    session.add(Tag(name="rivers", slug="rivers", created_at=EARLY_2026, updated_at=EARLY_2026))
    await session.commit()
    assert await pooled.all(TAGS, {"name": "rivers", "least": 0}) == []


async def test_nothing_is_connected_before_it_is_needed(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"db_host": "/nowhere"})
    async with open_reads(nowhere) as reads:
        with pytest.raises(OSError):  # noqa: PT011 - whichever the system has for it
            await reads.all(BACKEND, {})


async def test_a_connection_remembers_only_so_many_statements(pooled: PooledReads) -> None:
    for number in range(200):
        await pooled.all(Statement.of(select(Tag.id.label(f"id_{number}")).limit(1)), {})
    prepared = Statement.of(select(func.count()).select_from(text("pg_prepared_statements")))
    ((count,),) = await pooled.all(prepared, {})
    assert count <= 64


# In a transaction


@pytest.mark.parametrize("of", ["the session", "the connection"])
async def test_in_a_transaction_it_sees_what_that_has_written(
    connection: AsyncConnection, session: AsyncSession, of: str
) -> None:
    reads = TransactionReads(session if of == "the session" else connection)
    session.add(Tag(name="rivers", slug="rivers", created_at=EARLY_2026, updated_at=EARLY_2026))
    if of == "the connection":
        await session.flush()
    rows = await reads.all(TAGS, {"name": "rivers", "least": 0})
    assert [tuple(row) for row in rows] == [("rivers",)]


async def test_both_give_the_same(connection: AsyncConnection, pooled: PooledReads) -> None:
    moment = bindparam("moment", type_=DateTime(timezone=True))
    statement = Statement.of(Select[Any](moment, _NAME))
    values = {"moment": datetime(2026, 1, 15, 12, 0, 0, 5, UTC), "name": "x"}
    here = await TransactionReads(connection).all(statement, values)
    there = await pooled.all(statement, values)
    assert [tuple(row) for row in here] == [tuple(row) for row in there]
