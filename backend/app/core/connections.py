"""The pool's connections: none is given to anybody before it has been looked at.

SQLAlchemy's `pool_pre_ping` asks PostgreSQL about each connection each time, in three round trips.
A connection that was used a moment ago is only asked whether it has heard of its own end.
"""

import time
from typing import Any

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection, Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

# A connection that has lain about for longer may have been cut off somewhere on the way, silently.
IDLE_SECONDS = 1.0
ANSWER_SECONDS = 5.0

# While a connection is being made, or looked at, the driver's own errors arrive as they are. The
# internal one is what it says of a connection whose end it has heard of, but not understood.
DRIVER_ERRORS = (PostgresError, InterfaceError, InternalClientError, OSError)

_LEFT = "galley.left"


def watch(engine: Engine) -> None:
    """Let no request get a connection that is gone; the pool makes another one in its place."""
    event.listen(engine, "checkin", _note)
    event.listen(engine, "checkout", _look_at)


def _note(_: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_LEFT] = time.monotonic()


def _look_at(connection: AdaptedConnection, entry: ConnectionPoolEntry, _: object) -> None:
    """Raise DisconnectionError for a connection that is gone; a new one has not been left yet."""
    left: float | None = entry.info.get(_LEFT)
    if left is None:
        return
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if time.monotonic() - left > IDLE_SECONDS:
        try:
            connection.run_async(_ask)
        except DRIVER_ERRORS as error:
            raise DisconnectionError from error


async def _ask(driver: Any) -> None:  # noqa: ANN401 - the driver has no types
    """Make one round trip."""
    await driver.execute("SELECT 1", timeout=ANSWER_SECONDS)
