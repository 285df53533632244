"""The queries for articles."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, cast, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, defer
from sqlalchemy.types import Integer

from app.core.db import violated_constraint
from app.core.errors import Unauthenticated
from app.core.paging import Order, Page, Slice, fetch_slice
from app.core.text import as_id
from app.features.articles.errors import SlugTaken
from app.features.articles.schemas import RESERVED_SLUGS, ArticleFilter, Sort
from app.models import Article, Role, Status, User

LONGEST_NUMBER = 9

_KEYS = {
    "published_at": (Article.dated_at, lambda article: (article.dated_at, article.id)),
    "created_at": (Article.created_at, lambda article: (article.created_at, article.id)),
    "updated_at": (Article.updated_at, lambda article: (article.updated_at, article.id)),
    "title": (Article.title, lambda article: (article.title, article.id)),
}


def _order(sort: Sort) -> Order[Article]:
    column, key_of = _KEYS[sort.removeprefix("-")]
    return Order(
        sort, column.expression, Article.id.expression, key_of, descending=sort.startswith("-")
    )


class ArticleRepository:
    """Reads and writes articles."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(
        self, wanted: ArticleFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the wanted articles that this reader may see."""
        query = _with_author(select(Article)).where(_visible_to(reader, at))
        query = _narrowed(query, wanted, at)
        if not wanted.with_content:
            query = query.options(defer(Article.content, raiseload=True))
        return await fetch_slice(self._session, query, _order(wanted.sort), page)

    async def get(self, ref: str) -> Article | None:
        """Return the article with this id or slug, and its author."""
        query = _with_author(select(Article)).where(_is(ref))
        return (await self._session.scalars(query)).one_or_none()

    async def lock(self, ref: str) -> Article | None:
        """Return the same as it is now, and keep others from changing it until the commit."""
        query = (
            _with_author(select(Article))
            .where(_is(ref))
            .with_for_update(of=Article, key_share=True)
        )
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def free_slug(self, wanted: str, stem: str) -> str:
        """Return `wanted`, or `stem-2`, `stem-3` … where it is taken or reserved.

        Whoever wants the same waits here for the other's commit, so no two get the same slug.
        """
        lock = func.pg_advisory_xact_lock(func.hashtextextended(stem, 0))
        await self._session.execute(select(lock))
        if wanted not in RESERVED_SLUGS and not await self._has_slug(wanted):
            return wanted
        number = func.substring(Article.slug, len(stem) + 2)
        is_numbered = Article.slug.startswith(f"{stem}-", autoescape=True) & number.regexp_match(
            f"^[0-9]{{1,{LONGEST_NUMBER}}}$"
        )
        highest = await self._session.scalar(
            select(func.max(cast(number, Integer))).where(is_numbered)
        )
        return f"{stem}-{max(highest or 1, 1) + 1}"

    async def _has_slug(self, slug: str) -> bool:
        return bool(await self._session.scalar(select(exists().where(Article.slug == slug))))

    async def save(self, article: Article) -> None:
        """Write an article; raise SlugTaken or Unauthenticated, and keep the transaction usable."""
        try:
            async with self._session.begin_nested():
                self._session.add(article)
        except IntegrityError as error:
            if "slug" in violated_constraint(error):
                raise SlugTaken from None
            if "author_id" in violated_constraint(error):
                raise Unauthenticated from None  # the account has just been deleted
            raise

    async def delete(self, article: Article) -> None:
        """Delete an article."""
        await self._session.delete(article)
        await self._session.flush()


def _with_author(query: Select[Article]) -> Select[Article]:
    shown = contains_eager(Article.author).load_only(User.username, User.full_name, User.avatar)
    return query.join(Article.author).options(shown)


def _is(ref: str) -> ColumnElement[bool]:
    article_id = as_id(ref)
    return Article.slug == ref if article_id is None else Article.id == article_id


def _visible_to(reader: User | None, at: datetime) -> ColumnElement[bool]:
    public = Article.has_status(Status.PUBLISHED, at)
    if reader is None:
        return public
    if reader.has_role(Role.EDITOR):
        return Article.id.is_not(None)
    return or_(public, Article.author_id == reader.id)


def _narrowed(query: Select[Article], wanted: ArticleFilter, at: datetime) -> Select[Article]:
    if wanted.status is not None:
        query = query.where(Article.has_status(wanted.status, at))
    if wanted.author is not None:
        query = query.where(_author_is(wanted.author))
    if wanted.tag is not None:
        query = query.where(Article.tags.contains([wanted.tag]))
    if wanted.q is not None:
        query = query.where(Article.has_words(wanted.q))
    if wanted.published_after is not None:
        query = query.where(Article.published_at >= wanted.published_after)
    if wanted.published_before is not None:
        query = query.where(Article.published_at < wanted.published_before)
    return query


def _author_is(ref: str) -> ColumnElement[bool]:
    author_id = as_id(ref)
    if author_id is not None:
        return Article.author_id == author_id
    named = select(User.id).where(func.lower(User.username) == func.lower(ref))
    return Article.author_id == named.scalar_subquery()
