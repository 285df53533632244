"""Invitations in the background."""

from app.features.invitations.schemas import SEND, Sending
from app.features.invitations.service import InvitationService
from app.features.mail.service import deliver
from app.jobs.tasks import Job, Tasks

tasks = Tasks()


@tasks.handles(SEND)
async def send(message: Sending, job: Job) -> None:
    """Mail one invitation, unless it has been revoked meanwhile. The token is made only here."""
    services = job.services
    invitations = InvitationService(job.session, services.settings)
    mail = await invitations.letter(message.invitation_id, tokens=services.tokens, at=job.at)
    if mail is not None:
        await deliver(mail, settings=services.settings, at=job.at)
