"""The history of articles: reading it, comparing versions, and bringing them back."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import release_connection
from app.core.markup import Renderer
from app.core.paging import Page, Slice
from app.features.articles.service import ArticleService
from app.features.history import rules
from app.features.history.errors import RevisionNotFound
from app.features.history.repository import RevisionRepository
from app.features.history.schemas import (
    Comparison,
    FieldChange,
    Restoration,
    RevisionListed,
    RevisionRead,
)
from app.features.writing.errors import SlugTaken
from app.features.writing.service import WritingService
from app.models import Article, Revision, User

Check = Callable[[Article], None]
Usernames = Mapping[int, str]

SLUG_TAKEN = (
    "Another article has taken the slug of that version; name the `fields` to restore, without it"
)


class HistoryService:
    """The rules of history, over one session. It belongs to whoever may edit the article.

    All of it raises ArticleNotFound or NotYourArticle for others, and RevisionNotFound for versions
    that never were, or have been pruned.
    """

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the request or job, and the process's settings and renderer."""
        self._session = session
        self._revisions = RevisionRepository(session)
        self._articles = ArticleService(session, settings, renderer)
        self._writing = WritingService(session, settings, renderer)

    async def page(
        self, ref: str, page: Page, *, editor: User, at: datetime
    ) -> Slice[RevisionListed]:
        """Return versions of an article, the newest first."""
        article = await self._articles.editable(ref, editor=editor, at=at)
        found = await self._revisions.page(article.id, page)
        items = [RevisionListed.of(each, current=article.version) for each in found.items]
        return Slice(items, found.next, found.previous, found.total)

    async def read(self, ref: str, version: int, *, editor: User, at: datetime) -> RevisionRead:
        """Return one version with all that the article was like."""
        article = await self._articles.editable(ref, editor=editor, at=at)
        (revision,) = await self._of(article, version)
        usernames = await self._revisions.usernames(revision.state["authors"])
        state = rules.told(revision.state, usernames)
        return RevisionRead.of(revision, current=article.version, state=state)

    async def compare(
        self, ref: str, before: int, after: int, *, editor: User, at: datetime
    ) -> Comparison:
        """Return what differs between two versions, in either direction."""
        article = await self._articles.editable(ref, editor=editor, at=at)
        old, new = await self._of(article, before, after)
        people = {*old.state["authors"], *new.state["authors"]}
        usernames = await self._revisions.usernames(people)
        await release_connection(self._session)
        changes = await asyncio.to_thread(_changes, old, new, usernames)
        return Comparison(
            from_=RevisionListed.of(old, current=article.version),
            to=RevisionListed.of(new, current=article.version),
            fields=changes,
        )

    async def restore(
        self,
        ref: str,
        version: int,
        wanted: Restoration,
        *,
        editor: User,
        at: datetime,
        check: Check,
    ) -> Article:
        """Make the article what it was, as a new version; `check` sees it locked, and may raise.

        Raises what a change of these fields does: SlugTaken, TranslationExists or ForEditors.
        """
        article = await self._writing.editable(ref, editor=editor, at=at)
        (revision,) = await self._of(article, version)
        changes = rules.what_comes_back(revision.state, wanted.given().get("fields"), editor)
        note = wanted.note or f"Restored version {version}"
        try:
            return await self._writing.apply(
                ref, changes, editor=editor, at=at, check=check, note=note
            )
        except SlugTaken:
            raise SlugTaken(SLUG_TAKEN) from None

    async def _of(self, article: Article, *versions: int) -> list[Revision]:
        found = await self._revisions.get(article.id, versions)
        if not found.keys() >= set(versions):
            raise RevisionNotFound
        return [found[version] for version in versions]


def _changes(before: Revision, after: Revision, usernames: Usernames) -> list[FieldChange]:
    names = f"version {before.version}", f"version {after.version}"
    old, new = (rules.told(each.state, usernames) for each in (before, after))
    return list(rules.compare_states(old, new, names))
