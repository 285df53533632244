"""The queries for the site's one row."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.site.schemas import ONLY_ID
from app.models import Site

_SITE = select(Site).where(Site.id == ONLY_ID)


class SiteRepository:
    """Reads and writes what administrators have said about the site."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def get(self) -> Site | None:
        """Return the row, which is not there before the first change."""
        return (await self._session.scalars(_SITE)).one_or_none()

    async def lock(self, at: datetime) -> Site:
        """Return the row as it is now, made if need be, and keep others from changing it.

        A new one has version 0, as its absence has. Whoever makes it at the same time waits here.
        """
        first = insert(Site).values(
            id=ONLY_ID, edits={}, created_at=at, updated_at=at, version=0
        )  # fmt: skip
        await self._session.execute(first.on_conflict_do_nothing(index_elements=[Site.id]))
        query = select(Site).where(Site.id == ONLY_ID).with_for_update()
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one()

    async def save(self) -> None:
        """Write what has changed."""
        await self._session.flush()
