"""The pool's connections: nobody is given one that is gone.

SQLAlchemy begins a transaction with its first statement, when it is too late to take another
connection, and `pool_pre_ping` asks PostgreSQL about each one before, in three round trips. Here
the pool begins the transaction: that is one, which is needed anyway, and nothing has happened yet.
"""

import asyncio
from typing import Any

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import event
from sqlalchemy.connectors.asyncio import AsyncAdapt_Error
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

# One that has lain about for long may have been cut off somewhere on the way, silently.
ANSWER_SECONDS = 5.0

# While a connection is being made, the driver's own errors arrive as they are. The internal one is
# what it says of a connection whose end it has heard of, but not understood.
DRIVER_ERRORS = (PostgresError, InterfaceError, InternalClientError, OSError)

_USED = "galley.used"


def watch(engine: Engine) -> None:
    """Let no request get a connection that is gone; the pool makes another one in its place."""
    event.listen(engine, "checkout", _begin)


def _begin(connection: Any, entry: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401 - it has no public type
    """Begin the transaction; raise DisconnectionError where that fails, but for a new connection.

    What fails on a new one would do so on the next, so its first statement shall tell of it.
    """
    if _USED in entry.info:
        try:
            connection.run_async(lambda _: _answer(connection))
        except (AsyncAdapt_Error, OSError) as error:
            raise DisconnectionError from error
    entry.info[_USED] = True


async def _answer(connection: Any) -> None:  # noqa: ANN401 - likewise
    async with asyncio.timeout(ANSWER_SECONDS):
        await connection._start_transaction()  # noqa: SLF001 - what the first statement would do
