"""Upkeep in the background: every night, what nobody can ask for any more goes for good."""

from app.features.upkeep.schemas import LONGEST_FOLD, PURGE
from app.features.upkeep.service import UpkeepService
from app.jobs.queue import enqueue
from app.jobs.tasks import Job, Nothing, Tasks

tasks = Tasks()


@tasks.every("0 3 * * *", "upkeep.purge_nightly")
async def begin_to_purge(job: Job) -> None:
    """Begin."""
    await enqueue(job.session, PURGE, Nothing())


@tasks.every("30 3 * * *", "upkeep.fold_counts", time_limit=LONGEST_FOLD)
async def fold_counts(job: Job) -> None:
    """Add up the numbers of public articles."""
    upkeep = UpkeepService(job.session, job.services.settings, job.services.renderer)
    await upkeep.fold_counts()


@tasks.handles(PURGE)
async def purge(_: Nothing, job: Job) -> None:
    """Delete a part, and ask for the next: each is a transaction that hinders nobody."""
    upkeep = UpkeepService(job.session, job.services.settings, job.services.renderer)
    if (await upkeep.purge(at=job.at)).total():
        await enqueue(job.session, PURGE, Nothing())
