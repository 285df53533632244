"""Invitations: accounts offered to whoever reads the mail of an address, once."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import release_connection
from app.core.errors import Rejected, Unauthenticated
from app.core.paging import Page, Slice
from app.core.passwords import PasswordHasher
from app.core.policy import Role
from app.core.provenance import mark_account
from app.core.tokens import Purpose, TokenSigner
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import EmailTaken
from app.features.auth.service import AuthService, hash_password
from app.features.invitations import rules
from app.features.invitations.errors import (
    AlreadyInvited,
    InvitationInvalid,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
    TooManyInvitations,
)
from app.features.invitations.repository import InvitationRepository
from app.features.invitations.schemas import SEND, InvitationAccept, InvitationCreate, Sending
from app.features.mail.schemas import Mail
from app.features.site.service import SiteService
from app.features.users.schemas import UserCreate
from app.features.users.service import UserService
from app.jobs.queue import enqueue
from app.models import Invitation, User

DAY = timedelta(days=1)


class InvitationService:
    """The rules of invitations, over one session."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and how long invitations are good."""
        self._session = session
        self._settings = settings
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
        self._invitations = InvitationRepository(session)

    async def invite(self, new: InvitationCreate, *, inviter: User, at: datetime) -> Invitation:
        """Invite somebody by mail; an earlier invitation of the same address ends.

        Raises MayNotInvite, RoleAboveOwn, EmailTaken, AlreadyInvited or TooManyInvitations.
        """
        rules.check_role(inviter, new.role)
        await self._invitations.take_turn()
        await self._replace(new.email, inviter, at)
        if await self._accounts.email_taken(new.email):
            raise EmailTaken
        if await self._invitations.count_open(inviter.id, at) >= rules.MOST_OPEN:
            raise TooManyInvitations(
                f"{rules.MOST_OPEN} of your invitations are open; wait for answers or revoke some"
            )
        invitation = Invitation(
            email=new.email,
            role=new.role,
            inviter=inviter,
            created_at=at,
            expires_at=at + timedelta(days=self._settings.invitation_days),
        )
        await self._invitations.save(invitation)
        self._audit.record(Event.INVITATION_MADE, at=at, invitation_id=invitation.id, role=new.role)
        await enqueue(self._session, SEND, Sending(invitation_id=invitation.id))
        return invitation

    async def page(self, page: Page, *, reader: User) -> Slice[Invitation]:
        """Return one's own invitations, or everybody's for administrators; raise MayNotInvite."""
        rules.check_may_invite(reader)
        inviter_id = None if rules.sees_all(reader) else reader.id
        return await self._invitations.page(page, inviter_id=inviter_id)

    async def read(self, invitation_id: int, *, reader: User) -> Invitation:
        """Return one of those that the reader sees; raise MayNotInvite or InvitationNotFound."""
        return _seen(await self._invitations.get(invitation_id), reader)

    async def revoke(self, invitation_id: int, *, user: User, at: datetime) -> None:
        """Take an invitation back; raise MayNotInvite, InvitationNotFound or InvitationUsed."""
        invitation = _seen(await self._invitations.lock(invitation_id), user)
        if invitation.accepted_at is not None:
            raise InvitationUsed("This invitation has been accepted; administer the account")
        await self._revoke(invitation, at)

    async def accept(
        self,
        wanted: InvitationAccept,
        *,
        tokens: TokenSigner,
        passwords: PasswordHasher,
        at: datetime,
    ) -> User:
        """Make the account that an invitation offers, whether or not registration is open.

        Its address is proven by that. Raises InvitationInvalid, InvitationRevoked, InvitationUsed,
        EmailTaken, UsernameTaken or WeakPassword.
        """
        invitation_id = _id_in(wanted.token, tokens, at)
        email = _open(await self._invitations.get(invitation_id), at).email
        await release_connection(self._session)
        new = UserCreate(email=email, **wanted.account())
        password_hash = await hash_password(
            new.password, email=email, username=new.username, passwords=passwords
        )
        # Meanwhile it may have been accepted by somebody faster, or taken back.
        invitation = _open(await self._invitations.lock(invitation_id), at)
        user = await UserService(self._session).register(
            new, password_hash=password_hash, role=Role(invitation.role), at=at
        )
        await self._note_acceptance(invitation, user, at)
        return user

    async def letter(self, invitation_id: int, *, tokens: TokenSigner, at: datetime) -> Mail | None:
        """Return what is to be mailed to whoever is invited, unless it is too late for that."""
        invitation = await self._invitations.get(invitation_id)
        try:
            invitation = _open(invitation, at)
        except Rejected:
            return None
        left = invitation.expires_at - at
        token = tokens.issue_link(Purpose.INVITATION, invitation.id, at, left)
        site = await SiteService(self._session, self._settings).read()
        days = ceil(left / DAY)
        return rules.letter(invitation, token, site=site, settings=self._settings, days=days)

    async def _replace(self, email: str, inviter: User, at: datetime) -> None:
        """Take back what this address was offered before, unless that is not the inviter's."""
        pending = await self._invitations.lock_pending(email)
        if pending is None:
            return
        if pending.expires_at > at and not rules.may_revoke(inviter, pending):
            raise AlreadyInvited
        await self._revoke(pending, at)

    async def _revoke(self, invitation: Invitation, at: datetime) -> None:
        await self._invitations.delete(invitation)
        self._audit.record(Event.INVITATION_REVOKED, at=at, invitation_id=invitation.id)

    async def _note_acceptance(self, invitation: Invitation, user: User, at: datetime) -> None:
        user.email_verified_at = at
        invitation.accepted_at, invitation.account_id = at, user.id
        await self._invitations.save(invitation)
        mark_account(self._session, user.id)
        self._audit.record(
            Event.INVITATION_ACCEPTED,
            at=at,
            subject_id=user.id,
            invitation_id=invitation.id,
            inviter_id=invitation.inviter_id,
            role=invitation.role,
        )


def _open(invitation: Invitation | None, at: datetime) -> Invitation:
    """Return an invitation that can be accepted now."""
    if invitation is None:
        raise InvitationRevoked
    if invitation.accepted_at is not None:
        raise InvitationUsed
    if invitation.expires_at <= at:
        raise InvitationInvalid
    inviter = invitation.inviter
    if not inviter.is_active or not rules.may_invite_as(inviter, Role(invitation.role)):
        raise InvitationRevoked
    return invitation


def _seen(invitation: Invitation | None, reader: User) -> Invitation:
    """Return an invitation, if it is there for this person."""
    rules.check_may_invite(reader)
    if invitation is None or not rules.may_revoke(reader, invitation):
        raise InvitationNotFound
    return invitation


def _id_in(token: str, tokens: TokenSigner, at: datetime) -> int:
    try:
        return tokens.read_link(Purpose.INVITATION, token, at)
    except Unauthenticated:
        raise InvitationInvalid from None
