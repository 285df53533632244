"""The queries for reading articles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    false,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    InstrumentedAttribute,
    contains_eager,
    defer,
    joinedload,
    load_only,
    selectinload,
    with_expression,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.core.text import as_id
from app.features.pages.schemas import LATEST_OF_A_TAG, MOST_RELATED
from app.models import (
    Address,
    Article,
    ArticleCounts,
    ArticleTag,
    Bookmark,
    Favorite,
    Series,
    Status,
    Tag,
    TagAlias,
    User,
    UserFollow,
)

_TEXTS = (Article.content, Article.content_html, Article.toc)


class ArticleRepository:
    """Reads articles."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def get(self, ref: str, reader: User | None) -> Article | None:
        """Return the article with this id, slug or former slug, and all that its page shows.

        What the session has already is loaded again: it may not know what is so for this reader.
        """
        people = _of_a_person(reader)
        query = (
            select(Article)
            .where(_is(ref))
            .join(Article.author)
            .options(
                *_found(reader),
                contains_eager(Article.author).options(*people),
                joinedload(Article.series),
                selectinload(Article.authors).options(*people),
                selectinload(Article.tags).load_only(Tag.slug, Tag.name, Tag.colour),
            )
        )
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def readable(self, ref: str, reader: User | None, at: datetime) -> Article | None:
        """Return the same without its text and people, if this reader may see it."""
        without = (defer(text, raiseload=True) for text in _TEXTS)
        query = select(Article).where(_is(ref), Article.visible_to(reader, at))
        query = query.options(*_found(reader), *without)
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def dress(self, article: Article, *, owner: User, reader: User | None) -> None:
        """Give an article that is in no session the people, tags and series that it names.

        Of those who are gone the others are left, or else the present `owner`.
        """
        known = select(User).where(User.id.in_(article.author_ids))
        known = known.options(*_of_a_person(reader))
        people = {person.id: person for person in await self._session.scalars(known)}
        authors = [people[id_] for id_ in article.author_ids if id_ in people] or [owner]
        series = await self._session.get(Series, article.series_id) if article.series_id else None
        article.author_id = authors[0].id
        set_committed_value(article, "author", authors[0])
        set_committed_value(article, "authors", authors)
        set_committed_value(article, "tags", await self._tags_named(article.tag_names))
        set_committed_value(article, "series", series)

    async def _tags_named(self, names: Sequence[str]) -> list[Tag]:
        """Return the tags that go, or went, by these names, in their order."""
        wanted = [func.lower(name) for name in names]
        present = select(Tag.name, Tag).where(func.lower(Tag.name).in_(wanted))
        former = select(TagAlias.name, Tag).join(TagAlias, TagAlias.tag_id == Tag.id)
        former = former.where(func.lower(TagAlias.name).in_(wanted))
        found = [*await self._session.execute(former), *await self._session.execute(present)]
        by_name = {name.lower(): tag for name, tag in found}
        named = [by_name[name.lower()] for name in names if name.lower() in by_name]
        return list(dict.fromkeys(named))

    async def by_date(self, article: Article, at: datetime, *, on: bool) -> Article | None:
        """Return the public article of the same language that is next by date, going on or back."""
        return await self._neighbour(_by_date(article, at), article.dated_at, article.id, on=on)

    async def by_place(self, article: Article, at: datetime, *, on: bool) -> Article | None:
        """Return the one that is next to it in its series."""
        place = article.series_position
        return await self._neighbour(_by_place(article, at), place, article.id, on=on)

    async def _neighbour(self, row: "Row", *there: object, on: bool) -> Article | None:
        """Return the article next to a place in a row, going on or back."""
        query, columns = row
        here, place = tuple_(*columns), tuple_(*there)
        query = query.where(here > place if on else here < place)
        query = query.order_by(*(column.asc() if on else column.desc() for column in columns))
        return await self._session.scalar(_briefly(query).limit(1))

    async def translations(
        self, article: Article, *, reader: User | None, at: datetime
    ) -> Sequence[Article]:
        """Return the same article in other languages, as far as this reader may see them."""
        if article.translation_group is None:
            return []
        query = (
            _briefly(select(Article).where(Article.id != article.id))
            .where(Article.translation_group == article.translation_group)
            .where(Article.deleted_at.is_(None), Article.visible_to(reader, at))
            .order_by(Article.locale)
        )
        return (await self._session.scalars(query)).all()

    async def related(self, article: Article, at: datetime) -> Sequence[Article]:
        """Return public articles that share tags with this one: the most shared, then newest."""
        tag_ids = literal([tag.id for tag in article.tags], ARRAY(BigInteger))
        tag = func.unnest(tag_ids).table_valued("id").render_derived(name="tag")
        latest = (
            select(ArticleTag.article_id)
            .join(Article, Article.id == ArticleTag.article_id)
            .where(ArticleTag.tag_id == tag.c.id, ArticleTag.article_id != article.id)
            .where(Article.has_status(Status.PUBLISHED, at), Article.locale == article.locale)
            .order_by(ArticleTag.article_id.desc())
            .limit(LATEST_OF_A_TAG)
            .lateral()
        )
        shared = (
            select(latest.c.article_id, func.count().label("tags"))
            .select_from(tag)
            .join(latest, onclause=latest.c.article_id.is_not(None))
            .group_by(latest.c.article_id)
            .subquery()
        )
        query = (
            _briefly(select(Article))
            .join(shared, shared.c.article_id == Article.id)
            .order_by(shared.c.tags.desc(), Article.published_at.desc(), Article.id.desc())
        )
        return (await self._session.scalars(query.limit(MOST_RELATED))).all()


Row = tuple[Select[Article], tuple[InstrumentedAttribute[Any], ...]]


def _by_date(article: Article, at: datetime) -> Row:
    query = select(Article).where(Article.has_status(Status.PUBLISHED, at))
    return query.where(Article.locale == article.locale), (Article.published_at, Article.id)


def _by_place(article: Article, at: datetime) -> Row:
    query = select(Article).where(Article.has_status(Status.PUBLISHED, at))
    in_series = query.where(Article.series_id == article.series_id)
    return in_series, (Article.series_position, Article.id)


def _found(reader: User | None) -> list[_AbstractLoad]:
    """Load what no column holds: how many like and discuss it, and what this reader does."""
    if reader is None:
        return _COUNTED
    liked, kept = Favorite.by(reader.id), Bookmark.by(reader.id)
    mine = (Article.is_favorited, liked), (Article.is_bookmarked, kept)
    return [*_COUNTED, *(with_expression(attribute, found) for attribute, found in mine)]


# To build these takes longer than to find what they say.
_COUNTED: list[_AbstractLoad] = [
    with_expression(Article.comments_count, ArticleCounts.of("comments")),
    with_expression(Article.favorites_count, ArticleCounts.of("favorites")),
]


def _of_a_person(reader: User | None) -> list[_AbstractLoad]:
    is_followed = UserFollow.by(reader.id) if reader else false()
    told = load_only(User.username, User.full_name, User.avatar, User.bio)
    return [told, with_expression(User.is_followed, is_followed)]


def _briefly(query: Select[Article]) -> Select[Article]:
    """Load no more than a link to an article needs."""
    shown = (
        Article.slug, Article.title, Article.given_excerpt, Article.made_excerpt,
        Article.locale, Article.cover, Article.published_at,
    )  # fmt: skip
    return query.options(load_only(*shown, raiseload=True))


def _is(ref: str) -> ColumnElement[bool]:
    article_id = as_id(ref)
    if article_id is not None:
        return Article.id == article_id
    named = select(Address.article_id).where(Address.address == ref)
    return Article.id == named.scalar_subquery()
