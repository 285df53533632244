"""The queries for invitations."""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.core.paging import Order, Page, Slice, fetch_slice
from app.models import Invitation

_NEWEST: Order[Invitation] = Order(
    "newest",
    Invitation.created_at.expression,
    Invitation.id.expression,
    lambda invitation: (invitation.created_at, invitation.id),
)


class InvitationRepository:
    """Reads and writes invitations, each with whoever sent it."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def take_turn(self) -> None:
        """Be the only one who invites until the commit: what was counted and found stays true."""
        turn = func.pg_advisory_xact_lock(func.hashtextextended("an invitation is made", 0))
        await self._session.execute(select(turn))

    async def page(self, page: Page, *, inviter_id: int | None) -> Slice[Invitation]:
        """Return invitations, newest first: those of one person, or everybody's."""
        query = _whole()
        if inviter_id is not None:
            query = query.where(Invitation.inviter_id == inviter_id)
        return await fetch_slice(self._session, query, _NEWEST, page)

    async def get(self, invitation_id: int) -> Invitation | None:
        """Return the invitation with this id, as it is now."""
        return await self._fresh(_whole().where(Invitation.id == invitation_id))

    async def lock(self, invitation_id: int) -> Invitation | None:
        """Return the same, and keep others from accepting or revoking it until the commit."""
        return await self._locked(_whole().where(Invitation.id == invitation_id))

    async def lock_pending(self, email: str) -> Invitation | None:
        """Return, and lock, the invitation of an address that has not been accepted."""
        same = func.lower(Invitation.email) == func.lower(email)
        return await self._locked(_whole().where(same, Invitation.accepted_at.is_(None)))

    async def count_open(self, inviter_id: int, at: datetime) -> int:
        """Return how many of somebody's invitations wait for an answer."""
        is_open = Invitation.accepted_at.is_(None) & (Invitation.expires_at > at)
        query = select(func.count()).where(Invitation.inviter_id == inviter_id, is_open)
        return (await self._session.scalars(query)).one()

    async def save(self, invitation: Invitation) -> None:
        """Write an invitation."""
        self._session.add(invitation)
        await self._session.flush()

    async def delete(self, invitation: Invitation) -> None:
        """Delete an invitation."""
        await self._session.delete(invitation)
        await self._session.flush()

    async def _locked(self, query: Select[Invitation]) -> Invitation | None:
        return await self._fresh(query.with_for_update(of=Invitation))

    async def _fresh(self, query: Select[Invitation]) -> Invitation | None:
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()


def _whole() -> Select[Invitation]:
    return select(Invitation).options(joinedload(Invitation.inviter, innerjoin=True))
