"""Search: finding, correcting, summing up and suggesting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.paging import Page, Slice
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService
from app.features.search import rules
from app.features.search.repository import Question, Scope, SearchRepository
from app.features.search.schemas import (
    MOST_SUGGESTIONS,
    SearchFacets,
    SearchFilter,
    SearchHit,
    Suggestion,
)
from app.features.site.service import SiteService
from app.features.tags.service import TagService

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
    """The rules of search, over one session."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request, and the settings that the site's edits lie over."""
        self._search = SearchRepository(session)
        self._accounts = AuthService(session)
        self._site = SiteService(session, settings)
        self._tags = TagService(session)

    async def page(self, wanted: SearchFilter, page: Page, *, at: datetime) -> Slice[SearchHit]:
        """Return a page of the public articles found; raise BadCursor."""
        site = await self._site.read()
        scope = await self._scope(wanted, ZoneInfo(site.timezone))
        found = await self._find(wanted, scope, locale=wanted.locale or site.locale, at=at)
        part = rules.sliced(found.ids, page)
        hits: Sequence[SearchHit] = ()
        if found.question is not None and part.items:
            rows = await self._search.hits(part.items, found.question)
            hits = [rules.hit(article, title, text) for article, title, text in rows]
        return Slice(hits, part.next, part.previous, part.total)

    async def facets(self, wanted: SearchFilter, *, at: datetime) -> SearchFacets:
        """Count what the same search finds by tag, author and year of the site's time zone."""
        site = await self._site.read()
        scope = await self._scope(wanted, ZoneInfo(site.timezone))
        found = await self._find(wanted, scope, locale=wanted.locale or site.locale, at=at)
        return SearchFacets(
            total=len(found.ids),
            is_capped=found.is_capped,
            corrected=found.corrected,
            tags=await self._search.tags(found.ids),
            authors=await self._search.authors(found.ids),
            years=await self._search.years(found.ids, site.timezone),
        )

    async def suggest(self, typed: str, *, at: datetime) -> list[Suggestion]:
        """Return tags, authors and then articles that go on as was typed."""
        begun = rules.prefix_query(typed)
        if begun is None:
            return []
        await self._search.plan_by_index()
        found = await self._search.begun_tags(begun, MOST_TAGS_SUGGESTED, at=at)
        found += await self._search.begun_authors(begun, MOST_AUTHORS_SUGGESTED, at=at)
        return found + await self._search.begun_titles(begun, MOST_SUGGESTIONS - len(found), at=at)

    async def _scope(self, wanted: SearchFilter, zone: ZoneInfo) -> Scope | None:
        """Return among what to search; None for a tag or an author that is not there."""
        tag = await self._tags.named(wanted.tag) if wanted.tag is not None else None
        if wanted.tag is not None and tag is None:
            return None
        try:
            author = await self._accounts.find(wanted.author) if wanted.author else None
        except UserNotFound:
            return None
        return Scope(
            tag_id=tag.id if tag else None,
            author_id=author.id if author else None,
            first=datetime(wanted.year, 1, 1, tzinfo=zone) if wanted.year else None,
            end=datetime(wanted.year + 1, 1, 1, tzinfo=zone) if wanted.year else None,
        )

    async def _find(
        self, wanted: SearchFilter, scope: Scope | None, *, locale: str, at: datetime
    ) -> Found:
        """Return what answers, or, if nothing does, what answers the corrected words."""
        if scope is None:
            return Found()
        await self._search.plan_by_index()
        found = await self._ask(wanted.q, scope, locale=locale, at=at)
        if found.ids or found.question is None:
            return found
        corrected = await self._corrected(wanted.q, locale=locale, at=at)
        if corrected == wanted.q:
            return found
        better = await self._ask(corrected, scope, locale=locale, at=at)
        if not better.ids:
            return found
        return Found(better.question, better.ids, better.is_capped, corrected)

    async def _ask(self, words: str, scope: Scope, *, locale: str, at: datetime) -> Found:
        question = await self._search.question(words, locale)
        if question is None:
            return Found()
        ids, is_capped = await self._search.ranked(question, scope, at=at)
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
