"""Reading by the shortest way: one prepared statement, one round trip, and no transaction.

A `Statement` is compiled once for a process; `Reads` runs it. What needs no transaction is
read over the pool of `open_reads`; what belongs to a request's own transaction reads through it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
from sqlalchemy import BigInteger, BindParameter, DateTime, Select, Text, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import override

from app.core.config import Settings
from app.core.db import CONNECT_SECONDS, LONGEST_PREPARED, PLANNING, fetch

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
_SESSION = PLANNING | {
    "application_name": "galley-reads",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_generic_plan",
}
# Each holds its plan, of 0.7 MB at the most, in its server process.
_MOST_PREPARED = 16
_AT_HAND_SECONDS = 60
# The server ends a statement after five seconds (postgres/roles.sql), and says so. A connection
# that is silent for longer has been cut off somewhere on the way.
_SILENT_SECONDS = 6

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

    async def all(self, statement: Statement, values: Values) -> Sequence[Row]:
        """Return all rows."""


class PooledReads(Reads):
    """Reads on whichever connection is free, each statement for itself.

    To take a connection out of the pool and put it back costs as much as to send the statement.
    One that has been read on therefore stays at hand for the next, unless somebody waits for it,
    and goes back to the pool, which closes what nobody needs, after a while.
    """

    def __init__(self, pool: "asyncpg.Pool", timeout: float) -> None:
        """Take the pool, and the seconds after which waiting for a connection is given up."""
        self._pool = pool
        self._timeout = timeout
        self._at_hand: list[asyncpg.pool.PoolConnectionProxy] = []
        self._waiting = 0
        self._turning_in: asyncio.TimerHandle | asyncio.Task[None] | None = None

    @override
    async def all(self, statement: Statement, values: Values) -> Sequence[Row]:
        sql, arguments = statement.sql, statement.arguments(values)
        try:
            return await self._fetch(sql, arguments)
        except _LOST:
            # The database has restarted, or cannot be reached the old way. To read again is safe.
            await self._begin_anew()
            return await self._fetch(sql, arguments)

    async def _fetch(self, sql: str, arguments: list[Any]) -> Sequence[Row]:
        connection = self._at_hand.pop() if self._at_hand else await self._from_pool()
        try:
            rows: Sequence[Row] = await connection.fetch(sql, *arguments, timeout=_SILENT_SECONDS)
        except BaseException as error:
            if isinstance(error, (*_LOST, TimeoutError)):
                _terminate(connection)
            await self._pool.release(connection)
            if isinstance(error, TimeoutError):
                raise ConnectionError("the database is silent") from error
            raise
        if self._waiting or self._pool.is_closing():
            await self._pool.release(connection)
        else:
            self._keep_at_hand(connection)
        return rows

    async def _from_pool(self) -> "asyncpg.pool.PoolConnectionProxy":
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._timeout)
        finally:
            self._waiting -= 1

    def _keep_at_hand(self, connection: "asyncpg.pool.PoolConnectionProxy") -> None:
        self._at_hand.append(connection)
        if self._turning_in is None:
            loop = asyncio.get_running_loop()
            self._turning_in = loop.call_later(_AT_HAND_SECONDS, self._begin_to_turn_in)

    async def _begin_anew(self) -> None:
        for connection in self._at_hand:
            _terminate(connection)
        await self.turn_in()
        await self._pool.expire_connections()

    def _begin_to_turn_in(self) -> None:
        self._turning_in = asyncio.create_task(self.turn_in())

    async def turn_in(self) -> None:
        """Give what is at hand back to the pool."""
        self._turning_in = None
        while self._at_hand:
            await self._pool.release(self._at_hand.pop())


def _terminate(connection: "asyncpg.pool.PoolConnectionProxy") -> None:
    with suppress(asyncpg.InterfaceError):  # The pool may have heard of its end already.
        connection.terminate()


class TransactionReads(Reads):
    """Reads in a transaction, which sees what it has written itself."""

    def __init__(self, source: AsyncSession | AsyncConnection) -> None:
        """Take the session whose transaction it is, or the connection."""
        self._source = source

    @override
    async def all(self, statement: Statement, values: Values) -> Sequence[Row]:
        sql, arguments = statement.sql, statement.arguments(values)
        if isinstance(self._source, AsyncSession):
            return await fetch(self._source, sql, arguments)
        return (await self._source.exec_driver_sql(sql, tuple(arguments))).all()


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
        max_cacheable_statement_size=LONGEST_PREPARED,
        statement_cache_size=_MOST_PREPARED,
        reset=_keep,
        timeout=CONNECT_SECONDS,
        server_settings=_SESSION,
    )
    reads = PooledReads(pool, settings.db_pool_timeout)
    try:
        yield reads
    finally:
        await reads.turn_in()
        await pool.close()


async def _keep(_: "asyncpg.Connection") -> None:
    """Leave a connection as it is when it comes back: reading has changed nothing about it."""
