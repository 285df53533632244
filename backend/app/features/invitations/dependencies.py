"""What the router of invitations asks for."""

from typing import Annotated

from fastapi import Depends, Path

from app.core.text import MAX_BIGINT
from app.features.auth.dependencies import Manager
from app.features.invitations.schemas import InvitationCreate
from app.features.invitations.service import InvitationService
from app.features.limits.dependencies import Limits
from app.features.limits.rules import Charge, email_subject, mails_to_address
from app.web.session import DbSession, Parts

InvitationId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[5])]


async def _invitation_service(session: DbSession, parts: Parts) -> InvitationService:
    return InvitationService(session, parts.settings)


async def _limited_invitation(
    new: InvitationCreate, _: Manager, limits: Limits
) -> InvitationCreate:
    """Count whose mailbox it fills."""
    await limits.spend(Charge(mails_to_address(limits.settings), email_subject(new.email)))
    return new


LimitedInvitation = Annotated[InvitationCreate, Depends(_limited_invitation)]
Invitations = Annotated[InvitationService, Depends(_invitation_service)]
