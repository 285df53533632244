"""What PostgreSQL writes as JSON is what Pydantic would have written."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, DateTime, Select, Text, bindparam, column, func, select, values
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.clock import FIRST_MOMENT, LAST_MOMENT
from app.core.sqljson import (
    NULL,
    Columns,
    as_text,
    first_of,
    list_of,
    moment,
    object_of,
    row,
    shown,
)

_ROUNDS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_EARLIEST, _LATEST = FIRST_MOMENT + timedelta.resolution, LAST_MOMENT - timedelta.resolution
_MOMENT = bindparam("moment", type_=DateTime(timezone=True))
_TEXT = bindparam("text", type_=Text)
_EDGES = [
    _EARLIEST,
    datetime(4, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1582, 10, 10, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 100_000, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
    datetime(2026, 12, 31, 23, 59, 59, 10, tzinfo=timezone(timedelta(hours=-12))),
    _LATEST,
]


async def scalar(connection: AsyncConnection, query: Select[Any], **given: object) -> Any:  # noqa: ANN401
    return (await connection.execute(query, given)).scalar_one()


@pytest.fixture(params=["UTC", "Asia/Kathmandu", "America/St_Johns"])
async def elsewhere(connection: AsyncConnection, request: pytest.FixtureRequest) -> AsyncConnection:
    """A connection whose clock is set to the time of some place."""
    await connection.execute(select(func.set_config("TimeZone", request.param, True)))
    return connection


async def check_moment(connection: AsyncConnection, instant: datetime) -> None:
    written = await scalar(connection, select(moment(_MOMENT)), moment=instant)
    pydantic = TypeAdapter(datetime).dump_json(instant.astimezone(UTC))
    assert json.dumps(written).encode() == pydantic


@pytest.mark.parametrize("instant", _EDGES, ids=str)
async def test_a_time_is_written_as_pydantic_does_wherever_the_clock_stands(
    elsewhere: AsyncConnection, instant: datetime
) -> None:
    await check_moment(elsewhere, instant)


@given(
    instant=st.datetimes(
        _EARLIEST.replace(tzinfo=None), _LATEST.replace(tzinfo=None), timezones=st.just(UTC)
    )
)
@_ROUNDS
async def test_so_is_any_other(connection: AsyncConnection, instant: datetime) -> None:
    await check_moment(connection, instant)


async def test_no_time_is_null(connection: AsyncConnection) -> None:
    assert await scalar(connection, select(moment(_MOMENT)), moment=None) is None


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
@_ROUNDS
async def test_a_text_stays_what_it_is(connection: AsyncConnection, text: str) -> None:
    query = select(as_text(object_of({"text": _TEXT})))
    assert json.loads(await scalar(connection, query, text=text)) == {"text": text}


async def test_an_object_has_the_columns_in_their_order_and_times_as_the_wire_has_them(
    connection: AsyncConnection,
) -> None:
    number = bindparam("number", type_=BigInteger)
    columns: Columns = {"z": _TEXT, "a": number, "at": _MOMENT, "none": NULL}
    given = {"text": "x", "number": 2**62, "moment": datetime(2026, 1, 15, 12, tzinfo=UTC)}
    written = await scalar(connection, select(as_text(object_of(columns))), **given)
    assert written == f'{{"z":"x","a":{2**62},"at":"2026-01-15T12:00:00Z","none":null}}'


_ROWS = values(column("n", BigInteger), column("name", Text), name="things").data(
    [(2, "b"), (1, "a"), (3, None)]
)


async def test_a_list_has_rows_in_the_order_of_their_query(connection: AsyncConnection) -> None:
    query = select(_ROWS.c.n, _ROWS.c.name).order_by(_ROWS.c.n)
    written = await scalar(connection, select(as_text(list_of(query))))
    assert json.loads(written) == [
        {"n": 1, "name": "a"},
        {"n": 2, "name": "b"},
        {"n": 3, "name": None},
    ]


async def test_of_no_rows_there_is_an_empty_list_and_no_first_one(
    connection: AsyncConnection,
) -> None:
    query = select(_ROWS.c.n).where(_ROWS.c.n > 3)
    assert await scalar(connection, select(as_text(list_of(query)))) == "[]"
    assert await scalar(connection, select(as_text(first_of(query)))) is None


async def test_the_first_of_a_query_is_one_object(connection: AsyncConnection) -> None:
    query = select(*shown({"number": _ROWS.c.n})).order_by(_ROWS.c.n.desc())
    assert await scalar(connection, select(as_text(first_of(query)))) == '{"number":3}'


async def test_a_row_has_the_names_of_its_query(connection: AsyncConnection) -> None:
    item = select(_ROWS.c.name.label("called")).where(_ROWS.c.n == 1).subquery("item")
    assert await scalar(connection, select(as_text(row(item)))) == '{"called":"a"}'
