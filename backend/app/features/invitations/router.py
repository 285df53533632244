"""Invitations: sending, listing, revoking and accepting them."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import Manager
from app.features.invitations.dependencies import (
    InvitationId,
    Invitations,
    LimitedInvitation,
)
from app.features.invitations.schemas import InvitationAccept, InvitationRead
from app.features.users.schemas import UserRead
from app.web.conditional import strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/invitations", tags=["users"], route_class=Route)


@router.post(
    "",
    status_code=201,
    summary="Invite somebody",
    operation_id="invitations_create",
    responses=describe(400, 401, 403, 409),
)
async def create_invitation(
    new: LimitedInvitation,
    host: Manager,
    response: Response,
    invitations: Invitations,
    now: Now,
    _: IdempotencyKey,
) -> InvitationRead:
    """Offer somebody an account with a role, one's own at the most, by mail.

    It is good for INVITATION_DAYS, and whatever REGISTRATION says. Another one for the same
    address replaces it.
    """
    invitation = await invitations.invite(new, inviter=host, at=now)
    response.headers["Location"] = f"{PREFIX}/invitations/{invitation.id}"
    return InvitationRead.model_validate(invitation)


@router.get(
    "",
    summary="List invitations",
    operation_id="invitations_list",
    responses=describe(401, 403),
)
async def list_invitations(
    host: Manager, invitations: Invitations, page: PageParams, links: PageLinks
) -> list[InvitationRead]:
    """List the invitations that you have sent, newest first; for administrators, everybody's.

    What has been revoked is not listed. Invitations go, with their address, 30 days after they have
    expired.
    """
    found = await invitations.page(page, reader=host)
    links.to(found)
    return [InvitationRead.model_validate(each) for each in found.items]


@router.post(
    "/accept",
    status_code=201,
    summary="Accept an invitation",
    operation_id="invitations_accept",
    responses=describe(400),
)
async def accept_invitation(
    wanted: InvitationAccept, response: Response, invitations: Invitations, parts: Parts, now: Now
) -> UserRead:
    """Make the account that an invitation offers, with its address, which is proven by this.

    The token works once, so there is no need for an Idempotency-Key.
    """
    user = await invitations.accept(wanted, tokens=parts.tokens, passwords=parts.passwords, at=now)
    response.headers["Location"] = f"{PREFIX}/users/{user.id}"
    response.headers["ETag"] = strong_etag(user.id, user.version)
    return UserRead.model_validate(user)


@router.get(
    "/{invitation_id}",
    summary="Read an invitation",
    operation_id="invitations_read",
    responses=describe(401, 403, 404),
)
async def read_invitation(
    invitation_id: InvitationId, host: Manager, invitations: Invitations
) -> InvitationRead:
    """Answer with one invitation: whether it has been accepted, and until when it is good."""
    found = await invitations.read(invitation_id, reader=host)
    return InvitationRead.model_validate(found)


@router.delete(
    "/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    operation_id="invitations_delete",
    responses=describe(400, 401, 403, 404),
)
async def delete_invitation(
    invitation_id: InvitationId, host: Manager, invitations: Invitations, now: Now
) -> None:
    """Take an invitation back at once, unless it has been accepted."""
    await invitations.revoke(invitation_id, user=host, at=now)
