"""Reading by the shortest way: what a statement is, and how the two kinds of `Reads` run it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncpg import PostgresError
from sqlalchemy import BigInteger, DateTime, Select, Text, bindparam, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.schema import CreateSchema

from app.core.config import Settings
from app.core.reading import PooledReads, Reads, Statement, TransactionReads, open_reads
from app.models import Tag
from tests.factories import EARLY_2026

_NAME, _LEAST = bindparam("name", type_=Text), bindparam("least", type_=BigInteger)
TAGS = Statement.of(select(Tag.name).where(Tag.name == _NAME, Tag.id >= _LEAST))
SETTING = Statement.of(select(func.current_setting(_NAME)))
BACKEND = Statement.of(select(func.pg_backend_pid()))
FAILING = Statement.of(select(literal(1) / bindparam("zero", type_=BigInteger)))


@pytest.fixture
async def pooled(settings: Settings) -> AsyncIterator[PooledReads]:
    """The reads of production, on one connection."""
    alone = settings.model_copy(update={"db_read_pool_size": 1})
    async with open_reads(alone) as reads:
        yield reads


async def setting(reads: Reads, name: str, **under: str) -> str:
    ((value,),) = await reads.all(SETTING, {"name": name}, under=under)
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
    assert await setting(pooled, "application_name") == "galley-reads"


async def test_settings_of_one_statement_are_gone_with_it(pooled: PooledReads) -> None:
    before = await setting(pooled, "enable_seqscan")
    under = {"enable_seqscan": "off", "plan_cache_mode": "force_custom_plan"}
    assert (before, await setting(pooled, "enable_seqscan", **under)) == ("on", "off")
    assert await setting(pooled, "plan_cache_mode", **under) == "force_custom_plan"
    assert await setting(pooled, "enable_seqscan") == "on"
    assert await setting(pooled, "plan_cache_mode") == "force_generic_plan"


@pytest.mark.parametrize("under", [{}, {"enable_seqscan": "off"}])
async def test_a_statement_that_fails_leaves_its_connection_as_it_was(
    pooled: PooledReads, under: dict[str, str]
) -> None:
    ((before,),) = await pooled.all(BACKEND, {})
    with pytest.raises(PostgresError, match="division by zero"):
        await pooled.all(FAILING, {"zero": 0}, under=under)
    assert await setting(pooled, "enable_seqscan") == "on"
    ((after,),) = await pooled.all(BACKEND, {})
    assert after == before


async def test_a_setting_that_is_none_is_refused(pooled: PooledReads) -> None:
    with pytest.raises(PostgresError, match="unrecognized configuration parameter"):
        await pooled.all(BACKEND, {}, under={"enable_nothing": "off"})


async def test_under_settings_nothing_can_be_written(pooled: PooledReads) -> None:
    counting = Statement.of(select(func.setval("tags_id_seq", 7)))
    with pytest.raises(PostgresError, match="read-only transaction"):
        await pooled.all(counting, {}, under={"enable_seqscan": "off"})


async def test_those_who_read_at_once_take_turns_on_a_connection(pooled: PooledReads) -> None:
    rows = await asyncio.gather(*(pooled.all(BACKEND, {}) for _ in range(20)))
    assert len({pid for ((pid,),) in rows}) == 1


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


async def test_a_transaction_keeps_the_settings_until_its_end(connection: AsyncConnection) -> None:
    reads = TransactionReads(connection)
    async with connection.begin_nested() as savepoint:
        assert await setting(reads, "enable_seqscan", enable_seqscan="off") == "off"
        await savepoint.rollback()
    assert await setting(reads, "enable_seqscan") == "on"


async def test_both_give_the_same(connection: AsyncConnection, pooled: PooledReads) -> None:
    moment = bindparam("moment", type_=DateTime(timezone=True))
    statement = Statement.of(Select[Any](moment, _NAME))
    values = {"moment": datetime(2026, 1, 15, 12, 0, 0, 5, UTC), "name": "x"}
    here = await TransactionReads(connection).all(statement, values)
    there = await pooled.all(statement, values)
    assert [tuple(row) for row in here] == [tuple(row) for row in there]
