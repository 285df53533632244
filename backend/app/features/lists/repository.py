"""The queries for lists of articles: which ones they are, and what is shown of each.

Both are one statement, whose rows are JSON already; it is compiled once for each kind of list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.core.lookup import lookup_or_walk
from app.core.paging import Cursor, Listed
from app.core.reading import AT, READER, Reads, Statement, argument
from app.core.sqljson import NULL, as_text, first_of, row, shown
from app.features.lists.schemas import (
    Arguments,
    ArticleSort,
    Kind,
)
from app.features.series.schemas import SeriesBrief
from app.features.tags.schemas import TagBrief
from app.models import (
    Article,
    ArticleTag,
    Change,
    Favorite,
    PublicCount,
    Series,
    Showing,
    Site,
    Status,
    TagFollow,
    User,
    UserFollow,
    tag_called,
)
from app.models import ArticleAuthor as Authorship

# The planner is told how many articles are looked for at the most, where it knows no argument.
_A_PAGE, _SKIPPED = 101, 10_101

_IN_ORDER = {"plan_cache_mode": "force_custom_plan", "enable_seqscan": "off"}
_BY_INDEX = {"enable_indexscan": "off", "enable_seqscan": "off"}


_SINCE = argument("published_after", DateTime(timezone=True))
_IDS = argument("ids", ARRAY(BigInteger))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Articles, and the two columns that they are walked by."""

    way: type[Article | ArticleTag | Authorship]
    query: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]


class ListRepository:
    """Reads lists."""

    def __init__(self, reads: Reads) -> None:
        """Take what runs statements."""
        self._reads = reads

    async def page(
        self, kind: Kind, arguments: Arguments, *, by_index: bool = False
    ) -> list[Listed]:
        """Return the articles from where the page begins, with the stamp for who is nobody.

        `by_index` has words found by their index alone, as if they were rare: the planner takes the
        comparing of words for cheap, and would rather read all articles for common ones.
        """
        under = _BY_INDEX if by_index else {}
        rows = await self._reads.all(_page(kind), arguments, under=under)
        return [Listed(*row) for row in rows]

    async def at(self, ids: Sequence[int], kind: Kind, arguments: Arguments) -> list[Listed]:
        """Return these articles, in the order and direction of the list."""
        rows = await self._reads.all(_at(kind), {**arguments, "ids": ids})
        return [Listed(*row) for row in rows]

    async def places(self, kind: Kind, arguments: Arguments, *, by_index: bool) -> list[Cursor]:
        """Return where so many articles stand, up to ten thousand."""
        under = _BY_INDEX if by_index else _IN_ORDER
        rows = await self._reads.all(_places(replace(kind, skips=True)), arguments, under=under)
        turned = bool(kind.backward)
        return [Cursor.at(kind.sort, key, id_, backward=turned) for id_, key in rows]

    async def count(self, kind: Kind, arguments: Arguments) -> int:
        """Return how many articles there are in the whole list."""
        ((total,),) = await self._reads.all(_total(kind), arguments)
        return int(total)

    async def stamp(self, kind: Kind, arguments: Arguments) -> str:
        """Return what the page would be stamped with."""
        ((stamp,),) = await self._reads.all(_stamped(kind.shows_counts), arguments)
        return str(stamp)

    def digest(self, kind: Kind) -> str:
        """Return what changes whenever such a list comes to say something else of the same."""
        return _page(kind).digest

    async def search_query(self, arguments: Arguments) -> tuple[str | None, str]:
        """Return what some words mean to the database, and as much of it as the index knows.

        The former is None if there is no word in them.
        """
        ((query, indexed),) = await self._reads.all(_QUERY, arguments)
        return query, indexed

    async def with_words(self, ids: Sequence[int], query: str) -> set[int]:
        """Read these articles, and return which of them have the words."""
        rows = await self._reads.all(_READ, {"ids": ids, "read": query})
        return {id_ for (id_,) in rows}

    async def has_person(self, named: Arguments) -> bool:
        """Say whether there is such an author."""
        known = _PERSON_BY_NAME if "author" in named else _PERSON_BY_ID
        return any(id_ is not None for (id_,) in await self._reads.all(known, named))


def _walk(kind: Kind) -> _Walk:
    """Return all articles, or those of one tag or author, which have an order of their own."""
    if kind.is_public and kind.sort in {ArticleSort.NEWEST, ArticleSort.OLDEST}:
        if "tag" in kind.given:
            return _walk_along(ArticleTag, ArticleTag.tag_id == _TAG)
        author = _person_named(kind, "author")
        if author is not None:
            return _walk_along(Authorship, Authorship.user_id == author)
    key = _KEYS.get(kind.sort.removeprefix("-"), _date(kind))
    query = Select[Any](Article.id, key.label("place"))
    return _Walk(Article, query, key, Article.id.expression)


def _walk_along(way: type[ArticleTag | Authorship], here: ColumnElement[bool]) -> _Walk:
    query = Select[Any](way.article_id.label("id"), way.public_at.label("place"))
    query = query.where(here, way.public_at <= AT)
    return _Walk(way, query, way.public_at.expression, way.article_id.expression)


_KEYS: dict[str, ColumnElement[Any]] = {
    name: getattr(Article, name).expression for name in ("created_at", "updated_at", "title")
}


def _date(kind: Kind) -> ColumnElement[Any]:
    """Return what a list is ordered by; where all are published, an index has just that column."""
    is_published = kind.status in {Status.PUBLISHED, Status.SCHEDULED}
    date: Any = Article.published_at if is_published else Article.dated_at
    column: ColumnElement[Any] = date.expression
    return column


def _wanted(kind: Kind, walk: _Walk) -> Select[Any]:
    query = walk.query if walk.way is Article else walk.query.join(Article, Article.id == walk.id)
    return query.where(*_conditions(kind, walk))


def _conditions(kind: Kind, walk: _Walk) -> Iterator[ColumnElement[bool]]:
    yield from _visible(kind)
    if "locale" in kind.given:
        yield Article.locale == argument("locale")
    for flag, is_so in ((Article.featured, kind.featured), (Article.pinned, kind.pinned)):
        if is_so is not None:
            yield flag == is_so
    if "ids" in kind.given:
        yield Article.id == func.any(_IDS)
    if "published_after" in kind.given:
        yield Article.published_at >= _SINCE
    if "published_before" in kind.given:
        yield Article.published_at < argument("published_before", DateTime(timezone=True))
    if kind.words:
        yield _has_words("found")
    yield from _company(kind, walk)


def _visible(kind: Kind) -> Iterator[ColumnElement[bool]]:
    if kind.status is None:
        yield Article.deleted_at.is_(None)
    else:
        yield Article.has_status(kind.status, AT)
    if not kind.is_public and kind.reader is None:
        yield Article.has_status(Status.PUBLISHED, AT)
    elif not kind.is_public:
        yield Article.seen_by(READER, AT, sees_all=bool(kind.reader))


def _company(kind: Kind, walk: _Walk) -> Iterator[ColumnElement[bool]]:
    if "tag" in kind.given and walk.way is not ArticleTag:
        yield ArticleTag.of(_TAG)
    author, liked_by = _person_named(kind, "author"), _person_named(kind, "favorited_by")
    if author is not None and walk.way is not Authorship:
        yield Authorship.by(author)
    if liked_by is not None:
        yield Favorite.by(liked_by)
    if "series_id" in kind.given:
        yield Article.series_id == argument("series_id", BigInteger)
    if "series" in kind.given:
        named = select(Series.id).where(Series.slug == argument("series"))
        yield Article.series_id == named.scalar_subquery()


def _person_named(kind: Kind, name: str) -> ColumnElement[int] | None:
    if f"{name}_id" in kind.given:
        return argument(f"{name}_id", BigInteger)
    return User.called(argument(name)) if name in kind.given else None


_TAG = tag_called(argument("tag"), argument("tag_id", BigInteger))


def _has_words(name: str) -> ColumnElement[bool]:
    return Article.words.bool_op("@@")(cast(argument(name), TSQUERY))


def _beginning(query: Select[Any], walk: _Walk, kind: Kind) -> Select[Any]:
    """Return the query in its order and direction, from the cursor on."""
    is_descending = _is_descending(kind)
    if kind.backward is not None:
        here = tuple_(walk.key, walk.id)
        there = tuple_(argument("key", walk.key.type), argument("id", BigInteger))
        query = query.where(here < there if is_descending else here > there)
    return query.order_by(*_ordered(walk.key, walk.id, is_descending))


def _is_descending(kind: Kind) -> bool:
    return kind.sort.startswith("-") is not bool(kind.backward)


def _ordered(key: ColumnElement[Any], id_: ColumnElement[int], is_descending: bool) -> list[Any]:
    return [column.desc() if is_descending else column.asc() for column in (key, id_)]


def _found(kind: Kind) -> Select[Any]:
    """Return the ids of the articles on the page, and their keys."""
    if "followed" in kind.given:
        found = union(*(select(part.subquery()) for part in _feed(kind))).subquery("found")
    else:
        walk = _walk(kind)
        query = _beginning(_wanted(kind, walk), walk, kind)
        most: ColumnElement[int] = literal_column(str(_SKIPPED if kind.skips else _A_PAGE))
        most = argument("end", BigInteger) if kind.far else most
        company = None if kind.words else _in_company(kind, walk)
        first: Any = query.limit(most)
        if company is not None:
            first = lookup_or_walk(query, Article.id.expression, company, most)
        found = first.subquery()
    page = select(found.c.id, found.c.place)
    page = page.order_by(*_ordered(found.c.place, found.c.id, _is_descending(kind)))
    page = page.limit(argument("limit", BigInteger))
    return page.offset(argument("skip", BigInteger)) if kind.skips else page


def _in_company(kind: Kind, walk: _Walk) -> Select[Any] | None:
    """Return the ids of all articles of the person or tag that the walk is not along."""
    liked_by, author = _person_named(kind, "favorited_by"), _person_named(kind, "author")
    if liked_by is not None:
        return select(Favorite.article_id).where(Favorite.user_id == liked_by)
    if author is not None and walk.way is not Authorship:
        return select(Authorship.article_id).where(Authorship.user_id == author)
    if "tag" in kind.given and walk.way is not ArticleTag:
        return select(ArticleTag.article_id).where(ArticleTag.tag_id == _TAG)
    return None


def _feed(kind: Kind) -> Iterator[Select[Any]]:
    """Return what those have published, and what has the tags, that the reader follows.

    Of each the beginning is enough, which its index has.
    """
    people = select(UserFollow.followed_id.label("id")).where(UserFollow.follower_id == READER)
    tags = select(TagFollow.tag_id.label("id")).where(TagFollow.user_id == READER)
    ways = ((people, Authorship, Authorship.user_id), (tags, ArticleTag, ArticleTag.tag_id))
    for followed, way, column in ways:
        each = followed.subquery("followed")
        walk = _walk_along(way, column == each.c.id)
        query = walk.query.correlate(each)
        if "published_after" in kind.given:
            query = query.where(walk.key >= _SINCE)
        query = _beginning(query, walk, kind)
        latest = query.limit(argument("end", BigInteger)).lateral("latest")
        yield select(latest.c.id, latest.c.place).select_from(each.join(latest, true()))


# What is shown of them


def _dressed(places: FromClause, kind: Kind) -> Select[Any]:
    """Return of each place its id and key, its article as JSON, and for anybody the stamp."""
    reader = None if kind.reader is None else READER
    showing = Showing(kind.fields, kind.people, TagBrief.model_fields, reader, AT)
    here = places.join(Article, Article.id == places.c.id)
    source, columns = showing.of(here, series=_series())
    item = select(*shown(columns)).correlate_except().lateral("item")
    query = Select[Any](places.c.id, places.c.place, as_text(row(item)))
    if kind.reader is None:
        query = query.add_columns(_stamp(counts=kind.shows_counts))
    query = query.select_from(source.join(item, true()))
    if "followed" in kind.given:  # nothing has looked at the articles yet
        query = query.where(Article.has_status(Status.PUBLISHED, AT))
    return query.order_by(*_ordered(places.c.place, places.c.id, _is_descending(kind)))


def _series() -> ColumnElement[Any]:
    columns = [getattr(Series, name) for name in SeriesBrief.model_fields]
    place = (Article.series_position.label("position"), NULL.label("previous"), NULL.label("next"))
    return first_of(
        select(*columns, *place).where(Series.id == Article.series_id).correlate(Article)
    )


def _stamp(*, counts: bool) -> ColumnElement[str]:
    """Return what changes with everything that is shown, and when another article's time comes."""
    dash: ColumnElement[str] = literal_column("'-'")
    return func.concat_ws(dash, Change.stamp(counts=counts), Article.latest_public(AT))


# The statements


@lru_cache(maxsize=512)
def _page(kind: Kind) -> Statement:
    return Statement.of(_dressed(_found(kind).subquery("place"), kind))


@lru_cache(maxsize=64)
def _at(kind: Kind) -> Statement:
    places = select(Article.id, _walk(kind).key.label("place")).where(Article.id == func.any(_IDS))
    return Statement.of(_dressed(places.subquery("place"), kind))


@lru_cache(maxsize=64)
def _places(kind: Kind) -> Statement:
    return Statement.of(_found(kind))


@lru_cache(maxsize=64)
def _total(kind: Kind) -> Statement:
    kept = _kept_total(kind)
    if kept is not None:
        return Statement.of(select(kept))
    if "followed" in kind.given:
        wanted: Any = union(*(_feed(kind)))
    else:
        wanted = _wanted(kind, _walk(kind))
    return Statement.of(select(func.count()).select_from(wanted.subquery()))


def _kept_total(kind: Kind) -> ColumnElement[int] | None:
    """Return the number that the database keeps of such lists, if it does."""
    if not kind.is_public or {kind.words, kind.featured, kind.pinned} != {None}:
        return None
    author = _person_named(kind, "author")
    if author is not None and len(kind.given) == 1:
        return PublicCount.by_author(author, AT)
    if kind.given == {"tag", "tag_id"}:
        return PublicCount.with_tag(_TAG, AT)
    return None if kind.given else PublicCount.in_all(AT)


@lru_cache(maxsize=2)
def _stamped(counts: bool) -> Statement:
    return Statement.of(select(_stamp(counts=counts)))


_READ = Statement.of(select(Article.id).where(Article.id == func.any(_IDS), _has_words("read")))
_PERSON_BY_ID = Statement.of(select(User.id).where(User.id == argument("author_id", BigInteger)))
_PERSON_BY_NAME = Statement.of(select(User.called(argument("author"))))
_OF_SITE = select(Site.edits["locale"].astext).scalar_subquery()
_LOCALE = func.coalesce(argument("locale"), _OF_SITE, argument("site_locale"))
_ASKED = select(func.search_query(argument("words"), _LOCALE).label("query")).subquery()
_QUERY = Statement.of(select(cast(_ASKED.c.query, Text), func.querytree(_ASKED.c.query)))
