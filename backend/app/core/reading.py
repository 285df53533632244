"""Reading by the shortest way: one prepared statement, one round trip, and no transaction.

A `Statement` is compiled once for a process; `Reads` runs it. What only reads public things does so
over the pool of `open_reads`; what belongs to a request's own transaction reads through it.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import asyncpg
from sqlalchemy import BigInteger, BindParameter, DateTime, Select, Text, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import override

from app.core.config import Settings
from app.core.db import CONNECT_SECONDS

Row = Sequence[Any]
Values = Mapping[str, Any]


def argument(name: str, type_: Any = Text) -> BindParameter[Any]:  # noqa: ANN401 - any SQL type
    """Return an argument of a statement, which has its value when the statement is run."""
    return bindparam(name, type_=type_)


# When it is, and who reads: every statement of something shown takes these.
AT = argument("at", DateTime(timezone=True))
READER = argument("reader", BigInteger)

# The arguments of a statement say nothing that another plan would be better for: it is planned
# once for each connection. A statement that needs something else says so for itself.
_SESSION = {
    "application_name": "galley-reads",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_generic_plan",
}
_LONGEST_PREPARED = 64 * 1024
# Each holds its plan, of 0.7 MB at the most, in its server process.
_MOST_PREPARED = 16

_AS_THE_SESSION_HAS_IT: Values = MappingProxyType({})
_SET = (
    "SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS set(name, value)"
)
# What a connection says that is gone, or that goes while it is being asked.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call] # the library has no types here


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled query: its SQL, the names of its arguments in order, and those that are fixed.

    `digest` changes whenever the SQL does, and with it what the rows look like.
    """

    sql: str
    names: tuple[str, ...]
    fixed: Values
    digest: str

    @classmethod
    def of(cls, query: Select[Any]) -> "Statement":
        """Compile a query, whose open arguments are named `bindparam`s."""
        options = {"render_postcompile": True}
        compiled = query.compile(dialect=_DIALECT, compile_kwargs=options)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only a query can be read")
        names = tuple(compiled.positiontup or ())
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        digest = hashlib.sha256(compiled.string.encode()).hexdigest()[:8]
        return cls(compiled.string, names, fixed, digest)

    def arguments(self, values: Values) -> list[Any]:
        """Return the arguments in order; raise KeyError for one that is missing."""
        fixed = self.fixed
        return [values[name] if name in values else fixed[name] for name in self.names]


class Reads(Protocol):
    """Runs statements that only read."""

    async def all(
        self, statement: Statement, values: Values, *, under: Values = _AS_THE_SESSION_HAS_IT
    ) -> Sequence[Row]:
        """Return all rows; `under` has settings of PostgreSQL for this statement alone."""


class PooledReads(Reads):
    """Reads on whichever connection is free, each statement for itself."""

    def __init__(self, pool: "asyncpg.Pool", timeout: float) -> None:
        """Take the pool, and the seconds after which waiting for a connection is given up."""
        self._pool = pool
        self._timeout = timeout

    @override
    async def all(
        self, statement: Statement, values: Values, *, under: Values = _AS_THE_SESSION_HAS_IT
    ) -> Sequence[Row]:
        sql, arguments = statement.sql, statement.arguments(values)
        try:
            return await self._fetch(sql, arguments, under)
        except _LOST:
            # The database has restarted, and the connection did not know. To read again is safe.
            return await self._fetch(sql, arguments, under)

    async def _fetch(self, sql: str, arguments: list[Any], under: Values) -> Sequence[Row]:
        async with self._pool.acquire(timeout=self._timeout) as connection:
            try:
                return await _fetch(connection, sql, arguments, under)
            except _LOST:
                connection.terminate()
                raise


async def _fetch(
    connection: "asyncpg.Connection", sql: str, arguments: list[Any], under: Values
) -> Sequence[Row]:
    rows: Sequence[Row]
    if not under:
        rows = await connection.fetch(sql, *arguments)
        return rows
    async with connection.transaction(readonly=True):
        await connection.execute(_SET, list(under), list(under.values()))
        rows = await connection.fetch(sql, *arguments)
    return rows


class TransactionReads(Reads):
    """Reads in a transaction, which sees what it has written itself."""

    def __init__(self, source: AsyncSession | AsyncConnection) -> None:
        """Take the session whose transaction it is, or the connection."""
        self._source = source

    @override
    async def all(
        self, statement: Statement, values: Values, *, under: Values = _AS_THE_SESSION_HAS_IT
    ) -> Sequence[Row]:
        connection = await self._connection()
        if under:
            await connection.exec_driver_sql(_SET, (list(under), list(under.values())))
        arguments = tuple(statement.arguments(values))
        return (await connection.exec_driver_sql(statement.sql, arguments)).all()

    async def _connection(self) -> AsyncConnection:
        if isinstance(self._source, AsyncConnection):
            return self._source
        await self._source.flush()
        return await self._source.connection()


@asynccontextmanager
async def open_reads(settings: Settings) -> AsyncIterator[PooledReads]:
    """Open a pool that connects when it is first needed, and close it afterwards."""
    url = settings.database_url
    pool = await asyncpg.create_pool(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database,
        min_size=0,
        max_size=settings.db_read_pool_size,
        max_inactive_connection_lifetime=300,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=_LONGEST_PREPARED,
        statement_cache_size=_MOST_PREPARED,
        reset=_keep,
        timeout=CONNECT_SECONDS,
        server_settings=_SESSION,
    )
    try:
        yield PooledReads(pool, settings.db_pool_timeout)
    finally:
        await pool.close()


async def _keep(_: "asyncpg.Connection") -> None:
    """Leave a connection as it is when it comes back: reading has changed nothing about it."""
