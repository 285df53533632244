"""Articles as they are read: lists, and one with all that stands around it on its page."""

from collections.abc import Set
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.markup import ContentFormat, Renderer
from app.core.reading import TransactionReads
from app.core.tokens import TokenSigner
from app.features.articles import rules
from app.features.articles.errors import NotYourArticle
from app.features.articles.repository import ArticleRepository
from app.features.articles.schemas import Wish
from app.features.auth.service import AuthService
from app.features.drafts.errors import PreviewNotFound
from app.features.drafts.service import DraftService
from app.features.lists.schemas import SeriesPlace
from app.features.pages.errors import ArticleNotFound
from app.features.pages.rules import seo
from app.features.pages.schemas import (
    MINE,
    NEXT,
    PREVIOUS,
    RELATED,
    ArticlePage,
    Head,
    PageJson,
)
from app.features.pages.service import PageService
from app.features.site.service import SiteService
from app.models import Article, User, WorkingCopy

Unpublished = ArticlePage | PageJson


class ArticleService:
    """The rules of reading articles, over one session."""

    def __init__(
        self,
        session: AsyncSession,
        settings: Settings,
        renderer: Renderer,
    ) -> None:
        """Take the session of the request or job, and the process's settings and renderer."""
        self._articles = ArticleRepository(session)
        self._accounts = AuthService(session)
        self._drafts = DraftService(session)
        self._pages = PageService(TransactionReads(session), settings)
        self._settings = settings
        self._site = SiteService(session, settings)
        self._renderer = renderer

    async def read(self, ref: str, *, reader: User | None, at: datetime) -> Article:
        """Return an article by id, slug or former slug; raise ArticleNotFound."""
        article = await self._articles.get(ref, reader)
        if article is None or not rules.may_read(article, reader, at):
            raise ArticleNotFound
        return article

    async def readable(self, ref: str, *, reader: User | None, at: datetime) -> Article:
        """Return the same without its text, people and tags; raise ArticleNotFound."""
        article = await self._articles.readable(ref, reader, at)
        if article is None:
            raise ArticleNotFound
        return article

    async def written(self, article_id: int, *, editor: User, at: datetime) -> PageJson:
        """Return the page of an article for whoever has just written it; raise ArticleNotFound.

        They may have left its authors by that, and yet hear what they have done.
        """
        return await self._unchecked(article_id, frozenset(), reader=editor, at=at)

    async def _unchecked(
        self, article_id: int, include: Set[str], *, reader: User | None, at: datetime
    ) -> PageJson:
        ref = str(article_id)
        return await self._pages.page(ref, include, reader=reader, at=at, checked=False)

    async def draft(self, article_id: int, *, editor: User, at: datetime) -> Unpublished:
        """Return the page of an article as its working copy has it, likewise."""
        article = await self._articles.get(str(article_id), None)
        if article is None:
            raise ArticleNotFound
        return await self._with_its_copy(article, Wish(draft=True), reader=editor, at=at)

    async def editable(self, ref: str, *, editor: User, at: datetime) -> Article:
        """Return an article that this person may edit; raise ArticleNotFound or NotYourArticle."""
        article = await self.read(ref, reader=editor, at=at)
        if not rules.may_edit(article, editor):
            raise NotYourArticle
        return article

    async def unpublished(
        self, ref: str, wish: Wish, *, reader: User | None, tokens: TokenSigner, at: datetime
    ) -> Unpublished:
        """Return the page of an article with what is not published of it.

        Raise ArticleNotFound, Unauthenticated or NotYourArticle, for a preview PreviewNotFound.
        """
        if wish.preview is not None:
            article = await self._previewed(ref, wish.preview, reader, tokens, at)
        elif reader is None:
            raise Unauthenticated
        else:
            article = await self.editable(ref, editor=reader, at=at)
        return await self._with_its_copy(article, wish, reader=reader, at=at)

    async def _previewed(
        self, ref: str, token: str, reader: User | None, tokens: TokenSigner, at: datetime
    ) -> Article:
        """Return the article that a link shows: that one alone, and none from the bin.

        The link is as good as whoever made it: it ends when they may not edit the article any more.
        """
        preview = await self._drafts.previewed(token, tokens=tokens, at=at)
        article = await self._articles.get(ref, reader)
        if article is None or article.id != preview.article_id or article.deleted_at is not None:
            raise PreviewNotFound
        maker = await self._accounts.active(preview.maker_id)
        if maker is None or not rules.may_edit(article, maker):
            raise PreviewNotFound
        return article

    async def _with_its_copy(
        self, article: Article, wish: Wish, *, reader: User | None, at: datetime
    ) -> Unpublished:
        """Return the page of an article as its working copy has it, or as it is without one."""
        copy = await self._drafts.copy_of(article.id)
        if copy is None:
            return await self._unchecked(article.id, wish.include, reader=reader, at=at)
        may_edit = reader is not None and rules.may_edit(article, reader)
        changed, include = await self._with_changes(article, copy, reader), wish.include
        articles, site = self._articles, await self._site.read()
        return ArticlePage(
            changed,
            article.slug,
            seo(Head.of(changed, site.title), self._settings),
            changed.comment_policy or site.comments,
            mine=MINE in include,
            series=await self._series_place(changed, at),
            translations=await articles.translations(changed, reader=reader, at=at),
            working_copy=copy if may_edit else None,
            previous=await articles.by_date(changed, at, on=False) if PREVIOUS in include else None,
            next=await articles.by_date(changed, at, on=True) if NEXT in include else None,
            related=await articles.related(changed, at) if RELATED in include else (),
        )

    async def _with_changes(
        self, article: Article, copy: WorkingCopy, reader: User | None
    ) -> Article:
        """Return the article as it will be when its working copy is published."""
        changed = article.with_changes(copy.changes)
        if "series" in copy.changes and "series_position" not in copy.changes:
            changed.series_position = None  # Its place there will be the last.
        if {"content", "content_format"} & copy.changes.keys():
            content_format = ContentFormat(changed.content_format)
            changed.wear(await self._renderer.render_async(changed.content, content_format))
        await self._articles.dress(changed, owner=article.author, reader=reader)
        return changed

    async def _series_place(self, article: Article, at: datetime) -> SeriesPlace | None:
        if article.series is None:
            return None
        return SeriesPlace.of(
            article,
            await self._articles.by_place(article, at, on=False),
            await self._articles.by_place(article, at, on=True),
        )
