"""Articles as they are read: lists, and one with all that stands around it on its page."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.markup import ContentFormat, Renderer
from app.core.paging import Page, Slice
from app.core.tokens import TokenSigner
from app.features.articles import rules
from app.features.articles.errors import ArticleNotFound, NotYourArticle
from app.features.articles.repository import ArticleRepository, Scope
from app.features.articles.schemas import ArticleFilter, ArticlePage, SeriesPlace, Wish
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService
from app.features.drafts.errors import PreviewNotFound
from app.features.drafts.service import DraftService
from app.features.series.errors import SeriesNotFound
from app.features.series.service import SeriesService
from app.features.site.service import SiteService
from app.features.tags.service import TagService
from app.models import Article, User, WorkingCopy

MINE, PREVIOUS, NEXT, RELATED = "mine", "previous", "next", "related"


class ArticleService:
    """The rules of reading articles, over one session."""

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the request or job, and the process's settings and renderer."""
        self._articles = ArticleRepository(session)
        self._accounts = AuthService(session)
        self._drafts = DraftService(session)
        self._series = SeriesService(session)
        self._site = SiteService(session, settings)
        self._tags = TagService(session)
        self._renderer = renderer

    async def page(
        self, wanted: ArticleFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the wanted articles that this reader may see, in the order that was asked for.

        An author, tag or series that is not there has none.
        """
        try:
            scope = await self._scope(wanted, reader)
        except (UserNotFound, SeriesNotFound):
            scope = None
        if scope is None:
            return Slice([], total=0 if page.total else None)
        return await self._articles.page(wanted, scope, page, reader=reader, at=at)

    async def page_of_author(
        self, ref: str, wanted: ArticleFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the same of one author; raise UserNotFound."""
        author = await self._accounts.find(ref)
        return await self.page(replace(wanted, author=str(author.id)), page, reader=reader, at=at)

    async def _scope(self, wanted: ArticleFilter, reader: User | None) -> Scope | None:
        """Return whose, or of what, the wanted articles are; None where there cannot be any."""
        if wanted.followed and reader is None:
            return None
        tag = await self._tags.named(wanted.tag) if wanted.tag is not None else None
        if wanted.tag is not None and tag is None:
            return None
        return Scope(
            author_id=await self._person(wanted.author),
            tag_id=tag.id if tag else None,
            series_id=(await self._series.find(wanted.series)).id if wanted.series else None,
            favorited_by=await self._person(wanted.favorited_by),
            followed_by=reader.id if wanted.followed and reader else None,
            words=(wanted.q, await self._locale(wanted)) if wanted.q is not None else None,
        )

    async def _person(self, ref: str | None) -> int | None:
        return (await self._accounts.find(ref)).id if ref else None

    async def _locale(self, wanted: ArticleFilter) -> str:
        """Return the locale whose dictionary knows the words that are asked for."""
        return wanted.locale or (await self._site.read()).locale

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

    async def whole(self, article_id: int) -> Article:
        """Return an article with all that its page shows, for whoever has just written it.

        They may have left its authors by that, and yet hear what they have done.
        """
        article = await self._articles.get(str(article_id), None)
        if article is None:
            raise ArticleNotFound
        return article

    async def editable(self, ref: str, *, editor: User, at: datetime) -> Article:
        """Return an article that this person may edit; raise ArticleNotFound or NotYourArticle."""
        article = await self.read(ref, reader=editor, at=at)
        if not rules.may_edit(article, editor):
            raise NotYourArticle
        return article

    async def wanted(
        self, ref: str, wish: Wish, *, reader: User | None, tokens: TokenSigner, at: datetime
    ) -> ArticlePage:
        """Return the page of an article as it is wished for.

        Raise ArticleNotFound, and for a draft Unauthenticated or NotYourArticle, for a preview
        PreviewNotFound.
        """
        if wish.preview is not None:
            article = await self._previewed(ref, wish.preview, reader, tokens, at)
        elif not wish.draft:
            article = await self.read(ref, reader=reader, at=at)
        elif reader is None:
            raise Unauthenticated
        else:
            article = await self.editable(ref, editor=reader, at=at)
        return await self.present(article, wish, reader=reader, at=at)

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

    async def present(
        self, article: Article, wish: Wish, *, reader: User | None, at: datetime
    ) -> ArticlePage:
        """Return an article with what stands around it on its page."""
        may_edit = reader is not None and rules.may_edit(article, reader)
        copy = None
        if may_edit or wish.is_unpublished:
            copy = await self._drafts.copy_of(article.id)
        slug = article.slug
        if copy is not None and wish.is_unpublished:
            article = await self._with_changes(article, copy, reader)
        articles, include, site = self._articles, wish.include, await self._site.read()
        return ArticlePage(
            article,
            slug,
            rules.seo(article, site),
            article.comment_policy or site.comments,
            mine=MINE in include,
            series=await self._series_place(article, at),
            translations=await articles.translations(article, reader=reader, at=at),
            working_copy=copy if may_edit else None,
            previous=await articles.by_date(article, at, on=False) if PREVIOUS in include else None,
            next=await articles.by_date(article, at, on=True) if NEXT in include else None,
            related=await articles.related(article, at) if RELATED in include else (),
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
