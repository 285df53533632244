"""Drafts: the working copy beside an article, and the links that show it before it is published."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.tokens import PreviewClaims, TokenSigner
from app.features.drafts import rules
from app.features.drafts.errors import (
    EditedMeanwhile,
    NoWorkingCopy,
    PreviewNotFound,
    TooManyPreviews,
)
from app.features.drafts.repository import MOST_PREVIEWS, DraftRepository
from app.models import Article, Preview, User, WorkingCopy

Changes = Mapping[str, Any]


class DraftService:
    """The rules of working copies and previews; whether somebody may, their article decides."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._drafts = DraftRepository(session)

    async def copy_of(self, article_id: int) -> WorkingCopy | None:
        """Return the working copy of an article, unless it is empty."""
        copy = await self._drafts.copy_of(article_id)
        return copy if copy and copy.changes else None

    async def keep(
        self, article: Article, given: Changes, *, editor: User, at: datetime, note: str | None
    ) -> WorkingCopy | None:
        """Put changes into the working copy of a locked article; return it unless it is empty.

        An empty one is left to count on: its versions name each state of it once and for all.
        """
        copy = await self._drafts.copy_of(article.id)
        if copy is None:
            copy = WorkingCopy(
                article_id=article.id, changes={}, seen={}, created_at=at, updated_at=at, version=0
            )
        state = article.state()
        changes = rules.merged(copy.changes, given, state)
        seen = rules.seen(copy.seen, given, changes, state)
        values = {
            "changes": changes,
            "seen": seen,
            "note": (note or copy.note) if changes else None,
        }
        if copy.change(values, at):
            copy.editor_id = editor.id
            await self._drafts.save(copy)
        return copy if changes else None

    async def take(self, article: Article, copy: WorkingCopy | None, *, at: datetime) -> None:
        """Take the working copy away, because it is published now; raise EditedMeanwhile.

        The article is locked, so what is compared here is what the changes will replace.
        """
        if copy is None:
            return
        if fields := rules.conflicts(copy.seen, copy.changes, article.state()):
            raise EditedMeanwhile(fields)
        await self._empty(copy, at)

    async def discard(self, copy: WorkingCopy | None, *, at: datetime) -> None:
        """Throw the working copy of a locked article away; raise NoWorkingCopy."""
        if copy is None:
            raise NoWorkingCopy
        await self._empty(copy, at)

    async def _empty(self, copy: WorkingCopy, at: datetime) -> None:
        copy.change({"changes": {}, "seen": {}, "note": None}, at)
        await self._drafts.save(copy)

    async def make_preview(
        self, article: Article, *, maker: User, at: datetime, days: int
    ) -> Preview:
        """Make a link that shows a locked article for so many days; raise TooManyPreviews."""
        if len(await self._drafts.previews_of(article.id, at)) >= MOST_PREVIEWS:
            raise TooManyPreviews
        preview = Preview(
            id=secrets.token_urlsafe(16),
            article_id=article.id,
            maker_id=maker.id,
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        await self._drafts.save(preview)
        return preview

    async def previews_of(self, article_id: int, *, at: datetime) -> Sequence[Preview]:
        """Return the links of an article that still work, the newest first."""
        return await self._drafts.previews_of(article_id, at)

    async def preview(self, article_id: int, preview_id: str) -> Preview:
        """Return a link of an article; raise PreviewNotFound."""
        preview = await self._drafts.preview(preview_id, article_id)
        if preview is None:
            raise PreviewNotFound
        return preview

    async def revoke(self, article_id: int, preview_id: str) -> None:
        """Make a link stop working at once; raise PreviewNotFound."""
        await self._drafts.forget(await self.preview(article_id, preview_id))

    async def previewed(self, token: str, *, tokens: TokenSigner, at: datetime) -> Preview:
        """Return the link that a token belongs to; raise PreviewNotFound."""
        try:
            claims = tokens.read_preview(token, at)
        except Unauthenticated:
            raise PreviewNotFound from None
        preview = await self._drafts.preview(claims.preview_id, claims.article_id)
        if preview is None or preview.expires_at <= at:
            raise PreviewNotFound
        return preview

    async def forget_expired(self, *, at: datetime) -> int:
        """Delete the links that no longer work; return how many."""
        return await self._drafts.forget_expired(at)


def token_of(preview: Preview, tokens: TokenSigner) -> str:
    """Return the token of a link; it is the same each time."""
    claims = PreviewClaims(preview.article_id, preview.id)
    lifetime = preview.expires_at - preview.created_at
    return tokens.issue_preview(claims, preview.created_at, lifetime)
