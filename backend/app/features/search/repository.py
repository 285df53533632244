"""The queries of search. None looks at more than the newest of what is very common."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Integer,
    Select,
    Text,
    cast,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core.config import Settings
from app.core.lookup import Few, each_once, either, first_place, is_among, unindexed
from app.core.reading import AT, Reads, Statement, argument
from app.core.schemas import AnswerModel
from app.core.sqljson import as_text, row, shown
from app.core.text import as_id
from app.features.search.schemas import (
    MOST_FACETS,
    MOST_HITS,
    PASSAGES,
    SHOWN,
    SHOWN_OF_AUTHOR,
    UNMARKED,
    WHOLE,
    AuthorFacet,
    SearchFilter,
    Suggestion,
    SuggestionKind,
    TagFacet,
    YearFacet,
)
from app.features.tags.schemas import TagBrief
from app.models import (
    Article,
    ArticleAuthor,
    ArticleTag,
    SearchTerm,
    Showing,
    Site,
    Status,
    Tag,
    User,
    first_with_words,
    tag_called,
)

F = TypeVar("F", bound=AnswerModel)
Year = tuple[datetime, datetime]
InCommon = tuple[list[TagFacet], list[AuthorFacet], list[YearFacet]]

MOST_READ = 2_000  # Whether words make a phrase has to be read in each article that has them.
MOST_SIMILAR = 50
LONGEST_READ = 10_000  # Characters of one text that are looked through for passages, and of a page.
LONGEST_PAGE_READ = 100_000
FRESH_TITLES = 500


@dataclass(frozen=True, slots=True)
class Question:
    """What PostgreSQL made of what is asked for, and of whom and what.

    `indexed` is what the index can find, or None; unless that is exact, each article found so must
    be read.
    """

    query: str
    indexed: str | None
    is_exact: bool
    locale: str
    timezone: str
    tag_id: int | None
    author_id: int | None


class SearchRepository:
    """Finds articles, and words, tags and people by which to find them."""

    def __init__(self, reads: Reads) -> None:
        """Take what runs statements."""
        self._reads = reads

    async def question(self, wanted: SearchFilter, settings: Settings) -> Question | None:
        """Return what is asked for; None if there is no word, or no such tag or author."""
        tag_id, author_id = (as_id(ref or "") for ref in (wanted.tag, wanted.author))
        arguments = {
            "words": wanted.q,
            "locale": wanted.locale,
            "site_locale": settings.site_locale,
            "site_timezone": settings.site_timezone,
            "tag": wanted.tag,
            "tag_id": tag_id,
            "author": wanted.author if author_id is None else None,
            "author_id": author_id,
        }
        ((query, indexed, *others),) = await self._reads.all(_ASKED, arguments)
        *_, tag_id, author_id = others
        is_missing = bool(wanted.tag and not tag_id) or bool(wanted.author and not author_id)
        if query is None or is_missing:
            return None
        is_exact, found = re.search(_FOLLOWED_BY, query) is None, None
        if indexed not in {"", "T"}:
            found = each_once(query if is_exact else indexed)
        return Question(query, found, is_exact and found is not None, *others)

    async def ranked(
        self, question: Question, year: Year | None, *, at: datetime
    ) -> tuple[Sequence[int], bool]:
        """Return the ids of the articles that answer, the best first, and whether more might."""
        most = MOST_HITS if question.is_exact else MOST_READ
        arguments = asdict(question) | {"most": most, "hits": MOST_HITS, "at": at}
        if year is not None:
            arguments |= {"first": year[0], "end": year[1]}
        given = frozenset(name for name, value in arguments.items() if value is not None)
        statement = _ranked(given, is_exact=question.is_exact)
        ((ids, number),) = await self._reads.all(statement, arguments)
        return ids, number == most

    async def hits(
        self, ids: Sequence[int], question: Question, *, at: datetime
    ) -> Sequence[Sequence[str]]:
        """Return these articles in this order: what is shown of each, as JSON, and marked texts.

        Those are its title, and passages of it.
        """
        arguments = {
            "ids": ids,
            "query": question.query,
            "locale": question.locale,
            "length": min(LONGEST_READ, LONGEST_PAGE_READ // len(ids)),
            "at": at,
        }
        return await self._reads.all(_HITS, arguments)

    async def in_common(self, ids: Sequence[int], timezone: str) -> InCommon:
        """Count these articles by tag and author, the most frequent first, and by year."""
        arguments = {"ids": ids, "timezone": timezone}
        tags, authors, years = [await self._reads.all(each, arguments) for each in _IN_COMMON]
        return _facets(TagFacet, tags), _facets(AuthorFacet, authors), _facets(YearFacet, years)

    async def is_known(self, word: str, locale: str, *, at: datetime) -> bool:
        """Say whether a public article has this word."""
        arguments = {"words": word, "locale": locale, "at": at}
        return bool(await self._reads.all(_KNOWN, arguments))

    async def similar(self, word: str) -> list[str]:
        """Return words of titles and tags, drafts' among them, that have much in common with it."""
        return [term for (term,) in await self._reads.all(_SIMILAR, {"word": word})]

    async def begun(
        self, kind: SuggestionKind, words: str, most: int, *, at: datetime
    ) -> list[Suggestion]:
        """Return what is public, or of something public, and has words that begin like this.

        Of articles, the newest: a common beginning is soon found among the newest titles; a rare
        one, only by the index.
        """
        arguments = {"begun": words, "most": most, "fresh": FRESH_TITLES, "at": at}
        found: list[Suggestion] = []
        for statement in _BEGUN[kind]:
            rows = await self._reads.all(statement, arguments)
            found = [Suggestion(kind=kind, text=text, ref=ref) for text, ref in rows]
            if len(found) == most:
                break
        return found


def _facets(kind: type[F], rows: Iterable[Sequence[Any]]) -> list[F]:
    """Return rows as facets, which have their columns in the same order."""
    names = kind.model_fields
    return [kind.model_validate(dict(zip(names, row, strict=True))) for row in rows]


# What is asked

_FOLLOWED_BY = "<(-|[0-9]+)>"


def _asked() -> Select[Any]:
    locale = func.coalesce(argument("locale"), Site.says("locale", argument("site_locale")))
    asked = select(func.search_query(argument("words"), locale).label("query"))
    query = asked.offset(_NONE).subquery().c.query
    indexable = func.regexp_replace(func.querytree(query), _FOLLOWED_BY, "&", "g")
    by_id = select(User.id).where(User.id == argument("author_id", BigInteger)).scalar_subquery()
    return select(
        cast(query, Text),
        indexable,
        locale,
        Site.says("timezone", argument("site_timezone")),
        tag_called(argument("tag"), argument("tag_id", BigInteger)),
        func.coalesce(by_id, User.called(argument("author"))),
    )


_NONE, _ONE = literal_column("0", BigInteger), literal_column("1", BigInteger)
_ASKED = Statement.of(_asked())


# Which articles answer: for each set of given arguments, by a statement of its own

Given = frozenset[str]
_ID: ColumnElement[int] = Article.id.expression
_PLACE = Article.published_at.label("place")
_IS_PUBLIC = Article.has_status(Status.PUBLISHED, AT)
_MOST = argument("most", BigInteger)


def _query(name: str) -> ColumnElement[Any]:
    return cast(argument(name), TSQUERY)


@lru_cache(maxsize=32)
def _ranked(given: Given, *, is_exact: bool) -> Statement:
    newest, query = _newest(given).cte("newest"), _query("query")
    best = func.ts_rank(newest.c.words, query).desc()
    ranked = select(newest.c.id).order_by(best, newest.c.place.desc(), newest.c.id.desc())
    if not is_exact:
        ranked = ranked.where(newest.c.words.bool_op("@@")(query))
    ids = ranked.limit(argument("hits", BigInteger)).scalar_subquery()
    number = select(func.count()).select_from(newest).scalar_subquery()
    return Statement.of(select(func.array(ids), number))


def _newest(given: Given) -> Select[Any] | CompoundSelect[Any]:
    """Return the newest articles that the index finds, by whichever way finds them soonest."""
    public = Select[Any](_ID, _PLACE, Article.words).where(_IS_PUBLIC, *_within_year(given))
    sets = list(_company(given))
    if not sets:
        return _walked(public, given)
    few = Few([*sets, *Few.in_common(sets)])
    public = public.where(*(is_among(ids, _ID) for ids in sets))
    looked_up = _by_date(public.where(few.have(_ID))).limit(_MOST)
    if "indexed" in given:
        looked_up = looked_up.where(unindexed(Article.words.bool_op("@@")(_query("indexed"))))
    return either(looked_up, _walked(public, given, few.are_too_many))


def _walked(public: Select[Any], given: Given, *only_if: ColumnElement[bool]) -> Select[Any]:
    if "indexed" not in given:
        return _by_date(public.where(*only_if)).limit(_MOST)
    return _with_words(_query("indexed"), public, given, _MOST, *only_if)


def _with_words(
    words: ColumnElement[Any],
    public: Select[Any],
    given: Given,
    most: ColumnElement[int],
    *only_if: ColumnElement[bool],
) -> Select[Any]:
    dates = select(_PLACE).where(_IS_PUBLIC, *_within_year(given))
    span = [first_place(dates.order_by(by)) for by in (_PLACE.desc(), _PLACE.asc())]
    return first_with_words(public, words, span, most, *only_if, descending=True)


def _company(given: Given) -> Iterator[Select[Any]]:
    if "tag_id" in given:
        tagged = ArticleTag.tag_id == argument("tag_id", BigInteger)
        yield select(ArticleTag.article_id).where(tagged)
    if "author_id" in given:
        written = ArticleAuthor.user_id == argument("author_id", BigInteger)
        yield select(ArticleAuthor.article_id).where(written)


def _within_year(given: Given) -> Iterator[ColumnElement[bool]]:
    if "first" in given:
        yield Article.published_at >= argument("first", DateTime(timezone=True))
        yield Article.published_at < argument("end", DateTime(timezone=True))


def _by_date(query: Select[Any]) -> Select[Any]:
    return query.order_by(Article.published_at.desc(), Article.id.desc())


# What is shown of them

_IDS = argument("ids", ARRAY(BigInteger))


def _hits() -> Select[Any]:
    places = func.unnest(_IDS).table_valued("id", with_ordinality="place").render_derived()
    showing = Showing(SHOWN, SHOWN_OF_AUTHOR, TagBrief.model_fields, None, AT)
    source, columns = showing.of(places.join(Article, Article.id == places.c.id))
    item = select(*shown(columns)).correlate_except().lateral("item")
    body = func.coalesce(func.nullif(Article.plain_text, literal_column("''")), Article.content)
    passages = _marked(func.left(body, argument("length", Integer)), PASSAGES)
    hit = Select[Any](as_text(row(item)), _marked(Article.title.expression, WHOLE), passages)
    return hit.select_from(source.join(item, true())).order_by(places.c.place)


def _marked(text: ColumnElement[str], how: str) -> ColumnElement[str]:
    language = select(func.search_configuration(argument("locale"))).scalar_subquery()
    return func.ts_headline(language, func.translate(text, *UNMARKED), _query("query"), how)


def _by_frequency(
    nouns: Select[Any], article_id: InstrumentedAttribute[int], *order: InstrumentedAttribute[Any]
) -> Statement:
    number = func.count().label("count")
    found = nouns.add_columns(number).where(article_id == func.any(_IDS)).group_by(*order)
    return Statement.of(found.order_by(number.desc(), *order).limit(MOST_FACETS))


def _by_year() -> Statement:
    date = func.timezone(argument("timezone"), Article.published_at)
    year = cast(func.extract("year", date), Integer).label("year")
    years = select(year).where(Article.id == func.any(_IDS)).subquery()
    found = Select[Any](years.c.year, func.count()).group_by(years.c.year)
    return Statement.of(found.order_by(years.c.year.desc()).limit(MOST_FACETS))


_HITS = Statement.of(_hits())
_TAGS = Select[Any](Tag.slug, Tag.name).join(ArticleTag, ArticleTag.tag_id == Tag.id)
_PEOPLE = Select[Any](User.id, User.username, User.full_name)
_PEOPLE = _PEOPLE.join(ArticleAuthor, ArticleAuthor.user_id == User.id)
_IN_COMMON = (
    _by_frequency(_TAGS, ArticleTag.article_id, Tag.name, Tag.id),
    _by_frequency(_PEOPLE, ArticleAuthor.article_id, User.username, User.id),
    _by_year(),
)


# How words may have been meant, and go on


def _known() -> Select[Any]:
    words = func.search_query(argument("words"), argument("locale"))
    public = Select[Any](_ID, _PLACE).where(_IS_PUBLIC)
    return _with_words(select(words).scalar_subquery(), public, frozenset(), _ONE)


_LITERAL: ColumnElement[Any] = literal_column("'public.galley_simple'::regconfig")
_NAMES: ColumnElement[Any] = literal_column(
    "translate(username, '._-', '   ') || ' ' || coalesce(full_name, '')"
)


def _begun(text: ColumnElement[Any]) -> ColumnElement[bool]:
    begun = func.to_tsquery(_LITERAL, argument("begun"))
    return func.to_tsvector(_LITERAL, text).bool_op("@@")(begun)


def _begun_tags() -> Select[Any]:
    is_public = exists().where(ArticleTag.tag_id == Tag.id, ArticleTag.public_at <= AT)
    query = Select[Any](Tag.name, Tag.slug).where(_begun(Tag.name.expression), unindexed(is_public))
    return query.order_by(func.length(Tag.name), Tag.name, Tag.id).limit(_MOST)


def _begun_authors() -> Select[Any]:
    is_public = exists().where(ArticleAuthor.user_id == User.id, ArticleAuthor.public_at <= AT)
    query = Select[Any](func.coalesce(User.full_name, User.username), User.username)
    query = query.where(_begun(_NAMES), unindexed(is_public))
    return query.order_by(User.username, User.id).limit(_MOST)


def _begun_titles(articles: Select[Any]) -> Select[Any]:
    """Return the newest such titles of articles that are found by themselves."""
    article = aliased(Article, articles.offset(_NONE).subquery())
    query = Select[Any](article.title, article.slug).where(_begun(article.title.expression))
    query = query.where(article.has_status(Status.PUBLISHED, AT))
    return query.order_by(article.published_at.desc(), article.id.desc()).limit(_MOST)


_KNOWN = Statement.of(_known())
_SIMILAR = Statement.of(SearchTerm.like(argument("word")).limit(MOST_SIMILAR))
_TITLES = Select[Any](Article)
_NEWEST_TITLES = _by_date(_TITLES.where(_IS_PUBLIC)).limit(argument("fresh", BigInteger))
_ALL_TITLES = _TITLES.where(
    _begun(Article.title.expression), Article.published, Article.deleted_at.is_(None)
)
_BEGUN = {
    SuggestionKind.TAG: [Statement.of(_begun_tags())],
    SuggestionKind.AUTHOR: [Statement.of(_begun_authors())],
    SuggestionKind.ARTICLE: [
        Statement.of(_begun_titles(_NEWEST_TITLES)),
        Statement.of(_begun_titles(_ALL_TITLES)),
    ],
}
