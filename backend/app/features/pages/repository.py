"""The query for the page of one article: itself, and all that stands around it, in one statement.

It is compiled once for each kind of page.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Tuple,
    func,
    join,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import aliased

from app.core.reading import AT, READER, Reads, Statement, argument
from app.core.sqljson import NULL, as_text, first_of, list_of, object_of, row, shown
from app.features.lists.schemas import ArticleAuthor, ArticleBrief
from app.features.pages.schemas import (
    LATEST_OF_A_TAG,
    MOST_RELATED,
    NEXT,
    PREVIOUS,
    RELATED,
    ArticleMeta,
    ArticleRead,
    Head,
    Kind,
    WorkingCopyBrief,
)
from app.features.series.schemas import SeriesBrief
from app.features.tags.schemas import TagBrief
from app.models import (
    Address,
    Article,
    ArticleTag,
    Series,
    Showing,
    Site,
    Status,
    User,
    WorkingCopy,
)
from app.models import ArticleAuthor as ArticleAuthorship
from app.models.base import is_found

# So many articles in any language are looked through for the latest in the article's own.
NEWEST_OF_A_TAG = 1_000
_ADDRESS = Text(collation="C")


class PageRepository:
    """Reads what is published, as the database makes JSON of it."""

    def __init__(self, reads: Reads) -> None:
        """Take what runs statements."""
        self._reads = reads

    async def page(self, kind: Kind, arguments: Mapping[str, Any]) -> tuple[str, Head] | None:
        """Return all but the head of an article's page as JSON, and what its head is made of."""
        rows = await self._reads.all(_page(kind), arguments)
        if not rows:
            return None
        page, *columns = rows[0]
        head = Head(*columns)
        return page, head._replace(meta=json.loads(str(head.meta)))


@lru_cache(maxsize=128)
def _page(kind: Kind) -> Statement:
    """Return the statement of pages of a kind: one article, with all that stands around it."""
    found = select(Article.id).where(_has_ref(kind), *_may_read(kind)).subquery("found")
    showing = Showing(
        [name for name in ArticleRead.model_fields if name not in _besides(kind)],
        [name for name in ArticleAuthor.model_fields if name != "followed" or kind.mine],
        TagBrief.model_fields,
        None if kind.reader is None else READER,
        AT,
    )
    source, columns = showing.of(found.join(Article, Article.id == found.c.id), **_around(kind))
    item = select(*shown(columns)).correlate_except().lateral("item")
    query = Select[Any](as_text(row(item)), *_HEAD)
    return Statement.of(query.select_from(source.join(item, true())))


def _besides(kind: Kind) -> set[str]:
    """Return the fields that are not shown, or are made elsewhere."""
    return {"seo"} if kind.mine else {"seo", "favorited", "bookmarked"}


def _has_ref(kind: Kind) -> ColumnElement[bool]:
    if kind.by_id:
        return Article.id == argument("ref", BigInteger)
    named = select(Address.article_id).where(Address.address == argument("ref", _ADDRESS))
    return Article.id == named.scalar_subquery()


def _may_read(kind: Kind) -> Iterator[ColumnElement[bool]]:
    if kind.checked and kind.reader is None:
        yield Article.has_status(Status.PUBLISHED, AT)
    elif kind.checked:
        yield Article.seen_by(READER, AT, sees_all=bool(kind.reader))


def _around(kind: Kind) -> dict[str, ColumnElement[Any]]:
    """Return what stands around the article on its page, and is no column of it."""
    meta = {name: Article.seo[name].astext for name in ArticleMeta.model_fields}
    around: dict[str, ColumnElement[Any]] = {
        "has_own_excerpt": Article.given_excerpt.is_not(None),
        "comments": func.coalesce(
            Article.comment_policy, Site.says("comments", argument("site_comments"))
        ),
        "has_own_comments": Article.comment_policy.is_not(None),
        "meta": object_of(meta),
        "series": _series(),
        "translations": list_of(_translations(kind)),
        "working_copy": _working_copy(kind),
        "related": list_of(_related()) if RELATED in kind.include else literal_column("'[]'::json"),
    }
    for name, on in ((PREVIOUS, False), (NEXT, True)):
        around[name] = _beside_by_date(on=on) if name in kind.include else NULL
    return around


_OTHER = aliased(Article, name="other")
_BRIEF = [
    column.label(name)
    for name, column in zip(
        ArticleBrief.model_fields,
        shown({name: getattr(_OTHER, name) for name in ArticleBrief.model_fields}),
        strict=True,
    )
]
_IS_PUBLIC = _OTHER.has_status(Status.PUBLISHED, AT)


def _beside_by_date(*, on: bool) -> ColumnElement[Any]:
    """Return the public article of the same language that is next by date, going on or back."""
    here = tuple_(_OTHER.published_at, _OTHER.id)
    return _beside(here, tuple_(Article.dated_at, Article.id), _OTHER.locale == Article.locale, on)


def _beside_in_series(*, on: bool) -> ColumnElement[Any]:
    here = tuple_(_OTHER.series_position, _OTHER.id)
    same = _OTHER.series_id == Article.series_id
    return _beside(here, tuple_(Article.series_position, Article.id), same, on)


def _beside(other: Tuple, this: Tuple, same: ColumnElement[bool], on: bool) -> ColumnElement[Any]:
    query = select(*_BRIEF).where(_IS_PUBLIC, same, other > this if on else other < this)
    order = [column.asc() if on else column.desc() for column in other.clauses]
    return first_of(query.order_by(*order).correlate(Article))


def _series() -> ColumnElement[Any]:
    columns: list[ColumnElement[Any]] = [getattr(Series, name) for name in SeriesBrief.model_fields]
    place = Article.series_position.label("position")
    neighbours = (_beside_in_series(on=False), _beside_in_series(on=True))
    previous, following = neighbours
    query = select(*columns, place, previous.label(PREVIOUS), following.label(NEXT))
    return first_of(query.where(Series.id == Article.series_id).correlate(Article))


def _translations(kind: Kind) -> Select[Any]:
    """Return the same article in other languages, as far as this reader may see them."""
    seen = _IS_PUBLIC
    if kind.reader is not None:
        seen = _OTHER.seen_by(READER, AT, sees_all=kind.reader)
    same = _OTHER.translation_group == Article.translation_group
    query = select(*_BRIEF).where(same, _OTHER.id != Article.id, _OTHER.deleted_at.is_(None), seen)
    return query.order_by(_OTHER.locale).correlate(Article)


def _working_copy(kind: Kind) -> ColumnElement[Any]:
    """Return what waits beside the article, for its authors and editors."""
    if kind.reader is None:
        return NULL
    names = func.jsonb_object_keys(WorkingCopy.changes).table_valued("name")
    fields = select(func.json_agg(names.c.name)).scalar_subquery()
    columns = {
        name: fields if name == "fields" else getattr(WorkingCopy, name)
        for name in WorkingCopyBrief.model_fields
    }
    here = WorkingCopy.article_id == Article.id
    query = select(*shown(columns)).where(
        here, WorkingCopy.changes != literal_column("'{}'::jsonb")
    )
    if not kind.reader:
        query = query.where(Article.author_ids.contains(array([READER])))
    return first_of(query.correlate(Article))


def _related() -> Select[Any]:
    """Return public articles that share tags with this one: the most shared, then newest."""
    mine, theirs = aliased(ArticleTag), aliased(ArticleTag)
    newest = (
        select(theirs.article_id, theirs.public_at)
        .where(theirs.tag_id == mine.tag_id, theirs.public_at <= AT)
        .order_by(theirs.public_at.desc(), theirs.article_id.desc())
        .limit(literal_column(str(NEWEST_OF_A_TAG)))
        .correlate(mine)
        .subquery("newest")
    )
    same = select(true()).where(_OTHER.id == newest.c.article_id, _OTHER.locale == Article.locale)
    latest = (
        select(newest.c.article_id)
        .where(is_found(same.correlate(Article, newest)))
        .order_by(newest.c.public_at.desc(), newest.c.article_id.desc())
        .limit(literal_column(str(LATEST_OF_A_TAG)))
        .correlate(Article, mine)
        .lateral("latest")
    )
    shared = (
        select(latest.c.article_id, func.count().label("tags"))
        .select_from(join(mine, latest, latest.c.article_id != mine.article_id))
        .where(mine.article_id == Article.id)
        .group_by(latest.c.article_id)
        .correlate(Article)
        .subquery("shared")
    )
    most = (shared.c.tags.desc(), _OTHER.published_at.desc(), _OTHER.id.desc())
    query = select(*_BRIEF).join_from(shared, _OTHER, _OTHER.id == shared.c.article_id)
    query = query.where(_IS_PUBLIC)
    return query.order_by(*most).limit(literal_column(str(MOST_RELATED)))


_OF_AUTHORS = (
    select(
        func.array_agg(
            aggregate_order_by(
                func.coalesce(func.nullif(User.full_name, literal_column("''")), User.username),
                ArticleAuthorship.position,
            )
        )
    )
    .join_from(ArticleAuthorship, User, User.id == ArticleAuthorship.user_id)
    .where(ArticleAuthorship.article_id == Article.id)
    .correlate(Article)
    .scalar_subquery()
)
_RENAMED: dict[str, ColumnElement[Any]] = {
    "meta": as_text(Article.seo.expression),
    "tags": Article.tag_names.expression,
    "authors": _OF_AUTHORS,
    "site_title": Site.says("title", argument("site_title")),
}
_HEAD = [_RENAMED[name] if name in _RENAMED else getattr(Article, name) for name in Head._fields]
