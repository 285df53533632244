"""Asking for work, in the caller's transaction: rolled back with it, visible when it commits."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.names import STATEMENTS
from app.jobs.tasks import Payload, Task

_INSERT = STATEMENTS.build_enqueue_query("skip")
_AT_ONCE = timedelta(0)
_PRIORITY = 0


async def enqueue(
    session: AsyncSession,
    task: Task[Payload],
    payload: Payload,
    *,
    key: str | None = None,
) -> int | None:
    """Ask for a task; return the id of the job.

    While a job of the same task with the same `key` waits or runs, another is not added, and None
    is returned. A job that was given up holds its key no more.
    """
    connection = await session.connection()
    added = await connection.exec_driver_sql(
        _INSERT,
        (
            [_PRIORITY],
            [task.name],
            [payload.model_dump_json().encode()],
            [_AT_ONCE],
            [None if key is None else f"{task.name}:{key}"],
            ["null"],
        ),
    )
    job = added.first()
    return None if job is None else int(job.id)
