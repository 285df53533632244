"""The schedule: periodic tasks become jobs, once at each of their times.

pgqueuer's table says when each is due. Its own scheduler is not used, because it would leave one
that a killed worker was at alone for half a minute. Here, finding that a task is due, adding a job
and noting its next time are one transaction: several workers may look, and one adds the job.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from croniter import croniter
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import DATABASE_ERRORS, Sessions
from app.jobs.queue import enqueue
from app.jobs.tasks import Nothing, Tasks

LONGEST_PAUSE = timedelta(seconds=30)

_NOW = text("SELECT now()")
_NOTE = text("""
    INSERT INTO pgqueuer_schedules (entrypoint, expression, next_run)
    VALUES (:name, :cron, :next) ON CONFLICT (expression, entrypoint) DO NOTHING
""")
_FORGET = text("""
    DELETE FROM pgqueuer_schedules WHERE entrypoint = :name AND expression <> :cron
""")
_DUE = text("""
    SELECT id, entrypoint, expression, next_run FROM pgqueuer_schedules
    WHERE entrypoint = ANY(:names) AND next_run <= now() FOR UPDATE SKIP LOCKED
""").bindparams(bindparam("names", type_=ARRAY(TEXT)))
_ADVANCE = text("""
    UPDATE pgqueuer_schedules SET next_run = :next, last_run = now(), updated = now()
    WHERE id = :id
""")
_NEXT = text("""
    SELECT min(next_run) - now() FROM pgqueuer_schedules WHERE entrypoint = ANY(:names)
""").bindparams(bindparam("names", type_=ARRAY(TEXT)))

log = structlog.stdlib.get_logger("galley.jobs")


class Schedule:
    """Looks after the periodic ones of some tasks. All times are the database's."""

    def __init__(self, sessions: Sessions, tasks: Tasks) -> None:
        """Take the way to the database, and the tasks."""
        self._sessions = sessions
        self._tasks = tasks
        self._names = sorted(tasks.periodic)

    async def keep(self) -> None:
        """Add jobs when they are due, for ever."""
        is_noted = False
        while True:
            pause = LONGEST_PAUSE
            try:
                if not is_noted:
                    await self.note()
                    is_noted = True
                pause = await self.look()
            except DATABASE_ERRORS as error:
                log.warning("the schedule is out of reach", error=type(error).__name__)
            await asyncio.sleep(pause.total_seconds())

    async def note(self) -> None:
        """Write down when the tasks are due for the first time, unless that is known."""
        async with self._sessions.begin() as session:
            now = await session.scalar(_NOW)
            for name, cron in self._tasks.periodic.items():
                await session.execute(_FORGET, {"name": name, "cron": cron})
                values = {"name": name, "cron": cron, "next": _following(cron, now)}
                await session.execute(_NOTE, values)

    async def look(self) -> timedelta:
        """Add a job for each task that is due; return how long to wait before looking again."""
        async with self._sessions.begin() as session:
            await self._add(session)
            pause: timedelta | None = await session.scalar(_NEXT, {"names": self._names})
        if pause is None:
            return LONGEST_PAUSE
        # A little later than the time, so that the next look does not come a moment early.
        return min(max(pause, timedelta(0)) + timedelta(milliseconds=50), LONGEST_PAUSE)

    async def _add(self, session: AsyncSession) -> None:
        now = await session.scalar(_NOW)
        for due in (await session.execute(_DUE, {"names": self._names})).all():
            task, _ = self._tasks.handlers[due.entrypoint]
            # What another release has left behind may have another rhythm: ours is the one to keep.
            following = _following(due.expression, max(now, due.next_run))
            await session.execute(_ADVANCE, {"id": due.id, "next": following})
            await enqueue(session, task, Nothing(), key=task.name)


def _following(cron: str, moment: datetime) -> datetime:
    """Return the first time after a moment that a line of cron (in UTC) means."""
    following: datetime = croniter(cron, moment.astimezone(UTC)).get_next(datetime)
    return following
