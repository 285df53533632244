"""The queries for series."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only
from sqlalchemy.types import Integer

from app.core.db import violated_constraint
from app.core.errors import Unauthenticated
from app.core.paging import Order, Page, Slice, fetch_slice
from app.core.policy import Permission
from app.core.text import MAX_BIGINT, as_id
from app.features.series.errors import SeriesSlugTaken
from app.features.series.schemas import MOST_ARTICLES
from app.models import Article, Series, Status, User

LONGEST_NUMBER = 9

_BY_TITLE: Order[Series] = Order(
    "title",
    Series.title.expression,
    Series.id.expression,
    lambda series: (series.title, series.id),
    descending=False,
)

# An article that nobody has given a position stands behind all others.
_POSITION = func.coalesce(Article.series_position, literal(MAX_BIGINT, BigInteger))

_IS_KEPT = Article.deleted_at.is_(None)

_SHOWN = load_only(
    Article.slug,
    Article.title,
    Article.published,
    Article.published_at,
    Article.deleted_at,
    Article.given_excerpt,
    Article.made_excerpt,
    raiseload=True,
)


class SeriesRepository:
    """Reads and writes series, and the places of articles in them."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(self, page: Page, *, reader: User | None, at: datetime) -> Slice[Series]:
        """Return the series that this reader may see, by title."""
        query = select(Series).where(_visible_to(reader, at))
        return await fetch_slice(self._session, query, _BY_TITLE, page)

    async def public_counts(self, series: Sequence[Series], at: datetime) -> Mapping[int, int]:
        """Return how many public articles each of these series has, where it has any."""
        query = (
            select(Series.id, func.count())
            .join(Article, Article.series_id == Series.id)
            .where(Series.id.in_([each.id for each in series]), _is_public(at))
            .group_by(Series.id)
        )
        return dict((await self._session.execute(query)).all())

    async def shows(self, series_id: int, *, reader: User, at: datetime) -> bool:
        """Say whether this reader can see something of the series."""
        query = select(exists().where(Article.series_id == series_id, _is_shown(reader, at)))
        return bool(await self._session.scalar(query))

    async def get(self, ref: str) -> Series | None:
        """Return the series with this id or slug."""
        return (await self._session.scalars(select(Series).where(_is(ref)))).one_or_none()

    async def titled(self, title: str, owner_id: int) -> Series | None:
        """Return the owner's first series of this title, whatever its case."""
        same = func.lower(Series.title) == func.lower(title)
        query = select(Series).where(Series.owner_id == owner_id, same).order_by(Series.id)
        return (await self._session.scalars(query.limit(1))).one_or_none()

    async def lock(self, series_id: int) -> Series | None:
        """Return the series as it is now, and keep others from changing it until the commit.

        Whoever locks articles as well does that first.
        """
        query = select(Series).where(Series.id == series_id).with_for_update(key_share=True)
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def lock_articles(self, series_id: int) -> None:
        """Keep others from changing the articles of the series until the commit."""
        query = select(Article.id).where(Article.series_id == series_id).order_by(Article.id)
        await self._session.execute(query.with_for_update(key_share=True))

    async def articles(
        self, series_id: int, *, reader: User | None, at: datetime
    ) -> Sequence[Article]:
        """Return the articles of a series that this reader sees in their order, without texts."""
        query = select(Article).where(Article.series_id == series_id, _is_shown(reader, at))
        ordered = query.options(_SHOWN).order_by(_POSITION, Article.id).limit(MOST_ARTICLES)
        return (await self._session.scalars(ordered)).all()

    async def positions(self, series_id: int) -> Mapping[int, int | None]:
        """Return the positions of what is in the series and not in the bin, in order."""
        query = select(Article.id, Article.series_position).where(
            Article.series_id == series_id, _IS_KEPT
        )
        ordered = query.order_by(_POSITION, Article.id)
        return dict((await self._session.execute(ordered)).all())

    async def extent(self, series_id: int) -> tuple[int, int]:
        """Return how many articles a series has, the bin's too, and its greatest position."""
        query = select(func.count(), func.max(Article.series_position))
        query = query.where(Article.series_id == series_id)
        count, last = (await self._session.execute(query)).one()
        return count, last or 0

    async def put_in_order(self, article_ids: Sequence[int]) -> None:
        """Give these articles the positions 1, 2, 3 …"""
        place = func.array_position(literal(article_ids, ARRAY(BigInteger)), Article.id)
        await self._update_articles(Article.id.in_(article_ids), series_position=place)

    async def free_slug(self, wanted: str, stem: str) -> str:
        """Return `wanted`, or `stem-2`, `stem-3` … where it is taken; call `lock_slugs` before."""
        if not await self._has_slug(wanted):
            return wanted
        number = func.substring(Series.slug, len(stem) + 2)
        is_numbered = Series.slug.startswith(f"{stem}-", autoescape=True) & number.regexp_match(
            f"^[0-9]{{1,{LONGEST_NUMBER}}}$"
        )
        highest = await self._session.scalar(
            select(func.max(cast(number, Integer))).where(is_numbered)
        )
        return f"{stem}-{max(highest or 1, 1) + 1}"

    async def lock_slugs(self, stem: str) -> None:
        """Wait for whoever is making a slug of the same stem, until their commit."""
        key = func.hashtextextended(f"series {stem}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def _has_slug(self, slug: str) -> bool:
        return bool(await self._session.scalar(select(exists().where(Series.slug == slug))))

    async def save(self, series: Series) -> None:
        """Write a series, or leave the transaction usable: SeriesSlugTaken, Unauthenticated."""
        try:
            async with self._session.begin_nested():
                self._session.add(series)
        except IntegrityError as error:
            if "slug" in violated_constraint(error):
                raise SeriesSlugTaken from None
            if "owner_id" in violated_constraint(error):
                raise Unauthenticated from None  # the account has just been deleted
            raise

    async def delete(self, series: Series) -> None:
        """Delete a series; its articles stay, without a place."""
        await self._update_articles(
            Article.series_id == series.id, series_id=None, series_position=None
        )
        await self._session.delete(series)
        await self._session.flush()

    async def _update_articles(self, which: ColumnElement[bool], **values: object) -> None:
        statement = update(Article).where(which).values(**values)
        await self._session.execute(statement, execution_options={"synchronize_session": False})


def _is_public(at: datetime) -> ColumnElement[bool]:
    return Article.has_status(Status.PUBLISHED, at)


def _is_shown(reader: User | None, at: datetime) -> ColumnElement[bool]:
    """Return who sees which article: what is not public, only who may edit it; the bin, nobody."""
    if reader is None:
        return _is_public(at)
    if reader.may(Permission.EDIT_ANY):
        return _IS_KEPT
    return and_(_IS_KEPT, or_(_is_public(at), Article.author_ids.contains([reader.id])))


def _is(ref: str) -> ColumnElement[bool]:
    series_id = as_id(ref)
    return Series.slug == ref if series_id is None else Series.id == series_id


def _visible_to(reader: User | None, at: datetime) -> ColumnElement[bool]:
    """Return who sees which series: one without anything for this reader, only who may change it.

    As a value and not as EXISTS, which beside OR makes PostgreSQL read all articles beforehand.
    """
    if reader is not None and reader.may(Permission.EDIT_ANY):
        return Series.id.is_not(None)
    one = (
        select(literal(True)).where(Article.series_id == Series.id, _is_shown(reader, at)).limit(1)
    )
    shown = func.coalesce(one.scalar_subquery(), False)
    if reader is None or not reader.may(Permission.WRITE):
        return shown
    return or_(shown, Series.owner_id == reader.id)
