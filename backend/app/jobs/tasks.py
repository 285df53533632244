"""Tasks: what can be asked of a worker, and the handlers that do it.

A feature declares a `Task` in its `schemas.py`, its service enqueues it, and its `tasks.py` handles
it. The work of a job is one transaction, done once: the job is marked as finished in it. What a
handler does outside the database (a mail, a request) may happen twice, when a worker is killed
between that and the end of the transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services


class Nothing(BaseModel):
    """What a task is told that needs no telling."""


class GiveUpError(Exception):
    """Raised by a handler when trying again is of no use: the job is put aside for an operator."""


TIME_LIMIT = timedelta(seconds=60)

Payload = TypeVar("Payload", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Task(Generic[Payload]):
    """A kind of work: its stable name, and the shape of what it is told.

    It is tried `attempts` times. The first pause is `pause`, each further one three times as long,
    up to an hour. One attempt may take `time_limit`.
    """

    name: str
    payload: type[Payload]
    attempts: int = 8
    pause: timedelta = timedelta(seconds=10)
    time_limit: timedelta = TIME_LIMIT


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work that is being done: its transaction, its time, and the process's parts."""

    id: int
    attempt: int
    at: datetime
    session: AsyncSession
    services: Services


Handler = Callable[[Any, Job], Awaitable[None]]
Does = Callable[[Payload, Job], Awaitable[None]]
DoesPeriodically = Callable[[Job], Awaitable[None]]


class Tasks:
    """The handlers of one feature, as an APIRouter has its routes; or those of several together."""

    def __init__(self, *parts: "Tasks") -> None:
        """Begin with what others have; raise ValueError when two of them claim the same name."""
        self.handlers: dict[str, tuple[Task[Any], Handler]] = {}
        self.periodic: dict[str, str] = {}
        for part in parts:
            for task, handler in part.handlers.values():
                self._add(task, handler)
            self.periodic |= part.periodic

    def handles(self, task: Task[Payload]) -> Callable[[Does[Payload]], Does[Payload]]:
        """Take the function that does this task; it may run twice, and only one of them counts."""

        def register(handler: Does[Payload]) -> Does[Payload]:
            self._add(task, handler)
            return handler

        return register

    def every(
        self, cron: str, name: str, *, time_limit: timedelta = TIME_LIMIT
    ) -> Callable[[DoesPeriodically], DoesPeriodically]:
        """Take the function to run at these times (five fields of cron, in UTC), for so long.

        It runs as a job, once at each of them however many workers there are. While the last one
        waits or runs, the next is left out; after a standstill it runs once for all it has missed.
        """

        def register(handler: DoesPeriodically) -> DoesPeriodically:
            async def run(_: Nothing, job: Job) -> None:
                await handler(job)

            self._add(Task(name, Nothing, time_limit=time_limit), run)
            self.periodic[name] = cron
            return handler

        return register

    def _add(self, task: Task[Any], handler: Handler) -> None:
        if task.name in self.handlers:
            raise ValueError(f"two handlers for the task {task.name}")
        self.handlers[task.name] = task, handler
