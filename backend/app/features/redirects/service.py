"""Redirects: where each old address leads today."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page, Slice
from app.features.redirects import rules
from app.features.redirects.repository import RedirectRepository
from app.features.redirects.schemas import RedirectRead
from app.features.site.rules import SLUG


class RedirectService:
    """The map of addresses, over one session."""

    def __init__(self, session: AsyncSession, *, article_path: str) -> None:
        """Take the session of the request, and where an article is shown, with `{slug}` in it."""
        self._addresses = RedirectRepository(session)
        self._article_path = article_path

    async def page(self, page: Page, *, ignoring_case: bool, at: datetime) -> Slice[RedirectRead]:
        """Return old addresses of articles that everybody can see, newest first.

        Every old address leads to where its article is today, so there are no chains. With
        `ignoring_case`, what differs from the path of an article in its case only is no old
        address either.
        """
        before, after = self._article_path.split(SLUG)
        found = await self._addresses.page(
            page, before=before, after=after, ignoring_case=ignoring_case, at=at
        )
        items = [
            RedirectRead(
                from_=rules.where(row.address, self._article_path),
                to=rules.where(row.slug, self._article_path),
                article_id=row.article_id,
                created_at=row.created_at,
            )
            for row in found.items
        ]
        return Slice(items, found.next, found.previous, found.total)
