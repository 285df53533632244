"""The queries for reading articles."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    cast,
    false,
    func,
    literal,
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
    with_expression,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.core.paging import (
    Order,
    Page,
    Slice,
    count,
    fetch_found,
    fetch_merged,
    fetch_sifted,
    fetch_slice,
)
from app.core.text import as_id
from app.features.articles.schemas import (
    BIO,
    FIELDS,
    FOLLOWED,
    MOST_READ,
    PLAIN_FIELDS,
    ArticleFilter,
)
from app.models import (
    Address,
    Article,
    ArticleAuthor,
    ArticleCounts,
    ArticleTag,
    Bookmark,
    Favorite,
    Series,
    Status,
    Tag,
    TagAlias,
    TagFollow,
    User,
    UserFollow,
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
_OF_A_PAGE = FIELDS - {"authors", "tags"} | {FOLLOWED, BIO}
_READABLE = PLAIN_FIELDS | {"favorited", "bookmarked"}

_IN_ORDER = {"plan_cache_mode": "force_custom_plan", "enable_seqscan": "off"}
_BY_INDEX = _IN_ORDER | {"plan_cache_mode": "force_generic_plan", "enable_indexscan": "off"}
_FOLLOWED_BY = "<(-|[0-9]+)>"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose articles, of which tag or series, with words of which locale; None stands for any."""

    author_id: int | None = None
    tag_id: int | None = None
    series_id: int | None = None
    favorited_by: int | None = None
    followed_by: int | None = None
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
        query = _narrowed(select(Article).where(Article.visible_to(reader, at)), wanted, at)
        query, order = _within(query, scope), _order(wanted)
        shown = _shown(query, wanted.shows, reader)
        if scope.followed_by is not None:
            follows = UserFollow.wrote(scope.followed_by), TagFollow.marks(scope.followed_by)
            parts = [query.where(each) for each in follows]
            return await fetch_merged(self._session, parts, shown, order, page)
        if scope.words is None:
            return await self._plainly(query, shown, order, page)
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

    async def _plainly(
        self, query: Select[Article], shown: Select[Article], order: Order[Article], page: Page
    ) -> Slice[Article]:
        """Return a page; nothing is found besides for what it skips."""
        if page.skip:
            ids = order.sorted(query.with_only_columns(Article.id), backward=False)
            shown = shown.where(Article.id.in_(ids.offset(page.skip).limit(page.limit + 1)))
        found = await fetch_slice(self._session, shown, order, replace(page, skip=0, total=False))
        return replace(found, total=await count(self._session, query) if page.total else None)

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

    async def get(self, ref: str, reader: User | None) -> Article | None:
        """Return the article with this id, slug or former slug, and all that its page shows."""
        people = selectinload(Article.authors).options(*_of_a_person(_OF_A_PAGE, reader))
        tags = selectinload(Article.tags).load_only(Tag.slug, Tag.name, Tag.colour)
        query = _shown(select(Article).where(_is(ref)), _OF_A_PAGE, reader).options(people, tags)
        return (await self._session.scalars(query)).one_or_none()

    async def readable(self, ref: str, reader: User | None, at: datetime) -> Article | None:
        """Return the same without its text and people, if this reader may see it."""
        query = select(Article).where(_is(ref), Article.visible_to(reader, at))
        return (await self._session.scalars(_shown(query, _READABLE, reader))).one_or_none()

    async def dress(self, article: Article, *, owner: User, reader: User | None) -> None:
        """Give an article that is in no session the people, tags and series that it names.

        Of those who are gone the others are left, or else the present `owner`.
        """
        known = select(User).where(User.id.in_(article.author_ids))
        known = known.options(*_of_a_person(_OF_A_PAGE, reader))
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


def _shown(query: Select[Article], shows: AbstractSet[str], reader: User | None) -> Select[Article]:
    """Load what is shown with the query's own statement.

    What the session has already is loaded again, for it may not know what is so for this reader.
    """
    options = [*_besides(shows, reader)]
    if not _HEAVY & shows:
        options += [defer(getattr(Article, name), raiseload=True) for name in sorted(_HEAVY)]
    if "author" in shows:
        query = query.join(Article.author)
        options.append(contains_eager(Article.author).options(*_of_a_person(shows, reader)))
    if "series" in shows:
        options.append(joinedload(Article.series))
    return query.options(*options).execution_options(populate_existing=True)


def _besides(shows: AbstractSet[str], reader: User | None) -> Iterator[_AbstractLoad]:
    """Find the attributes that no column holds."""
    yield from (option for name, option in _FOUND.items() if name in shows)
    if "favorited" in shows and reader:
        yield with_expression(Article.is_favorited, Favorite.by(reader.id))
    if "bookmarked" in shows and reader:
        yield with_expression(Article.is_bookmarked, Bookmark.by(reader.id))
    if "authors" in shows and FOLLOWED in shows:
        followed = UserFollow.by(reader.id) if reader else false()
        yield with_expression(Article.listed_authors, ArticleAuthor.listed(followed=followed))
    elif "authors" in shows:
        yield _AUTHORS


# To build these takes longer than to find what they say.
_FOUND = {
    "comments_count": with_expression(Article.comments_count, ArticleCounts.of("comments")),
    "favorites_count": with_expression(Article.favorites_count, ArticleCounts.of("favorites")),
    "tags": with_expression(Article.listed_tags, ArticleTag.listed()),
}
_AUTHORS = with_expression(Article.listed_authors, ArticleAuthor.listed())


def _of_a_person(shows: AbstractSet[str], reader: User | None) -> list[_AbstractLoad]:
    told = (User.username, User.full_name, User.avatar, *([User.bio] if BIO in shows else []))
    is_followed = UserFollow.by(reader.id) if reader and FOLLOWED in shows else false()
    return [load_only(*told), with_expression(User.is_followed, is_followed)]


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


def _narrowed(query: Select[Article], wanted: ArticleFilter, at: datetime) -> Select[Article]:
    kept = Article.deleted_at.is_(None)
    query = query.where(Article.has_status(wanted.status, at) if wanted.status else kept)
    equal = {"locale": wanted.locale, "featured": wanted.featured, "pinned": wanted.pinned}
    for name, value in equal.items():
        if value is not None:
            query = query.where(getattr(Article, name) == value)
    if wanted.ids is not None:
        query = query.where(Article.id == func.any(literal(wanted.ids, ARRAY(BigInteger))))
    if wanted.published_after is not None:
        query = query.where(Article.published_at >= wanted.published_after)
    if wanted.published_before is not None:
        query = query.where(Article.published_at < wanted.published_before)
    return query


def _within(query: Select[Article], scope: Scope) -> Select[Article]:
    if scope.author_id is not None:
        query = query.where(ArticleAuthor.by(scope.author_id))
    if scope.tag_id is not None:
        query = query.where(ArticleTag.of(scope.tag_id))
    if scope.favorited_by is not None:
        query = query.where(Favorite.by(scope.favorited_by))
    if scope.series_id is not None:
        query = query.where(Article.series_id == scope.series_id)
    return query
