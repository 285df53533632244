"""The queue's own notes in the database, kept so that no job is ever lost."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QuerySchedulerBuilder
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from typing_extensions import override

from app.core.db import DATABASE_ERRORS
from app.jobs.names import CHANNEL, NAMES, OBJECTS, STATEMENTS

log = structlog.stdlib.get_logger("galley.jobs")


class Ledger(Queries):
    """Notes what becomes of jobs; a job whose end cannot be noted is taken over by its lease."""

    def __init__(self, driver: AsyncpgDriver, on_contact: Callable[[], None]) -> None:
        """Take a connection, and what to call whenever the queue has answered."""
        super().__init__(driver, OBJECTS, STATEMENTS, QuerySchedulerBuilder(NAMES))
        self._on_contact = on_contact

    @override
    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId | UUID,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        """Hand out jobs that are due, and those whose lease has run out."""
        jobs = await super().dequeue(
            batch_size,
            entrypoints,
            QueueManagerId(queue_manager_id),
            global_concurrency_limit,
            heartbeat_timeout,
        )
        self._on_contact()
        return jobs

    @override
    async def log_jobs(
        self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]
    ) -> None:
        """Note how jobs have ended, save those that were broken off: they would be deleted."""
        ended = [entry for entry in job_status if entry[1] != "canceled"]
        if ended:
            await super().log_jobs(ended)

    @override
    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Put a job back; raise nothing, because the job would be given up for it."""
        try:
            await super().retry_job(job, delay, traceback_record)
        except DATABASE_ERRORS as error:
            log.warning("a job is left to its lease", job_id=job.id, error=type(error).__name__)


class Manager(QueueManager):
    """pgqueuer's loop over a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Take what it notes things in."""
        super().__init__(ledger, channel=CHANNEL)

    @override
    async def verify_structure(self) -> None:
        """Trust the migrations, which a test compares with what pgqueuer expects."""
