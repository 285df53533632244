"""The way to PostgreSQL: the engine, its sessions, and what its errors mean."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from asyncpg import (
    IntegrityConstraintViolationError,
    InterfaceError,
    InternalClientError,
    PostgresError,
)
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.connections import DRIVER_ERRORS, watch
from app.core.provenance import mark, provenance_of

Sessions = async_sessionmaker[AsyncSession]

CONNECT_SECONDS = 5
LONGEST_PREPARED = 64 * 1024

# What every connection says about plans. Compiling them never pays here. And a merge join is chosen
# where the statistics say that it may stop early, at the highest id of an author that they know:
# for whoever has come since, it reads all accounts.
PLANNING = {"jit": "off", "enable_mergejoin": "off"}
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"

DATABASE_ERRORS = (SQLAlchemyError, *DRIVER_ERRORS)

# SQLSTATE classes and codes (PostgreSQL manual, appendix A) after which the same request may
# succeed: connection trouble, resources, operator intervention (a restart, the statement timeout),
# lock timeout, deadlock and serialisation failure, and a database that a restore is swapping.
_PASSING = ("08", "53", "57", LOCK_NOT_AVAILABLE, "40", "3D000")


def make_engine(settings: Settings) -> AsyncEngine:
    """Return an engine whose pool gives up after `DB_POOL_TIMEOUT` seconds."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_use_lifo=True,  # so that those which a quiet hour does not need stay small
        pool_timeout=settings.db_pool_timeout,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "max_cacheable_statement_size": LONGEST_PREPARED,
            "max_cached_statement_lifetime": 0,
            "server_settings": PLANNING | {"application_name": "galley"},
        },
    )
    watch(engine.sync_engine)
    return engine


def make_sessions(engine: AsyncEngine) -> Sessions:
    """Return the factory of sessions over an engine; objects outlive their transaction."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def fetch(session: AsyncSession, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
    """Write what a session holds, and run a statement in its transaction; return the rows.

    The driver runs it, as it is: that takes a third of the time that a session takes which makes
    objects of rows. Whoever listens to statements hears of it all the same. Raises IntegrityError
    as a session does, and what else the driver does.
    """
    try:
        return await session.run_sync(_fetch, sql, arguments)
    except IntegrityConstraintViolationError as error:
        raise IntegrityError(None, None, error) from error


def _fetch(session: Session, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
    session.flush()
    connection = session.connection()
    adapted = cast("AdaptedConnection", connection.connection.dbapi_connection)
    if not adapted.driver_connection.is_in_transaction():
        # On a new connection, SQLAlchemy begins the transaction with the first statement.
        return connection.exec_driver_sql(sql, tuple(arguments)).all()
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, sql, tuple(arguments), None, False)
    rows: Sequence[Any] = adapted.run_async(lambda driver: driver.fetch(sql, *arguments))
    return rows


async def release_connection(session: AsyncSession) -> None:
    """End a transaction that has only read, so that its connection serves others during slow work.

    What was loaded stays readable; the next statement begins a transaction of its own.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("only a transaction that has changed nothing can be let go of")
    await session.commit()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, down to the driver's own."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE that PostgreSQL gave, or '' when the trouble began before it answered."""
    answers = (cause for cause in _chain(error) if isinstance(cause, PostgresError))
    return next((answer.sqlstate or "" for answer in answers), "")


def is_passing(error: BaseException) -> bool:
    """Say whether the trouble is likely to be over when the caller tries again."""
    if isinstance(error, PoolTimeoutError | InterfaceError | InternalClientError | OSError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error).startswith(_PASSING)


def violated_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint or unique index that refused a row, or ''."""
    names = (getattr(cause, "constraint_name", None) for cause in _chain(error))
    return next((str(name) for name in names if name), "")


@asynccontextmanager
async def apart(sessions: Sessions, like: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Open a short transaction of its own, for what must stay when the other one is refused.

    It knows where its work comes from, as `like` does. That one must hold nothing uncommitted.
    """
    async with sessions.begin() as session:
        mark(session, provenance_of(like))
        yield session
