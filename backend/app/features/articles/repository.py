"""The queries for reading articles."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    InstrumentedAttribute,
    contains_eager,
    defer,
    joinedload,
    load_only,
    selectinload,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.core.paging import Order, Page, Slice, fetch_found, fetch_sifted, fetch_slice
from app.core.policy import Permission
from app.core.text import as_id
from app.features.articles.schemas import MOST_READ, ArticleFilter
from app.models import (
    Address,
    Article,
    ArticleAuthor,
    ArticleTag,
    Series,
    Status,
    Tag,
    TagAlias,
    User,
)

RELATED = 5
# Of each tag, only so many of its latest public articles are looked at for what is related.
LATEST_OF_A_TAG = 200

_KEYS = {
    "created_at": (Article.created_at, lambda article: (article.created_at, article.id)),
    "updated_at": (Article.updated_at, lambda article: (article.updated_at, article.id)),
    "title": (Article.title, lambda article: (article.title, article.id)),
}
_HEAVY = {"content", "content_html", "toc"}

_IN_ORDER = {"plan_cache_mode": "force_custom_plan", "enable_seqscan": "off"}
_BY_INDEX = _IN_ORDER | {"plan_cache_mode": "force_generic_plan", "enable_indexscan": "off"}
_FOLLOWED_BY = "<(-|[0-9]+)>"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose articles, of which tag or series, with words of which locale; None stands for any."""

    author_id: int | None = None
    tag_id: int | None = None
    series_id: int | None = None
    words: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """How articles with some words are found: by what the index knows, and by reading each.

    Of a phrase the index knows the words, but not their order; of what has only minuses, nothing.
    """

    indexed: ColumnElement[bool] | None
    read: ColumnElement[bool] | None


class ArticleRepository:
    """Reads articles."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(
        self, wanted: ArticleFilter, scope: Scope, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Article]:
        """Return the wanted articles that this reader may see, with the fields that are shown."""
        query = _narrowed(select(Article).where(_visible_to(reader, at)), wanted, at)
        query, order = _within(query, scope), _order(wanted)
        shown = query.options(*_loads(wanted.shows))
        if "author" in wanted.shows:
            shown = _with_author(shown)
        if scope.words is None:
            return await fetch_slice(self._session, shown, order, page)
        finding = await self._finding(*scope.words)
        if finding is None:
            return Slice([], total=0 if page.total else None)
        if finding.indexed is not None:
            query = query.where(finding.indexed)
        if finding.read is None:
            return await fetch_found(self._session, query, shown, order, page)
        return await fetch_sifted(
            self._session, query, shown, order, page, sieve=finding.read, most=MOST_READ
        )

    async def _finding(self, words: str, locale: str) -> Finding | None:
        """Return how to find articles with these words; None if there is no word in them.

        What the index can find is to be found by it alone, as if it were rare: the planner takes
        the comparing of words for cheap, and would rather read all articles for common ones.
        """
        asked = select(func.search_query(words, locale).label("query")).subquery().c.query
        both = select(cast(asked, Text), func.querytree(asked))
        query, indexed = (await self._session.execute(both)).one()
        if query is None:
            return None
        is_indexed = indexed not in {"", "T"}
        settings = _BY_INDEX if is_indexed else _IN_ORDER
        await self._session.execute(
            select(*(func.set_config(name, value, true()) for name, value in settings.items()))
        )
        if not is_indexed:
            return Finding(None, _match(query))
        if "<" not in query:
            return Finding(_match(query), None)
        return Finding(_match(re.sub(_FOLLOWED_BY, "&", indexed)), _match(query))

    async def get(self, ref: str) -> Article | None:
        """Return the article with this id, slug or former slug, and all that its page shows."""
        shows = _HEAVY | {"authors", "series", "tags"}
        query = _with_author(select(Article).where(_is(ref))).options(*_loads(shows))
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def dress(self, article: Article, *, owner: User) -> None:
        """Give an article that is in no session the people, tags and series that it names.

        Of those who are gone the others are left, or else the present `owner`.
        """
        people = await self._by_id(User, article.author_ids)
        authors = [people[id_] for id_ in article.author_ids if id_ in people] or [owner]
        series = await self._by_id(Series, [article.series_id] if article.series_id else [])
        article.author_id = authors[0].id
        set_committed_value(article, "author", authors[0])
        set_committed_value(article, "authors", authors)
        set_committed_value(article, "tags", await self._tags_named(article.tag_names))
        set_committed_value(article, "series", next(iter(series.values()), None))

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

    async def _by_id(self, kind: type[Any], ids: Sequence[int]) -> dict[int, Any]:
        rows = await self._session.scalars(select(kind).where(kind.id.in_(ids)))
        return {row.id: row for row in rows}

    async def older(self, article: Article, at: datetime) -> Article | None:
        """Return the public article of the same language that is next before this one by date."""
        return await self._neighbour(_by_date(article, at), article.dated_at, article.id)

    async def newer(self, article: Article, at: datetime) -> Article | None:
        """Return the one that is next after it."""
        return await self._neighbour(_by_date(article, at), article.dated_at, article.id, on=True)

    async def before(self, article: Article, at: datetime) -> Article | None:
        """Return the public article that stands before this one in its series."""
        return await self._neighbour(_by_place(article, at), article.series_position, article.id)

    async def after(self, article: Article, at: datetime) -> Article | None:
        """Return the one that stands after it."""
        place = article.series_position
        return await self._neighbour(_by_place(article, at), place, article.id, on=True)

    async def _neighbour(self, row: "Row", *there: object, on: bool = False) -> Article | None:
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
            _briefly(select(Article))
            .where(Article.translation_group == article.translation_group)
            .where(Article.id != article.id, Article.deleted_at.is_(None))
            .where(_visible_to(reader, at))
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
        return (await self._session.scalars(query.limit(RELATED))).all()


Row = tuple[Select[Article], tuple[InstrumentedAttribute[Any], ...]]


def _by_date(article: Article, at: datetime) -> Row:
    query = select(Article).where(Article.has_status(Status.PUBLISHED, at))
    return query.where(Article.locale == article.locale), (Article.published_at, Article.id)


def _by_place(article: Article, at: datetime) -> Row:
    query = select(Article).where(Article.has_status(Status.PUBLISHED, at))
    in_series = query.where(Article.series_id == article.series_id)
    return in_series, (Article.series_position, Article.id)


def _order(wanted: ArticleFilter) -> Order[Article]:
    name = wanted.sort.removeprefix("-")
    column, key_of = _KEYS.get(name) or _dates(wanted)
    return Order(
        wanted.sort,
        column.expression,
        Article.id.expression,
        key_of,
        descending=wanted.sort.startswith("-"),
    )


def _dates(wanted: ArticleFilter) -> tuple[Any, Any]:
    """Return what a list is ordered by; where all are published, an index has just that column."""
    is_published = wanted.status in {Status.PUBLISHED, Status.SCHEDULED}
    column = Article.published_at if is_published else Article.dated_at
    return column, lambda article: (article.dated_at, article.id)


def _loads(shows: frozenset[str] | set[str]) -> list[_AbstractLoad]:
    options: list[_AbstractLoad] = []
    if not _HEAVY & shows:
        options += [defer(getattr(Article, name), raiseload=True) for name in sorted(_HEAVY)]
    if "tags" in shows:
        options.append(selectinload(Article.tags).load_only(Tag.slug, Tag.name, Tag.colour))
    if "authors" in shows:
        options.append(selectinload(Article.authors).load_only(*_SHOWN_OF_A_PERSON))
    if "series" in shows:
        options.append(joinedload(Article.series))
    return options


_SHOWN_OF_A_PERSON = (User.username, User.full_name, User.avatar)


def _with_author(query: Select[Article]) -> Select[Article]:
    shown = contains_eager(Article.author).load_only(*_SHOWN_OF_A_PERSON)
    return query.join(Article.author).options(shown)


def _briefly(query: Select[Article]) -> Select[Article]:
    """Load no more than a link to an article needs."""
    shown = (
        Article.slug, Article.title, Article.given_excerpt, Article.made_excerpt,
        Article.locale, Article.cover, Article.published_at,
    )  # fmt: skip
    return query.options(load_only(*shown, raiseload=True))


def _match(query: str) -> ColumnElement[bool]:
    return Article.words.bool_op("@@")(cast(query, TSQUERY))


def _is(ref: str) -> ColumnElement[bool]:
    article_id = as_id(ref)
    if article_id is not None:
        return Article.id == article_id
    named = select(Address.article_id).where(Address.address == ref)
    return Article.id == named.scalar_subquery()


def _visible_to(reader: User | None, at: datetime) -> ColumnElement[bool]:
    public = Article.has_status(Status.PUBLISHED, at)
    if reader is None:
        return public
    if reader.may(Permission.EDIT_ANY):
        return Article.id.is_not(None)
    return or_(public, Article.author_ids.contains([reader.id]))


def _narrowed(query: Select[Article], wanted: ArticleFilter, at: datetime) -> Select[Article]:
    kept = Article.deleted_at.is_(None)
    query = query.where(Article.has_status(wanted.status, at) if wanted.status else kept)
    equal = {"locale": wanted.locale, "featured": wanted.featured, "pinned": wanted.pinned}
    for name, value in equal.items():
        if value is not None:
            query = query.where(getattr(Article, name) == value)
    if wanted.published_after is not None:
        query = query.where(Article.published_at >= wanted.published_after)
    if wanted.published_before is not None:
        query = query.where(Article.published_at < wanted.published_before)
    return query


def _within(query: Select[Article], scope: Scope) -> Select[Article]:
    if scope.author_id is not None:
        wrote = (ArticleAuthor.article_id == Article.id) & (
            ArticleAuthor.user_id == scope.author_id
        )
        query = query.where(exists().where(wrote))
    if scope.tag_id is not None:
        has = (ArticleTag.article_id == Article.id) & (ArticleTag.tag_id == scope.tag_id)
        query = query.where(exists().where(has))
    if scope.series_id is not None:
        query = query.where(Article.series_id == scope.series_id)
    return query
