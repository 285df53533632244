"""The worker: takes jobs from the queue and has them done, until it is told to stop.

It has one connection of its own to the queue. When that breaks, it connects again, and the jobs
whose end it could not note are taken up when their lease has run out. A lease is renewed at half of
its time. The others look for leases of killed workers now and then: `LEASE` and `LOOK_EVERY` are
together the longest that a job waits for somebody to go on with it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from typing_extensions import override

from app.core.config import Settings
from app.core.db import CONNECT_SECONDS, DATABASE_ERRORS, PLANNING
from app.core.services import Services
from app.jobs.ledger import Ledger, Manager
from app.jobs.performer import Ending, Order, Outcome, Performer
from app.jobs.schedule import Schedule
from app.jobs.tasks import Tasks

LEASE = timedelta(seconds=6)
LOOK_EVERY = timedelta(seconds=2)
LOOK_AGAIN = timedelta(seconds=0.02)
STATEMENT_SECONDS = 10.0
GRACE_SECONDS = 20.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
NO_STATISTICS = timedelta(0)

log = structlog.stdlib.get_logger("galley.jobs")


class GivenUpError(Exception):
    """Tells pgqueuer to put a job aside; the message is what an operator reads about it."""


class _OurOwn(logging.Filter):
    """Keeps back what pgqueuer says about errors that are only our way of telling it something."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], GivenUpError))


class Worker:
    """Does jobs, several at a time."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        *,
        on_contact: Callable[[], None] = lambda: None,
        look_every: timedelta = LOOK_EVERY,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """Take the process's parts, the handlers, and what to call when the queue has answered."""
        self._look_every = look_every
        self._settings = services.settings
        self._tasks = tasks
        self._performer = Performer(services, tasks)
        self._schedule = Schedule(services.sessions, tasks)
        self._on_contact = on_contact
        self._grace_seconds = grace_seconds
        self._manager: Manager | None = None
        self._running: set[asyncio.Task[Outcome]] = set()
        self._stopping = asyncio.Event()
        self._pause = SHORTEST_PAUSE

    async def run(self) -> None:
        """Work until `stop` is called; return when the jobs at hand are done or handed back."""
        _quieten_pgqueuer()
        log.info("worker started", tasks=len(self._tasks.handlers))
        async with asyncio.TaskGroup() as group:
            schedule = group.create_task(self._schedule.keep())
            while not self._stopping.is_set():
                await self._serve()
            schedule.cancel()
        log.info("worker stopped")

    def stop(self) -> None:
        """Take no more jobs, and hand back those that are not done within the grace time."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()
        asyncio.get_running_loop().call_later(self._grace_seconds, self._hand_back)

    def _hand_back(self) -> None:
        for work in self._running:
            work.cancel()

    async def _serve(self) -> None:
        """Work for as long as the connection to the queue holds; then wait a moment."""
        try:
            async with _connection(self._settings) as connection:
                ledger = Ledger(AsyncpgDriver(connection), self._contact)
                await self._manage(Manager(ledger))
        except (*DATABASE_ERRORS, FailingListenerError) as error:
            log.warning("the queue is out of reach", error=type(error).__name__, wait=self._pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _manage(self, manager: Manager) -> None:
        manager.min_dequeue_poll_interval = LOOK_AGAIN
        for name in self._tasks.handlers:
            register = manager.entrypoint(name, on_failure="hold", accepts_context=False)
            register(self._execute)
        self._manager = manager
        if self._stopping.is_set():
            return
        batch = max(1, self._settings.worker_concurrency // 2)
        await manager.run(
            dequeue_timeout=self._look_every,
            batch_size=batch,
            max_concurrent_tasks=max(self._settings.worker_concurrency, 2 * batch),
            shutdown_on_listener_failure=True,
            heartbeat_timeout=LEASE,
            log_aggregation_interval=NO_STATISTICS,
        )

    def _contact(self) -> None:
        self._pause = SHORTEST_PAUSE
        self._on_contact()

    async def _execute(self, job: QueuedJob) -> None:
        """Do one job, and tell pgqueuer in its own way what is to become of it."""
        order = Order(int(job.id), str(job.entrypoint), job.payload or b"", job.attempts + 1)
        work = asyncio.create_task(self._performer.perform(order))
        self._running.add(work)
        await asyncio.wait({work})
        self._running.discard(work)
        if work.cancelled():
            log.info("job handed back", task=order.name, job_id=order.id)
            raise RetryRequested(timedelta(0), "the worker was stopped") from None
        outcome = work.result()
        if outcome.ending is Ending.TO_RETRY:
            raise RetryRequested(outcome.pause, outcome.reason) from None
        if outcome.ending is Ending.GIVEN_UP:
            raise GivenUpError(outcome.reason) from None


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Connect to the database for the queue alone: it listens there, and is listened to."""
    connection = await asyncpg.connect(
        host=settings.db_host,
        port=settings.db_port,
        database=settings.db_name,
        user=settings.db_user,
        password=settings.db_password.get_secret_value() or None,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings=PLANNING | {"application_name": "galley-worker"},
    )
    try:
        yield connection
    finally:
        # A connection that has broken cannot be closed politely.
        connection.terminate()


def _quieten_pgqueuer() -> None:
    """Have pgqueuer log only what goes wrong: each job has its line already."""
    logger = logging.getLogger("pgqueuer")
    logger.setLevel(logging.WARNING)
    if not any(isinstance(each, _OurOwn) for each in logger.filters):
        logger.addFilter(_OurOwn())
