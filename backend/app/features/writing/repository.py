"""The queries for writing articles."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import cast, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Integer

from app.core.db import violated_constraint
from app.core.errors import Unauthenticated
from app.core.text import MAX_SLUG_LENGTH
from app.features.series.errors import SeriesNotFound
from app.features.writing.errors import SlugTaken, TranslationExists
from app.features.writing.schemas import RESERVED_SLUGS, Slugs
from app.models import (
    Address,
    Article,
    ArticleAuthor,
    ArticleTag,
    Revision,
    Series,
    Tag,
)

LONGEST_NUMBER = 9


class WritingRepository:
    """Locks and writes articles, with all that is kept beside them."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def lock(
        self, article_id: int | None, *, original_id: int | None = None, slug: str | None = None
    ) -> Article | None:
        """Return an article as it is now, and keep others from changing it until the commit.

        With it are locked, in the order of ids, the original that it translates and what has the
        `slug` in the bin: both may be written to.
        """
        in_the_way = (Article.slug == slug) & Article.deleted_at.is_not(None)
        wanted = or_(Article.id.in_({article_id, original_id} - {None}), in_the_way)
        locked = select(Article).where(wanted).order_by(Article.id).with_for_update(key_share=True)
        fresh = locked.execution_options(populate_existing=True)
        found = {article.id: article for article in await self._session.scalars(fresh)}
        return found.get(article_id or 0)

    async def save(self, article: Article) -> None:
        """Write an article; keep the transaction usable when that fails.

        Raise SlugTaken, TranslationExists, and where something is just gone Unauthenticated (the
        account) or SeriesNotFound.
        """
        try:
            async with self._session.begin_nested():
                self._session.add(article)
        except IntegrityError as error:
            constraint = violated_constraint(error)
            if "slug" in constraint:
                raise SlugTaken from None
            if "translation" in constraint:
                raise TranslationExists from None
            if "author_id" in constraint:
                raise Unauthenticated from None
            if "series_id" in constraint:
                raise SeriesNotFound from None
            raise

    async def set_tags(self, article_id: int, tags: Sequence[Tag]) -> None:
        """Write which tags an article has, in this order."""
        await self._session.execute(delete(ArticleTag).where(ArticleTag.article_id == article_id))
        rows = [
            {"article_id": article_id, "tag_id": tag.id, "position": position}
            for position, tag in enumerate(tags)
        ]
        if rows:
            await self._session.execute(insert(ArticleTag), rows)

    async def set_authors(self, article_id: int, author_ids: Sequence[int]) -> None:
        """Write who an article is by, in this order."""
        gone = delete(ArticleAuthor).where(ArticleAuthor.article_id == article_id)
        await self._session.execute(gone)
        rows = [
            {"article_id": article_id, "user_id": author_id, "position": position}
            for position, author_id in enumerate(author_ids)
        ]
        await self._session.execute(insert(ArticleAuthor), rows)

    async def has_series(self, series_id: int | None) -> bool:
        """Say whether there is such a series."""
        return bool(await self._session.scalar(select(exists().where(Series.id == series_id))))

    async def add_revision(self, revision: Revision) -> None:
        """Write a revision."""
        self._session.add(revision)
        await self._session.flush()

    async def prune(self, article_id: int, keep: int) -> None:
        """Forget old unpublished revisions, all but the newest `keep` and the very first."""
        of_article = Revision.article_id == article_id
        first = select(func.min(Revision.version)).where(of_article).scalar_subquery()
        old = (
            select(Revision.id)
            .where(of_article, Revision.published.is_(False), Revision.version > first)
            .order_by(Revision.version.desc())
            .offset(keep)
        )
        await self._session.execute(delete(Revision).where(Revision.id.in_(old)))

    async def group_translations(self, article_id: int) -> int:
        """Return the group of an article's translations, a new one if it is in none.

        A group has a number that no article has, and no other group can ever have.
        """
        number = func.nextval(func.pg_get_serial_sequence(Article.__tablename__, "id"))
        begin = (
            update(Article)
            .where(Article.id == article_id)
            .values(translation_group=func.coalesce(Article.translation_group, number))
            .returning(Article.translation_group)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(begin)).scalar_one() or article_id

    async def has_rival(self, article: Article) -> bool:
        """Say whether another article is the translation into this one's language by now."""
        if article.translation_group is None:
            return False
        same = (Article.translation_group == article.translation_group) & (
            Article.locale == article.locale
        )
        kept = exists().where(same, Article.deleted_at.is_(None), Article.id != article.id)
        return bool(await self._session.scalar(select(kept)))

    # Addresses

    async def save_as(self, article: Article, slug: str, at: datetime) -> None:
        """Save an article under a slug, which leads to it from now on for ever; raise SlugTaken.

        What only an article in the bin answers to is free, and that article gets another slug.
        """
        await self._evict(article, slug)
        article.slug = slug
        await self.save(article)
        await self._take_address(article, slug, at)

    async def save_near(self, article: Article, slugs: Slugs, at: datetime) -> None:
        """Save under the wanted slug or one near it; chance finds one when others take them all."""
        try:
            await self.save_as(article, await self.free_slug(slugs), at)
        except SlugTaken:
            await self.save_as(article, slugs.spare, at)

    async def free_slug(self, slugs: Slugs) -> str:
        """Return the wanted slug, or `stem-2`, `stem-3` … where it is taken or reserved.

        Whoever wants the same waits here for the other's commit, so no two get the same slug.
        """
        wanted, stem = slugs.wanted, slugs.stem
        lock = func.pg_advisory_xact_lock(func.hashtextextended(stem, 0))
        await self._session.execute(select(lock))
        if wanted not in RESERVED_SLUGS and not await self._is_taken(wanted):
            return wanted
        number = func.substring(Address.address, len(stem) + 2)
        is_numbered = Address.address.startswith(f"{stem}-", autoescape=True) & number.regexp_match(
            f"^[0-9]{{1,{LONGEST_NUMBER}}}$"
        )
        highest = await self._session.scalar(
            select(func.max(cast(number, Integer))).where(is_numbered)
        )
        return f"{stem}-{max(highest or 1, 1) + 1}"

    async def _is_taken(self, slug: str) -> bool:
        taken = exists().where(Address.address == slug, Address.article_id == Article.id)
        kept = select(taken.where(Article.deleted_at.is_(None)))
        return bool(await self._session.scalar(kept))

    async def _take_address(self, article: Article, address: str, at: datetime) -> None:
        """Make an address lead to this article; raise SlugTaken if it leads to another."""
        binned = exists().where(Article.id == Address.article_id, Article.deleted_at.is_not(None))
        values = {
            "article_id": article.id,
            "address": address,
            "was_public": article.published,
            "created_at": at,
        }
        take = (
            insert(Address)
            .values(values)
            .on_conflict_do_update(
                index_elements=[Address.address],
                set_={
                    "article_id": article.id,
                    "was_public": or_(Address.was_public, literal(article.published)),
                },
                where=or_(Address.article_id == article.id, binned),
            )
            .returning(Address.id)
        )
        if await self._session.scalar(take) is None:
            raise SlugTaken

    async def _evict(self, article: Article, slug: str) -> None:
        """Give another slug to what has this one in the bin."""
        another = (Article.slug == slug) & (Article.id != (article.id or 0))
        stem = func.rtrim(func.left(slug, MAX_SLUG_LENGTH - len("-12345678")), "-")
        eviction = (
            update(Article)
            .where(another, Article.deleted_at.is_not(None))
            .values(slug=func.concat(stem, f"-{secrets.token_hex(4)}"))
            .execution_options(synchronize_session=False, autoflush=False)
        )
        await self._session.execute(eviction)

    async def has_address(self, article: Article, address: str) -> bool:
        """Say whether an address leads to this article."""
        query = select(exists().where(Address.address == address, Address.article_id == article.id))
        return bool(await self._session.scalar(query))
