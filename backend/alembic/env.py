"""How migrations run: one at a time, and never waiting long for a lock.

Every migrator takes the same advisory lock first: several may start at once, and one does the work.
Each statement waits at most `LOCK_TIMEOUT` for its table, because whatever queues behind a waiting
`ALTER TABLE` waits as well, reads included; when it gives up, the whole run is tried again.
"""

import asyncio
import time

import structlog
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core.config import Settings
from app.core.db import DEADLOCK, LOCK_NOT_AVAILABLE, sqlstate
from app.core.logging import configure_logging
from app.models import Base

ADVISORY_LOCK = 4_251_539  # any number that nothing else here uses
LOCK_TIMEOUT = "2s"
ATTEMPTS = 10
PAUSE_SECONDS = 1.0
PASSING = (LOCK_NOT_AVAILABLE, DEADLOCK)

log = structlog.stdlib.get_logger("galley.migrations")


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the queue's tables out of comparisons: they are pgqueuer's, and have no models."""
    return not (kind == "table" and (name or "").startswith("pgqueuer"))


OPTIONS = {
    "target_metadata": Base.metadata,
    "compare_type": True,
    "compare_server_default": True,
    "transaction_per_migration": True,
    "include_name": _is_ours,
}


def run_offline() -> None:
    """Write the SQL instead of running it (`alembic upgrade head --sql`)."""
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    context.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    with context.begin_transaction():
        context.run_migrations()


def _wait_for_turn(connection: Connection) -> None:
    """Take the advisory lock, which ends with the connection.

    It asks again and again: a session that waits inside a statement holds a snapshot, and
    `CREATE INDEX CONCURRENTLY`, run by whoever has the lock, would wait for that in turn.
    """
    attempt = text("SELECT pg_try_advisory_lock(:key)")
    while not connection.scalar(attempt, {"key": ADVISORY_LOCK}):
        connection.rollback()
        log.info("another migration is running, waiting for it")
        time.sleep(PAUSE_SECONDS)


def _migrate(connection: Connection) -> None:
    _wait_for_turn(connection)
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


async def run_online(settings: Settings) -> None:
    """Connect and migrate, again after a pause for as long as another transaction is in the way."""
    engine = create_async_engine(settings.database_url, poolclass=NullPool)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_migrate)
        except DBAPIError as error:
            if sqlstate(error) not in PASSING or attempt == ATTEMPTS:
                raise
            log.warning("a table is in use, trying again", attempt=attempt)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def main() -> None:
    """Run the migrations as Alembic was asked to."""
    if context.is_offline_mode():
        run_offline()
        return
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    settings = Settings.load_or_exit()
    configure_logging(settings.log_level, settings.log_format)
    asyncio.run(run_online(settings))


main()
