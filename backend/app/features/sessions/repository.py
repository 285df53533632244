"""The queries for sessions and what renews them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.provenance import Provenance
from app.models import LoginSession, RefreshToken, User


class SessionRepository:
    """Reads and writes sessions."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, row: LoginSession | RefreshToken) -> None:
        """Write a session or a token."""
        self._session.add(row)
        await self._session.flush()

    async def lock_by_token(
        self, token_hash: bytes
    ) -> tuple[RefreshToken, LoginSession, User] | None:
        """Return a token with its session and account; others who have it wait for the commit."""
        query = (
            select(RefreshToken, LoginSession, User)
            .join(LoginSession, LoginSession.id == RefreshToken.session_id)
            .join(User, User.id == LoginSession.user_id)
            .where(RefreshToken.token_hash == token_hash)
            .with_for_update(of=(LoginSession, RefreshToken))
            .execution_options(populate_existing=True)
        )
        found = (await self._session.execute(query)).one_or_none()
        return found and (found[0], found[1], found[2])

    async def see(
        self, session_id: int, source: Provenance, *, last_seen_at: datetime, expires_at: datetime
    ) -> None:
        """Write down that a session is used, and from where, if it is still there."""
        seen = (
            update(LoginSession)
            .where(LoginSession.id == session_id)
            .values(
                last_seen_at=last_seen_at,
                expires_at=expires_at,
                address=source.address,
                user_agent=source.user_agent,
            )
        )
        await self._session.execute(seen, execution_options={"synchronize_session": False})

    async def current(self, user_id: int, at: datetime) -> Sequence[LoginSession]:
        """Return the account's sessions that have not ended, those used last first."""
        query = (
            select(LoginSession)
            .where(LoginSession.user_id == user_id, LoginSession.expires_at > at)
            .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
        )
        return (await self._session.scalars(query)).all()

    async def end(self, user_id: int, session_id: int) -> bool:
        """End one session of an account; say whether there was one."""
        ended = (
            delete(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.user_id == user_id)
            .returning(LoginSession.id)
        )
        return await self._session.scalar(ended) is not None

    async def end_oldest(self, user_id: int, *, kept: int) -> None:
        """End what an account has beyond its newest sessions."""
        beyond = (
            select(LoginSession.id)
            .where(LoginSession.user_id == user_id)
            .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
            .offset(kept)
        )
        await self._session.execute(delete(LoginSession).where(LoginSession.id.in_(beyond)))
