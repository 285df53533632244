"""The queries for identities, and for those who are at the provider just now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Identity, Passkey, ProviderVisit


class VisitRepository:
    """Reads and writes visits to the provider."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, visit: ProviderVisit) -> None:
        """Write a visit."""
        self._session.add(visit)
        await self._session.flush()

    async def take(
        self, state_hash: bytes, browser_hash: bytes, at: datetime
    ) -> ProviderVisit | None:
        """Return the browser's visit and delete it, so that only one ever gets it."""
        taken = (
            delete(ProviderVisit)
            .where(ProviderVisit.state_hash == state_hash)
            .where(ProviderVisit.browser_hash == browser_hash, ProviderVisit.expires_at > at)
            .returning(ProviderVisit)
        )
        return (await self._session.scalars(taken)).one_or_none()


class IdentityRepository:
    """Reads and writes identities."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def find(self, issuer: str, subject: str) -> Identity | None:
        """Return who this is to us; whoever else asks about the same waits for the commit.

        So the same person in two tabs gets one account.
        """
        name = func.hashtextextended(f"{issuer} {subject}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(name)))
        query = select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)
        return (await self._session.scalars(query)).one_or_none()

    async def add(self, identity: Identity) -> None:
        """Write an identity."""
        self._session.add(identity)
        await self._session.flush()

    async def all_of(self, user_id: int) -> Sequence[Identity]:
        """Return the identities of an account, the newest first."""
        query = select(Identity).where(Identity.user_id == user_id).order_by(Identity.id.desc())
        return (await self._session.scalars(query)).all()

    async def delete(self, user_id: int, identity_id: int) -> Identity | None:
        """Delete one identity of an account and return it, if it is there."""
        deleted = (
            delete(Identity)
            .where(Identity.id == identity_id, Identity.user_id == user_id)
            .returning(Identity)
        )
        return (await self._session.scalars(deleted)).one_or_none()

    async def can_sign_in_otherwise(self, user_id: int, issuer: str) -> bool:
        """Say whether the account has a passkey, or an identity at this provider."""
        passkey = exists().where(Passkey.user_id == user_id)
        identity = exists().where(Identity.user_id == user_id, Identity.issuer == issuer)
        return bool(await self._session.scalar(select(or_(passkey, identity))))
