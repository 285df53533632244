"""Search: finding, correcting, summing up and suggesting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.config import Settings
from app.core.paging import Page, Slice
from app.core.reading import Reads
from app.features.search import rules
from app.features.search.repository import Question, SearchRepository
from app.features.search.schemas import (
    MOST_SUGGESTIONS,
    SearchFacets,
    SearchFilter,
    SearchHit,
    Suggestion,
    SuggestionKind,
)

MOST_TAGS_SUGGESTED = 3
MOST_AUTHORS_SUGGESTED = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The articles that answer a question, the best first, and what the question was at last."""

    question: Question | None = None
    ids: Sequence[int] = ()
    is_capped: bool = False
    corrected: str | None = None


class SearchService:
    """The rules of search."""

    def __init__(self, reads: Reads, settings: Settings) -> None:
        """Take what runs statements, and the settings, which know the site's language and zone."""
        self._search = SearchRepository(reads)
        self._settings = settings

    async def page(self, wanted: SearchFilter, page: Page, *, at: datetime) -> Slice[SearchHit]:
        """Return a page of the public articles found; raise BadCursor."""
        found = await self._find(wanted, at=at)
        part = rules.sliced(found.ids, page)
        hits: Sequence[SearchHit] = ()
        if found.question is not None and part.items:
            rows = await self._search.hits(part.items, found.question, at=at)
            hits = [rules.hit(*row) for row in rows]
        return Slice(hits, part.next, part.previous, part.total)

    async def facets(self, wanted: SearchFilter, *, at: datetime) -> SearchFacets:
        """Count what the same search finds by tag, author and year of the site's time zone."""
        found = await self._find(wanted, at=at)
        timezone = found.question.timezone if found.question else self._settings.site_timezone
        tags, authors, years = await self._search.in_common(found.ids, timezone)
        return SearchFacets(
            total=len(found.ids),
            is_capped=found.is_capped,
            corrected=found.corrected,
            tags=tags,
            authors=authors,
            years=years,
        )

    async def suggest(self, typed: str, *, at: datetime) -> list[Suggestion]:
        """Return tags, authors and then articles that go on as was typed."""
        begun = rules.prefix_query(typed)
        if begun is None:
            return []
        search, kind = self._search, SuggestionKind
        found = await search.begun(kind.TAG, begun, MOST_TAGS_SUGGESTED, at=at)
        found += await search.begun(kind.AUTHOR, begun, MOST_AUTHORS_SUGGESTED, at=at)
        most = MOST_SUGGESTIONS - len(found)
        return found + await search.begun(kind.ARTICLE, begun, most, at=at)

    async def _find(self, wanted: SearchFilter, *, at: datetime) -> Found:
        """Return what answers, or, if nothing does, what answers the corrected words."""
        found = await self._ask(wanted, at=at)
        if found.ids or found.question is None:
            return found
        words = await self._corrected(wanted.q, locale=found.question.locale, at=at)
        if words == wanted.q:
            return found
        better = await self._ask(replace(wanted, q=words), at=at)
        return replace(better, corrected=words) if better.ids else found

    async def _ask(self, wanted: SearchFilter, *, at: datetime) -> Found:
        question = await self._search.question(wanted, self._settings)
        if question is None:
            return Found()
        year = rules.within(wanted.year, question.timezone) if wanted.year else None
        ids, is_capped = await self._search.ranked(question, year, at=at)
        return Found(question, ids, is_capped)

    async def _corrected(self, typed: str, *, locale: str, at: datetime) -> str:
        """Return the words with those that nothing public has replaced by the nearest that it has.

        Titles of drafts are in the vocabulary as well; their words lead nowhere and so never show.
        """
        corrections = {}
        for word in rules.words_of(typed):
            if not await self._search.is_known(word, locale, at=at):
                corrections[word] = await self._nearest_known(word, locale=locale, at=at)
        return rules.corrected(typed, corrections)

    async def _nearest_known(self, word: str, *, locale: str, at: datetime) -> str:
        """Return the nearest word that something public has, or else the word itself."""
        terms = rules.nearest(word, await self._search.similar(rules.folded(word)))
        for term in terms[: rules.MOST_CORRECTIONS]:
            if await self._search.is_known(term, locale, at=at):
                return term
        return word
