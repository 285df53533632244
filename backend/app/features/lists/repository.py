"""The queries for lists of articles: which ones they are, and what is shown of each.

Both are one statement, whose rows are JSON already; it is compiled once for each kind of list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    FromClause,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.core.lookup import Few, Walk, each_once, either, first_place, in_order, is_among, unindexed
from app.core.paging import Cursor, Listed
from app.core.reading import AT, READER, Reads, Statement, argument
from app.core.sqljson import as_text, row, shown
from app.features.lists.schemas import Arguments, Kind
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
    first_with_words,
    tag_called,
)
from app.models import ArticleAuthor as Authorship

# The planner is told how many articles are looked for at the most, where it knows no argument.
_A_PAGE, _SKIPPED = 101, 10_101

_SINCE = argument("published_after", DateTime(timezone=True))
_IDS = argument("ids", ARRAY(BigInteger))
_END = argument("end", BigInteger)
_ID: ColumnElement[int] = Article.id.expression
_IN_LANGUAGE = Article.locale == argument("locale")


class ListRepository:
    """Reads lists."""

    def __init__(self, reads: Reads) -> None:
        """Take what runs statements."""
        self._reads = reads

    async def page(self, kind: Kind, arguments: Arguments) -> list[Listed]:
        """Return the articles from where the page begins, with the stamp for who is nobody."""
        return [Listed(*row) for row in await self._reads.all(_page(kind), arguments)]

    async def at(self, ids: Sequence[int], kind: Kind, arguments: Arguments) -> list[Listed]:
        """Return these articles, in the order and direction of the list."""
        rows = await self._reads.all(_at(kind), {**arguments, "ids": ids})
        return [Listed(*row) for row in rows]

    async def places(self, kind: Kind, arguments: Arguments) -> list[Cursor]:
        """Return where so many articles stand, up to ten thousand."""
        rows = await self._reads.all(_places(replace(kind, skips=True)), arguments)
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
        return (None, "") if query is None else (each_once(query), each_once(indexed))

    async def with_words(self, ids: Sequence[int], query: str) -> set[int]:
        """Read these articles, and return which of them have the words."""
        rows = await self._reads.all(_READ, {"ids": ids, "read": query})
        return {id_ for (id_,) in rows}

    async def has_person(self, named: Arguments) -> bool:
        """Say whether there is such an author."""
        known = _PERSON_BY_NAME if "author" in named else _PERSON_BY_ID
        return any(id_ is not None for (id_,) in await self._reads.all(known, named))


def _walk(kind: Kind) -> Walk:
    """Return all articles, or those of one tag or author, which have an order of their own."""
    if kind.along == "tag":
        return _walk_along(ArticleTag, ArticleTag.tag_id == _TAG)
    if kind.along == "author":
        return _walk_along(Authorship, Authorship.user_id == _person_named(kind, "author"))
    key: ColumnElement[Any] = getattr(Article, kind.key).expression
    return Walk(Select(Article.id, key.label("place")), key, _ID)


def _walk_along(way: type[ArticleTag | Authorship], here: ColumnElement[bool]) -> Walk:
    query = Select[Any](way.article_id.label("id"), way.public_at.label("place"))
    query = query.where(here, way.public_at <= AT)
    return Walk(query, way.public_at.expression, way.article_id.expression)


def _wanted(kind: Kind) -> Select[Any]:
    """Return what is wanted of a walk, whatever the company; along a tag all is public anyway."""
    walk, conditions = _walk(kind), list(_conditions(kind))
    date = walk.key if kind.along else Article.published_at.expression
    query = walk.query.where(*_dated(kind, date))
    if kind.along and not conditions:
        return query
    query = query.join(Article, Article.id == walk.id) if kind.along else query
    return query.where(*_visible(kind), *conditions)


def _conditions(kind: Kind) -> Iterator[ColumnElement[bool]]:
    if "locale" in kind.given:
        yield _IN_LANGUAGE
    for name, is_so in kind.flags.items():
        yield getattr(Article, name) == is_so
    if "ids" in kind.given:
        yield Article.id == func.any(_IDS)
    yield from _in_series(kind)


def _dated(kind: Kind, date: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    if "published_after" in kind.given:
        yield date >= _SINCE
    if "published_before" in kind.given:
        yield date < argument("published_before", DateTime(timezone=True))


def _visible(kind: Kind) -> Iterator[ColumnElement[bool]]:
    if kind.status is None:
        yield Article.deleted_at.is_(None)
    else:
        yield Article.has_status(kind.status, AT)
    if not kind.is_public and kind.reader is None:
        yield Article.has_status(Status.PUBLISHED, AT)
    elif not kind.is_public:
        yield Article.seen_by(READER, AT, sees_all=bool(kind.reader))


def _company(kind: Kind) -> Iterator[Select[Any]]:
    """Yield the ids of all articles of each person and tag that is not walked along."""
    liked_by, author = _person_named(kind, "favorited_by"), _person_named(kind, "author")
    if liked_by is not None:
        yield select(Favorite.article_id).where(Favorite.user_id == liked_by)
    if author is not None and kind.along != "author":
        yield select(Authorship.article_id).where(Authorship.user_id == author)
    if "tag" in kind.given and kind.along != "tag":
        yield select(ArticleTag.article_id).where(ArticleTag.tag_id == _TAG)


def _in_series(kind: Kind) -> Iterator[ColumnElement[bool]]:
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
    return Article.words.bool_op("@@")(_query(name))


def _query(name: str) -> ColumnElement[Any]:
    return cast(argument(name), TSQUERY)


def _found(kind: Kind) -> Select[Any]:
    """Return the ids of the articles on the page, and their keys."""
    if "followed" in kind.given:
        found = union(*(select(part.subquery()) for part in _feed(kind))).subquery("found")
    else:
        found = _first(kind).subquery()
    page = select(found.c.id, found.c.place)
    page = page.order_by(*in_order(found.c.place, found.c.id, descending=kind.is_descending))
    page = page.limit(argument("limit", BigInteger))
    return page.offset(argument("skip", BigInteger)) if kind.skips else page


def _first(kind: Kind) -> Select[Any] | CompoundSelect[Any]:
    """Return the first of the articles, by whichever way finds them soonest."""
    sets = _sets(kind)
    if not sets:
        return _walked(kind)
    few = Few(sets)
    looked_up = _one_by_one(kind, few.have(_walk(kind).id))
    return either(looked_up, _walked(kind, few.are_too_many))


def _walked(kind: Kind, *only_if: ColumnElement[bool]) -> Select[Any]:
    if not (kind.words and kind.is_dated):
        return _one_by_one(kind, *only_if)
    words, descending = _query("found"), kind.is_descending
    found, span = _in_order(kind), _span(kind)
    return first_with_words(found, words, span, _END, *only_if, descending=descending)


def _one_by_one(kind: Kind, *only_if: ColumnElement[bool]) -> Select[Any]:
    most: ColumnElement[int] = literal_column(str(_SKIPPED if kind.skips else _A_PAGE))
    has_words = [unindexed(_has_words("found"))] if kind.words else []
    return _in_order(kind, *only_if, *has_words).limit(_END if kind.far else most)


def _in_order(kind: Kind, *only_if: ColumnElement[bool]) -> Select[Any]:
    walk = _walk(kind)
    among = (is_among(ids, walk.id) for ids in _company(kind))
    return _beginning(_wanted(kind).where(*among, *only_if), walk, kind)


def _beginning(query: Select[Any], walk: Walk, kind: Kind) -> Select[Any]:
    """Return the query in its order and direction, from the cursor on."""
    cursor = (argument("key", walk.key.type), argument("id", BigInteger))
    after = None if kind.backward is None else cursor
    return walk.beginning(query, descending=kind.is_descending, after=after)


def _span(kind: Kind) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the dates that the page begins and the list ends with, whatever else is asked for."""
    walk = _walk(kind)
    dates = walk.query.where(*_visible(kind), *_dated(kind, walk.key))
    backward = walk.beginning(dates, descending=not kind.is_descending, after=None)
    return first_place(_beginning(dates, walk, kind)), first_place(backward)


def _sets(kind: Kind) -> list[Select[Any]]:
    """Return the ids of all articles that one thing alone lets through, for each such thing.

    What a few of all have is indexed in the order of dates, and walked where there are no words.
    """
    sets = list(_company(kind))
    if not kind.words:
        return sets
    sets += Few.in_common(sets)
    marks = list(_in_series(kind))
    if kind.is_public:
        marks += (getattr(Article, name) for name, is_so in kind.flags.items() if is_so)
        marks += [_IN_LANGUAGE] if "locale" in kind.given else []
    sets += (select(Article.id).where(mark, *_visible(kind)) for mark in marks)
    return sets if kind.is_dated else [*sets, select(Article.id).where(_has_words("found"))]


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
        query = walk.query.where(*_dated(kind, walk.key)).correlate(each)
        query = _beginning(query, walk, kind)
        latest = query.limit(_END).lateral("latest")
        yield select(latest.c.id, latest.c.place).select_from(each.join(latest, true()))


# What is shown of them


def _dressed(places: FromClause, kind: Kind) -> Select[Any]:
    """Return of each place its id and key, its article as JSON, and for anybody the stamp."""
    names = (kind.fields, kind.people, TagBrief.model_fields)
    reader = None if kind.reader is None else READER
    showing = Showing(*names, reader, AT, series=SeriesBrief.model_fields)
    source, columns = showing.of(places.join(Article, Article.id == places.c.id))
    item = select(*shown(columns)).correlate_except().lateral("item")
    query = Select[Any](places.c.id, places.c.place, as_text(row(item)))
    if kind.reader is None:
        query = query.add_columns(_stamp(counts=kind.shows_counts))
    query = query.select_from(source.join(item, true()))
    if "followed" in kind.given:  # nothing has looked at the articles yet
        query = query.where(Article.has_status(Status.PUBLISHED, AT))
    return query.order_by(*in_order(places.c.place, places.c.id, descending=kind.is_descending))


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
    places = _walk(kind.by_id).query.where(Article.id == func.any(_IDS))
    return Statement.of(_dressed(places.subquery("place"), kind))


@lru_cache(maxsize=64)
def _places(kind: Kind) -> Statement:
    return Statement.of(_found(kind))


@lru_cache(maxsize=64)
def _total(kind: Kind) -> Statement:
    return Statement.of(select(_number(kind)))


def _number(kind: Kind) -> ColumnElement[Any]:
    """Return how many there are, with as little counting as can be."""
    kept = _kept_total(kind)
    if kept is not None:
        return kept
    if kind.is_public and kind.featured is False:
        return _number(replace(kind, featured=None)) - _number(replace(kind, featured=True))
    if kind.is_public and kind.pinned is False:
        return _number(replace(kind, pinned=None)) - _number(replace(kind, pinned=True))
    return select(func.count()).select_from(_counted(kind).subquery()).scalar_subquery()


def _counted(kind: Kind) -> Select[Any] | CompoundSelect[Any]:
    if "followed" in kind.given:
        return union(*_feed(kind))
    sets, has_words = _sets(kind.by_id), [_has_words("found")] if kind.words else []
    if not sets:
        return _wanted(kind).where(*has_words)
    few, id_ = Few(sets), _walk(kind).id
    looked_up = _in_order(kind.by_id, few.have(_ID), *map(unindexed, has_words))
    # The planner may begin with any of them.
    among = (id_.in_(ids) for ids in _company(kind))
    return either(looked_up, _wanted(kind).where(few.are_too_many, *among, *has_words))


def _kept_total(kind: Kind) -> ColumnElement[int] | None:
    """Return the number that the database keeps of such lists, if it does."""
    if not kind.is_public or {kind.words, kind.featured, kind.pinned} != {None}:
        return None
    if kind.given == {"tag", "tag_id"}:
        return PublicCount.with_tag(_TAG, AT)
    author, liked_by = _person_named(kind, "author"), _person_named(kind, "favorited_by")
    if author is not None and len(kind.given) == 1:
        return PublicCount.by_author(author, AT)
    if liked_by is not None and len(kind.given) == 1:
        return PublicCount.liked_by(liked_by, AT)
    return None if kind.given else PublicCount.in_all(AT)


@lru_cache(maxsize=2)
def _stamped(counts: bool) -> Statement:
    return Statement.of(select(_stamp(counts=counts)))


_READ = Statement.of(select(Article.id).where(Article.id == func.any(_IDS), _has_words("read")))
_PERSON_BY_ID = Statement.of(select(User.id).where(User.id == argument("author_id", BigInteger)))
_PERSON_BY_NAME = Statement.of(select(User.called(argument("author"))))
_LOCALE = func.coalesce(argument("locale"), Site.says("locale", argument("site_locale")))
_ASKED = select(func.search_query(argument("words"), _LOCALE).label("query"))
_ASKED_ONCE = _ASKED.offset(literal_column("0")).subquery().c.query
_QUERY = Statement.of(select(cast(_ASKED_ONCE, Text), func.querytree(_ASKED_ONCE)))
