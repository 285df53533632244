"""Mail in the background."""

from app.features.mail.schemas import SEND, Mail
from app.features.mail.service import deliver
from app.jobs.tasks import Job, Tasks

tasks = Tasks()


@tasks.handles(SEND)
async def send(mail: Mail, job: Job) -> None:
    """Send one message. Sent twice, it is the same one: by its Message-ID, or its file."""
    await deliver(mail, settings=job.services.settings, at=job.at)
