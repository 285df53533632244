"""The queries for keys."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ApiKey


class KeyRepository:
    """Reads and writes keys; whom one names, auth knows."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def of(self, owner_id: int) -> Sequence[ApiKey]:
        """Return an account's keys, the newest first."""
        query = select(ApiKey).where(ApiKey.user_id == owner_id)
        newest = query.order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
        return (await self._session.scalars(newest)).all()

    async def get(self, key_id: int, owner_id: int) -> ApiKey | None:
        """Return one key of an account."""
        query = select(ApiKey).filter_by(id=key_id, user_id=owner_id)
        return (await self._session.scalars(query)).one_or_none()

    async def add(self, key: ApiKey) -> None:
        """Write a new key."""
        self._session.add(key)
        await self._session.flush()

    async def delete(self, key_id: int, owner_id: int) -> bool:
        """Delete a key of an account, and say whether there was one."""
        gone = delete(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == owner_id)
        return await self._session.scalar(gone.returning(ApiKey.id)) is not None
