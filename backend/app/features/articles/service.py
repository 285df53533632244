"""Articles: writing, publishing, reading, changing and deleting them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page, Slice
from app.features.articles import rules
from app.features.articles.errors import ArticleNotFound, NotYourArticle, SlugTaken
from app.features.articles.repository import ArticleRepository
from app.features.articles.schemas import ArticleCreate, ArticleFilter, ArticleUpdate
from app.features.auth.service import AuthService
from app.models import Article, User

Check = Callable[[Article], None]


class ArticleService:
    """The rules of articles, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._articles = ArticleRepository(session)
        self._accounts = AuthService(session)

    async def page(
        self, wanted: ArticleFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the wanted articles that this reader may see, in the order that was asked for."""
        return await self._articles.page(wanted, page, reader=reader, at=at)

    async def page_of_author(
        self, ref: str, wanted: ArticleFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the same of one author; raise UserNotFound."""
        author = await self._accounts.find(ref)
        return await self.page(replace(wanted, author=str(author.id)), page, reader=reader, at=at)

    async def read(self, ref: str, *, reader: User | None, at: datetime) -> Article:
        """Return an article by id or slug; raise ArticleNotFound."""
        article = await self._articles.get(ref)
        if article is None or not rules.may_read(article, reader, at):
            raise ArticleNotFound
        return article

    async def create(
        self, new: ArticleCreate, *, author: User, at: datetime, wanted_slug: str = ""
    ) -> Article:
        """Make an article; raise NotYourArticle for readers, and SlugTaken for a chosen slug.

        A `wanted_slug` is only a wish, as the title's own is: if it is taken, it gets a number.
        """
        if not rules.may_write(author):
            raise NotYourArticle
        article = Article(
            author=author,
            author_id=author.id,
            created_at=at,
            updated_at=at,
            **new.given() | {"published": new.published, "tags": new.tags},
        )
        article.published_at = rules.publication_date(
            published=article.published, published_at=new.published_at, at=at
        )
        if article.slug:
            await self._articles.save(article)
        else:
            await self._save_near(article, wanted_slug or rules.base_slug(article.title))
        return article

    async def update(
        self, ref: str, changes: ArticleUpdate, *, editor: User, at: datetime, check: Check
    ) -> Article:
        """Change what is given; `check` sees the article locked, and may raise to leave it so.

        A change that changes nothing leaves the version as it is.
        """
        article = await self._locked(ref, editor, at)
        check(article)
        given = changes.given()
        given["published_at"] = rules.publication_date(
            published=given.get("published", article.published),
            published_at=given.get("published_at", article.published_at),
            at=at,
        )
        if article.change(given, at):
            await self._articles.save(article)
        return article

    async def delete(self, ref: str, *, editor: User, at: datetime, check: Check) -> None:
        """Delete an article; `check` sees it locked, and may raise to keep it."""
        article = await self._locked(ref, editor, at)
        check(article)
        await self._articles.delete(article)

    async def _locked(self, ref: str, editor: User, at: datetime) -> Article:
        article = await self._articles.lock(ref)
        if article is None or not rules.may_read(article, editor, at):
            raise ArticleNotFound
        if not rules.may_edit(article, editor):
            raise NotYourArticle
        return article

    async def _save_near(self, article: Article, wanted_slug: str) -> None:
        """Save under the wanted slug or one near it; chance finds one when others take them all."""
        article.slug = await self._articles.free_slug(wanted_slug, rules.numbered_stem(wanted_slug))
        try:
            await self._articles.save(article)
        except SlugTaken:
            article.slug = rules.random_slug(wanted_slug)
            await self._articles.save(article)
