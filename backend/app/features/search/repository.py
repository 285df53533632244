"""The queries of search. None looks at more than the newest of what is very common."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    cast,
    exists,
    func,
    intersect,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased, load_only, selectinload
from sqlalchemy.sql.selectable import GenerativeSelect

from app.core.lookup import first_place, widening
from app.features.search.schemas import (
    BREAK,
    MARK,
    MOST_FACETS,
    MOST_HITS,
    UNMARK,
    UNMARKED,
    AuthorFacet,
    Suggestion,
    SuggestionKind,
    TagFacet,
    YearFacet,
)
from app.models import (
    Article,
    ArticleAuthor,
    ArticleTag,
    SearchTerm,
    Status,
    Tag,
    User,
    level_between,
    published_near,
)

S = TypeVar("S", bound=GenerativeSelect)

MOST_READ = 2_000  # Whether words make a phrase has to be read in each article that has them.
MOST_SCOPED = 5_000  # A tag's or an author's articles up to so many are looked up first.
MOST_SIMILAR = 50
LEAST_SIMILARITY = 0.2
LONGEST_READ = 10_000  # Characters of one text that are looked through for passages, and of a page.
LONGEST_PAGE_READ = 100_000
FRESH_TITLES = 500

_FOLLOWED_BY = "<(-|[0-9]+)>"
_MARKS = f'StartSel="{MARK}", StopSel="{UNMARK}"'
_PASSAGES = f'MaxFragments=2, MaxWords=30, MinWords=12, FragmentDelimiter="{BREAK}"'
_LITERAL: ColumnElement[Any] = literal_column("'public.galley_simple'::regconfig")
_NAMES: ColumnElement[Any] = literal_column(
    "translate(username, '._-', '   ') || ' ' || coalesce(full_name, '')"
)
_DATED = (Article.id, Article.published, Article.published_at, Article.deleted_at)
_PLACE = Article.published_at.label("place")
_CAN_BE_PUBLIC = Article.published & Article.deleted_at.is_(None)
_SHOWN = (
    load_only(
        Article.slug, Article.title, Article.given_excerpt, Article.made_excerpt,
        Article.published_at, Article.created_at,
    ),
    selectinload(Article.author).load_only(User.username, User.full_name, User.avatar),
    selectinload(Article.tags).load_only(Tag.slug, Tag.name, Tag.colour),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What PostgreSQL made of the words typed, and in which locale.

    `indexed` is what the index can find, or None; unless that is exact, each article found so must
    be read.
    """

    query: str
    indexed: str | None
    is_exact: bool
    locale: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Among which articles to search."""

    tag_id: int | None = None
    author_id: int | None = None
    first: datetime | None = None
    end: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether only some tag's or somebody's articles are meant."""
        return self.tag_id is not None or self.author_id is not None


class SearchRepository:
    """Finds articles, and words, tags and people by which to find them."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def plan_by_index(self) -> None:
        """Have the rest of the transaction planned as search needs it.

        The planner takes the comparing of words for cheap, and might read all articles for it.
        """
        query = select(
            func.set_config("plan_cache_mode", "force_custom_plan", true()),
            func.set_config("enable_seqscan", "off", true()),
        )
        await self._session.execute(query)

    async def question(self, words: str, locale: str) -> Question | None:
        """Return what these words ask for; None if there is no word in them."""
        asked = select(func.search_query(words, locale).label("query")).subquery()
        indexable = func.regexp_replace(func.querytree(asked.c.query), _FOLLOWED_BY, "&", "g")
        both = select(cast(asked.c.query, Text), indexable)
        query, indexed = (await self._session.execute(both)).one()
        if query is None:
            return None
        if indexed in {"", "T"}:
            return Question(query, None, is_exact=False, locale=locale)
        is_exact = re.search(_FOLLOWED_BY, query) is None
        return Question(query, query if is_exact else indexed, is_exact=is_exact, locale=locale)

    async def ranked(
        self, question: Question, scope: Scope, *, at: datetime
    ) -> tuple[Sequence[int], bool]:
        """Return the ids of the articles that answer, the best first, and whether more might."""
        most = MOST_HITS if question.is_exact else MOST_READ
        ids = await self._newest(question, scope, most, at=at)
        columns = (Article.id, Article.published_at, Article.words)
        article = _fenced(select(*columns).where(_is_among(ids)))
        wanted = _query(question.query)
        best = func.ts_rank(article.words, wanted).desc()
        query = select(article.id).order_by(best, article.published_at.desc(), article.id.desc())
        if not question.is_exact:
            query = query.where(article.words.bool_op("@@")(wanted))
        found = (await self._session.scalars(query.limit(MOST_HITS))).all()
        return found, len(ids) == most

    async def _newest(
        self, question: Question, scope: Scope, most: int, *, at: datetime
    ) -> Sequence[int]:
        """Return the newest public articles that the index finds."""
        if question.indexed is None:
            return await self._ids(select(Article.id), Article, scope, most, at)
        wanted = Article.words.bool_op("@@")(_query(question.indexed))
        few = await self._few_within(scope)
        if few is None:
            found = _newest_where(wanted, scope, most, at)
            return (await self._session.scalars(found)).all()
        fenced = _fenced(select(*_DATED).where(wanted, _is_among(few)))
        # Without plain index scans, the indexes of words and of what else is asked are combined.
        await self._session.execute(select(func.set_config("enable_indexscan", "off", true())))
        ids = await self._ids(select(fenced.id), fenced, scope, most, at)
        await self._session.execute(select(func.set_config("enable_indexscan", "on", true())))
        return ids

    async def _few_within(self, scope: Scope) -> Sequence[int] | None:
        """Return the ids of all articles within a narrow scope; None for many."""
        if not scope.is_narrow:
            return None
        within = intersect(*_narrowed(scope)).subquery()
        ids = (await self._session.scalars(select(within).limit(MOST_SCOPED + 1))).all()
        return ids if len(ids) <= MOST_SCOPED else None

    async def _ids(
        self, query: Select[int], article: type[Article], scope: Scope, most: int, at: datetime
    ) -> Sequence[int]:
        public = _public_within(query, scope, at, article)
        return (await self._session.scalars(_by_date(public, article).limit(most))).all()

    async def hits(self, ids: Sequence[int], question: Question) -> list[tuple[Article, str, str]]:
        """Return these articles in this order, each with its title and passages of it, marked."""
        wanted, language = _query(question.query), func.search_configuration(question.locale)
        length = min(LONGEST_READ, LONGEST_PAGE_READ // len(ids))
        body = func.coalesce(func.nullif(Article.plain_text, ""), Article.content)

        def marked(text: ColumnElement[str], how: str) -> ColumnElement[str]:
            unmarked = func.translate(text, *UNMARKED)
            return func.ts_headline(language, unmarked, wanted, f"{_MARKS}, {how}")

        query = (
            select(
                Article,
                marked(Article.title.expression, "HighlightAll=true"),
                marked(func.left(body, length), _PASSAGES),
            )
            .where(Article.id.in_(ids))
            .options(*_SHOWN)
        )
        rows = (await self._session.execute(query)).all()
        hits = {article.id: (article, title, text) for article, title, text in rows}
        return [hits[each] for each in ids if each in hits]

    async def tags(self, ids: Sequence[int]) -> list[TagFacet]:
        """Count these articles by tag, the most frequent first."""
        count = func.count().label("count")
        query = (
            select(Tag.slug, Tag.name, count)
            .join(ArticleTag, ArticleTag.tag_id == Tag.id)
            .where(ArticleTag.article_id.in_(ids))
            .group_by(Tag.id)
            .order_by(count.desc(), Tag.name, Tag.id)
            .limit(MOST_FACETS)
        )
        rows = await self._session.execute(query)
        return [TagFacet.model_validate(row) for row in rows]

    async def authors(self, ids: Sequence[int]) -> list[AuthorFacet]:
        """Count these articles by author, the most frequent first."""
        count = func.count().label("count")
        query = (
            select(User.id, User.username, User.full_name, count)
            .join(ArticleAuthor, ArticleAuthor.user_id == User.id)
            .where(ArticleAuthor.article_id.in_(ids))
            .group_by(User.id)
            .order_by(count.desc(), User.username, User.id)
            .limit(MOST_FACETS)
        )
        rows = await self._session.execute(query)
        return [AuthorFacet.model_validate(row) for row in rows]

    async def years(self, ids: Sequence[int], timezone: str) -> list[YearFacet]:
        """Count these articles by year, the latest first."""
        year = cast(func.extract("year", func.timezone(timezone, Article.published_at)), Integer)
        query = (
            select(year.label("year"), func.count().label("count"))
            .where(Article.id.in_(ids))
            .group_by(literal_column("1"))
            .order_by(literal_column("1").desc())
            .limit(MOST_FACETS)
        )
        rows = await self._session.execute(query)
        return [YearFacet.model_validate(row) for row in rows]

    async def is_known(self, word: str, locale: str, *, at: datetime) -> bool:
        """Say whether a public article has this word."""
        article = _fenced(select(*_DATED).where(Article.has_words(word, locale)))
        query = select(article.id).where(_is_public(at, article)).limit(1)
        return await self._session.scalar(query) is not None

    async def similar(self, word: str) -> Sequence[str]:
        """Return words of titles and tags, drafts' among them, that have much in common with it."""
        threshold = ("pg_trgm.similarity_threshold", str(LEAST_SIMILARITY))
        await self._session.execute(select(func.set_config(*threshold, true())))
        query = (
            select(SearchTerm.term)
            .where(SearchTerm.term.bool_op("%")(word))
            .group_by(SearchTerm.term)
            .order_by(func.similarity(SearchTerm.term, word).desc(), SearchTerm.term)
            .limit(MOST_SIMILAR)
        )
        return (await self._session.scalars(query)).all()

    async def begun_tags(self, begun: str, most: int, *, at: datetime) -> list[Suggestion]:
        """Return public articles' tags with words that begin like this."""
        has_public = _has_public(ArticleTag.article_id, ArticleTag.tag_id == Tag.id, at)
        query = (
            select(Tag.name, Tag.slug)
            .where(func.to_tsvector(_LITERAL, Tag.name).bool_op("@@")(_begun(begun)), has_public)
            .order_by(func.length(Tag.name), Tag.name, Tag.id)
            .limit(most)
        )
        return _suggestions(SuggestionKind.TAG, await self._session.execute(query))

    async def begun_authors(self, begun: str, most: int, *, at: datetime) -> list[Suggestion]:
        """Return public articles' authors with names that begin like this."""
        has_public = _has_public(ArticleAuthor.article_id, ArticleAuthor.user_id == User.id, at)
        query = (
            select(func.coalesce(User.full_name, User.username), User.username)
            .where(func.to_tsvector(_LITERAL, _NAMES).bool_op("@@")(_begun(begun)), has_public)
            .order_by(User.username, User.id)
            .limit(most)
        )
        return _suggestions(SuggestionKind.AUTHOR, await self._session.execute(query))

    async def begun_titles(self, begun: str, most: int, *, at: datetime) -> list[Suggestion]:
        """Return the newest public articles with titles that have words beginning like this.

        A common beginning is soon found among the newest titles; a rare one, only by the index.
        """
        has_words = func.to_tsvector(_LITERAL, Article.title).bool_op("@@")(_begun(begun))
        shown = (*_DATED, Article.title, Article.slug)
        newest = _by_date(select(*shown).where(_is_public(at)), Article).limit(FRESH_TITLES)
        found: list[Suggestion] = []
        for among in (newest, select(*shown).where(has_words, _CAN_BE_PUBLIC)):
            article = _fenced(among)
            is_begun = func.to_tsvector(_LITERAL, article.title).bool_op("@@")(_begun(begun))
            query = select(article.title, article.slug).where(_is_public(at, article), is_begun)
            rows = await self._session.execute(_by_date(query, article).limit(most))
            found = _suggestions(SuggestionKind.ARTICLE, rows)
            if len(found) == most:
                break
        return found


def _query(words: str) -> ColumnElement[Any]:
    return cast(words, TSQUERY)


def _begun(words: str) -> ColumnElement[Any]:
    return func.to_tsquery(_LITERAL, words)


def _fenced(query: GenerativeSelect) -> type[Article]:
    """Return the articles of a query that is planned by itself, which is what OFFSET 0 is for."""
    return aliased(Article, query.offset(0).subquery())


def _is_public(at: datetime, article: type[Article] = Article) -> ColumnElement[bool]:
    return article.has_status(Status.PUBLISHED, at)


def _public_within(
    query: Select[Any], scope: Scope, at: datetime, article: type[Article] = Article
) -> Select[Any]:
    within = [article.id.in_(ids) for ids in _narrowed(scope)]
    return query.where(_is_public(at, article), *within, *_dated_within(scope, article))


def _newest_where(
    wanted: ColumnElement[bool], scope: Scope, most: int, at: datetime
) -> Select[Any]:
    """Return the newest public articles of which that is so, in a scope with many."""
    matching = _public_within(Select[Any](Article.id, _PLACE).where(wanted), scope, at)
    dates = select(_PLACE).where(_is_public(at), *_dated_within(scope, Article))
    latest, first = (first_place(dates.order_by(by)) for by in (_PLACE.desc(), _PLACE.asc()))
    near, last = partial(published_near, latest, later=False), level_between(latest, first)
    return widening(matching, last, near, literal(most, BigInteger), descending=True)


def _has_public(
    article_id: InstrumentedAttribute[int], joined: ColumnElement[bool], at: datetime
) -> ColumnElement[bool]:
    """Return the condition that one of these articles is public, asked of each row by itself."""
    one = select(Article.id).where(Article.id == article_id, joined, _is_public(at)).offset(0)
    return exists(one)


def _is_among(ids: Sequence[int]) -> ColumnElement[bool]:
    return Article.id == func.any(literal(list(ids), ARRAY(BigInteger)))


def _narrowed(scope: Scope) -> Iterator[Select[int]]:
    if scope.tag_id is not None:
        yield select(ArticleTag.article_id).where(ArticleTag.tag_id == scope.tag_id)
    if scope.author_id is not None:
        yield select(ArticleAuthor.article_id).where(ArticleAuthor.user_id == scope.author_id)


def _dated_within(scope: Scope, article: type[Article]) -> Iterator[ColumnElement[bool]]:
    if scope.first is not None:
        yield article.published_at >= scope.first
    if scope.end is not None:
        yield article.published_at < scope.end


def _by_date(query: S, article: type[Article]) -> S:
    return query.order_by(article.published_at.desc(), article.id.desc())


def _suggestions(kind: SuggestionKind, rows: Iterable[Any]) -> list[Suggestion]:
    return [Suggestion(kind=kind, text=text, ref=ref) for text, ref in rows]
