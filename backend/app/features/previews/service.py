"""Previews: links that show an article to somebody before it is published."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.markup import Renderer
from app.features.drafts.service import DraftService
from app.features.writing.service import WritingService
from app.models import Preview, User


class PreviewService:
    """The rules of who hands out links; whether one is good, the drafts know."""

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the request or job, and the process's settings and renderer."""
        self._drafts = DraftService(session)
        self._writing = WritingService(session, settings, renderer)
        self._days = settings.preview_days

    async def make(self, ref: str, days: int | None, *, editor: User, at: datetime) -> Preview:
        """Make a link that shows the article as its working copy has it, for so many days."""
        article = await self._writing.locked(ref, editor=editor, at=at)
        days = days or self._days
        return await self._drafts.make_preview(article, maker=editor, at=at, days=days)

    async def all_of(self, ref: str, *, editor: User, at: datetime) -> Sequence[Preview]:
        """Return the article's links that still work, the newest first."""
        article = await self._writing.editable(ref, editor=editor, at=at)
        return await self._drafts.previews_of(article.id, at=at)

    async def read(self, ref: str, preview_id: str, *, editor: User, at: datetime) -> Preview:
        """Return one link of the article; raise PreviewNotFound."""
        article = await self._writing.editable(ref, editor=editor, at=at)
        return await self._drafts.preview(article.id, preview_id)

    async def revoke(self, ref: str, preview_id: str, *, editor: User, at: datetime) -> None:
        """Make a link stop working at once; raise PreviewNotFound."""
        article = await self._writing.editable(ref, editor=editor, at=at)
        await self._drafts.revoke(article.id, preview_id)
