"""Doing one job: in one transaction, marked as finished in it, so that it happens once.

A worker may be killed at any moment. Before the commit nothing has happened; after it the mark is
there, and whoever takes the job over finds the work done.
"""

import asyncio
import random
import time
import traceback
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.provenance import Provenance, mark
from app.core.services import Services
from app.jobs.tasks import GiveUpError, Handler, Job, Task, Tasks
from app.models import FinishedJob

LONGEST_REASON = 300
LONGEST_PAUSE = timedelta(hours=1)

_APP = Path(__file__).parents[1]

# A handler that waits for a mail server leaves its transaction idle for longer than a request may.
# The second column says whether the newest entries of the job's log are nothing but pick-ups:
# whoever does this job dies of it.
_BEGIN = text("""
    SELECT set_config('idle_in_transaction_session_timeout', :patience, true),
        (SELECT count(*) FILTER (WHERE status = 'picked') FROM (
            SELECT status FROM pgqueuer_log WHERE job_id = :id
            ORDER BY created DESC, id DESC LIMIT :limit
        ) AS newest) AS picked
""")

log = structlog.stdlib.get_logger("galley.jobs")


@dataclass(frozen=True, slots=True)
class Order:
    """A job as the queue hands it out."""

    id: int
    name: str
    payload: bytes
    attempt: int


class Ending(StrEnum):
    """What becomes of a job."""

    DONE = "done"
    DONE_BEFORE = "done before"
    TO_RETRY = "to be retried"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt has ended: the pause until the next one, and what went wrong."""

    ending: Ending
    pause: timedelta = timedelta(0)
    reason: str = ""


class Performer:
    """Does jobs, one call each; knows nothing of how they are handed out."""

    def __init__(self, services: Services, tasks: Tasks) -> None:
        """Take the process's parts and the handlers."""
        self._services = services
        self._tasks = tasks

    async def perform(self, order: Order) -> Outcome:
        """Do a job, and log in one line what became of it; never raise for what a handler does.

        Only a cancellation comes through: nothing has happened then.
        """
        began = time.perf_counter()
        facts = {"task": order.name, "job_id": order.id, "attempt": order.attempt}
        with structlog.contextvars.bound_contextvars(request_id=_request_id(order)):
            outcome, error = await self._attempt(order)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            # The message of an error may repeat what the job was told; its place does not.
            if error is not None:
                facts |= {"error": type(error).__name__, "where": _place(error)}
            write = log.error if outcome.ending is Ending.GIVEN_UP else log.info
            write("job", **facts, milliseconds=milliseconds, outcome=outcome.ending.value)
        return outcome

    async def _attempt(self, order: Order) -> tuple[Outcome, Exception | None]:
        task, handler = self._tasks.handlers[order.name]
        try:
            payload = task.payload.model_validate_json(order.payload)
        except ValidationError as error:
            return Outcome(Ending.GIVEN_UP, reason=_words(error)), error
        try:
            async with asyncio.timeout(task.time_limit.total_seconds()):
                is_new = await self._do(order, task, payload, handler)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is that job's trouble
            is_hopeless = isinstance(error, GiveUpError) or order.attempt >= task.attempts
            if is_hopeless:
                return Outcome(Ending.GIVEN_UP, reason=_words(error)), error
            return Outcome(Ending.TO_RETRY, _pause(task, order.attempt), _words(error)), error
        return Outcome(Ending.DONE if is_new else Ending.DONE_BEFORE), None

    async def _do(
        self, order: Order, task: Task[BaseModel], payload: BaseModel, handler: Handler
    ) -> bool:
        """Do the work in a transaction; return False when it was done already."""
        at = self._services.clock()
        async with self._services.sessions.begin() as session:
            mark(session, Provenance(request_id=_request_id(order)))
            await self._begin(session, order, task)
            finished = insert(FinishedJob).values(job_id=order.id, finished_at=at)
            first = finished.on_conflict_do_nothing().returning(FinishedJob.job_id)
            if await session.scalar(first) is None:
                return False
            await handler(payload, Job(order.id, order.attempt, at, session, self._services))
        return True

    async def _begin(self, session: AsyncSession, order: Order, task: Task[BaseModel]) -> None:
        """Allow the transaction its time; raise GiveUpError for a job that kills its workers."""
        patience = f"{task.time_limit.total_seconds() + 5:.0f}s"
        values = {"patience": patience, "id": order.id, "limit": task.attempts + 1}
        began = (await session.execute(_BEGIN, values)).one()
        if began.picked > task.attempts:
            raise GiveUpError(f"its worker died {task.attempts} times in the middle of it")


def _request_id(order: Order) -> str:
    return f"job-{order.id}"


def _pause(task: Task[BaseModel], attempt: int) -> timedelta:
    """Return how long to wait, spread so that what failed together is not tried together."""
    pause: timedelta = min(task.pause * 3 ** min(attempt - 1, 10), LONGEST_PAUSE)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def _words(error: Exception) -> str:
    """Return the error's type and the first line of its message, without any input."""
    words = str(error)
    if isinstance(error, ValidationError):
        problem = error.errors(include_input=False, include_url=False)[0]
        words = f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return f"{type(error).__name__}: {words.partition(chr(10))[0]}"[:LONGEST_REASON]


def _place(error: Exception) -> str:
    """Return the last line of our own code that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _APP in Path(frame.filename).parents]
    return f"{Path(own[-1].filename).relative_to(_APP)}:{own[-1].lineno}" if own else ""
