"""Links by mail, in the background."""

from app.features.mail.service import deliver
from app.features.verification.schemas import SEARCH, SEND, Search, Sending
from app.features.verification.service import VerificationService
from app.jobs.tasks import Job, Tasks

tasks = Tasks()


@tasks.handles(SEND)
async def send(sending: Sending, job: Job) -> None:
    """Mail one link, unless it is no good any more. Its token exists nowhere but in that mail."""
    services = job.services
    verification = VerificationService(job.session, services.settings)
    mail = await verification.letter(sending.proof_id, tokens=services.tokens, at=job.at)
    if mail is not None:
        await deliver(mail, settings=services.settings, at=job.at)


@tasks.handles(SEARCH)
async def search(wanted: Search, job: Job) -> None:
    """Look for the account that somebody without a sign-in has named."""
    await VerificationService(job.session, job.services.settings).search(wanted, at=job.at)
