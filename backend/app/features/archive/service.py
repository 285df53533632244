"""The archive: how many articles each month has."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.features.archive import rules
from app.features.archive.repository import ArchiveRepository
from app.features.archive.schemas import ArchiveYear
from app.features.site.service import SiteService


class ArchiveService:
    """The archive, over one session."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request, and the settings that the site's edits lie over."""
        self._articles = ArchiveRepository(session)
        self._site = SiteService(session, settings)

    async def read(self, *, at: datetime) -> list[ArchiveYear]:
        """Count the public articles by year and month in the site's time zone, the latest first."""
        zone = ZoneInfo((await self._site.read()).timezone)
        months = rules.months(await self._articles.months(at), zone)
        counts = await self._articles.counts(
            [month.number for month in months], [month.between for month in months], at
        )
        return rules.by_year(months, counts)
