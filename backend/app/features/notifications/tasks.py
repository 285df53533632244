"""Digests by mail, in the background: in the morning (UTC), what was not read yet."""

from app.features.notifications.schemas import DIGEST, DIGESTS, Digest, Digests
from app.features.notifications.service import DigestService
from app.jobs.tasks import Job, Tasks

tasks = Tasks()


@tasks.every("0 7 * * *", "notifications.digest")
async def begin_digests(job: Job) -> None:
    """Begin with the first accounts."""
    await _digests(job).ask(Digests(day=job.at.date()), at=job.at)


@tasks.handles(DIGESTS)
async def ask_for_digests(wanted: Digests, job: Job) -> None:
    """Go on with the next accounts."""
    await _digests(job).ask(wanted, at=job.at)


@tasks.handles(DIGEST)
async def send_digest(digest: Digest, job: Job) -> None:
    """Send one account its digest; the mail leaves only if what it tells is marked as mailed."""
    await _digests(job).send(digest, at=job.at)


def _digests(job: Job) -> DigestService:
    return DigestService(job.session, job.services.settings)
