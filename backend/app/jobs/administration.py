"""What an operator sees of the queue, and may do with single jobs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, NotFound

LISTED_AT_ONCE = 100
FORGOTTEN_AT_ONCE = 5_000

_LIST = text("""
    SELECT id, entrypoint, status::text, attempts, created, execute_after, execute_after > now()
        AS is_later, (
        SELECT traceback ->> 'exception_message' FROM pgqueuer_log
        WHERE job_id = pgqueuer.id AND traceback IS NOT NULL
        ORDER BY created DESC, id DESC LIMIT 1
    ) AS reason
    FROM pgqueuer ORDER BY status = 'failed' DESC, id LIMIT :limit
""")
_LOCK = text("SELECT status::text FROM pgqueuer WHERE id = :id FOR UPDATE")
_REQUEUE = text("""
    WITH requeued AS (
        UPDATE pgqueuer SET status = 'queued', execute_after = now(), updated = now(), attempts = 0
        WHERE id = :id RETURNING id, entrypoint, priority
    )
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM requeued
""")
_DELETE = text("""
    WITH deleted AS (
        DELETE FROM pgqueuer WHERE id = :id RETURNING id, entrypoint, priority
    )
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'deleted', entrypoint, priority FROM deleted
""")
# Why a job was given up is a note about it, and is needed for as long as the job is there.
_COUNT_NOTES = text("""
    SELECT count(*) FROM pgqueuer_log WHERE created < :before
    AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = pgqueuer_log.job_id)
""")
_FORGET_NOTES = text("""
    WITH gone AS (
        DELETE FROM pgqueuer_log WHERE id IN (
            SELECT id FROM pgqueuer_log WHERE created < :before
            AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = pgqueuer_log.job_id)
            ORDER BY created LIMIT :limit FOR UPDATE SKIP LOCKED
        ) RETURNING id
    )
    SELECT count(*) FROM gone
""")
_COUNT_GIVEN_UP = text(
    "SELECT count(*) FROM pgqueuer WHERE status = 'failed' AND updated < :before"
)
_FORGET_GIVEN_UP = text("""
    WITH gone AS (
        DELETE FROM pgqueuer WHERE id IN (
            SELECT id FROM pgqueuer WHERE status = 'failed' AND updated < :before
            ORDER BY updated LIMIT :limit FOR UPDATE SKIP LOCKED
        ) RETURNING id
    )
    SELECT count(*) FROM gone
""")


class JobNotFound(NotFound):
    """There is no such job: it is done, or was discarded."""

    code = "job_not_found"


class JobIsBusy(Conflict):
    """The job, or another with its key, waits or runs."""

    code = "job_is_busy"


class State(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    LATER = "waiting for its time"
    UNKNOWN = "waiting for a release that knows its task"
    RUNNING = "running"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job in the queue. What it was told is not shown."""

    id: int
    task: str
    state: State
    attempts: int
    added_at: datetime
    due_at: datetime
    reason: str


class JobAdministration:
    """Looks at jobs and decides about them, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the command."""
        self._session = session

    async def list(self, known: Collection[str]) -> list[Entry]:
        """Return some jobs, those first that were given up; `known` are the tasks of this release.

        A job of an unknown task is one of another release: it waits until a worker knows it.
        """
        rows = await self._session.execute(_LIST, {"limit": LISTED_AT_ONCE})
        return [_entry(row, known) for row in rows.mappings()]

    async def retry(self, job_id: int) -> None:
        """Have a job that was given up tried again, as often as a new one.

        Raise JobNotFound, or JobIsBusy when it was not given up or another with its key waits.
        """
        if await self._lock(job_id) != "failed":
            raise JobIsBusy(f"Job {job_id} was not given up")
        try:
            await self._session.execute(_REQUEUE, {"id": job_id})
        except IntegrityError as error:
            raise JobIsBusy(f"A newer job does the same as job {job_id}") from error

    async def discard(self, job_id: int) -> None:
        """Delete a job that nobody is doing; raise JobNotFound or JobIsBusy."""
        if await self._lock(job_id) == "picked":
            raise JobIsBusy(f"Job {job_id} is being done just now")
        await self._session.execute(_DELETE, {"id": job_id})

    async def count_given_up(self, before: datetime) -> int:
        """Return how many jobs were given up before then."""
        return await self._session.scalar(_COUNT_GIVEN_UP, {"before": before}) or 0

    async def forget_given_up(self, before: datetime) -> int:
        """Delete some of these; return how many."""
        values = {"before": before, "limit": FORGOTTEN_AT_ONCE}
        return await self._session.scalar(_FORGET_GIVEN_UP, values) or 0

    async def count_notes(self, before: datetime) -> int:
        """Return how many older entries the queue's log has about jobs that are gone."""
        return await self._session.scalar(_COUNT_NOTES, {"before": before}) or 0

    async def forget_notes(self, before: datetime) -> int:
        """Delete some of these; return how many."""
        values = {"before": before, "limit": FORGOTTEN_AT_ONCE}
        return await self._session.scalar(_FORGET_NOTES, values) or 0

    async def _lock(self, job_id: int) -> str:
        status: str | None = await self._session.scalar(_LOCK, {"id": job_id})
        if status is None:
            raise JobNotFound(f"There is no job {job_id} in the queue")
        return status


def _entry(row: RowMapping, known: Collection[str]) -> Entry:
    return Entry(
        id=row["id"],
        task=row["entrypoint"],
        state=_state(row, known),
        attempts=row["attempts"] + (row["status"] != "queued"),
        added_at=row["created"],
        due_at=row["execute_after"],
        reason=row["reason"] or "",
    )


def _state(row: RowMapping, known: Collection[str]) -> State:
    if row["status"] == "failed":
        return State.GIVEN_UP
    if row["status"] == "picked":
        return State.RUNNING
    if row["entrypoint"] not in known:
        return State.UNKNOWN
    return State.LATER if row["is_later"] else State.WAITING
