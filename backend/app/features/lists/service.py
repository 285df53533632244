"""Lists of articles: whatever is asked for, as the database has made JSON of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.core.config import Settings
from app.core.paging import Cursor, Listed, Listing, Page, sift, slice_of
from app.core.reading import Reads
from app.features.auth.errors import UserNotFound
from app.features.lists import rules
from app.features.lists.repository import ListRepository
from app.features.lists.schemas import MOST_READ, ArticleFilter, Kind
from app.models import User

Check = Callable[[str], None]

_FOLLOWED_BY = "<(-|[0-9]+)>"


class ListService:
    """The rules of lists."""

    def __init__(self, reads: Reads, settings: Settings) -> None:
        """Take what runs statements, and the settings, which know the site's language."""
        self._lists = ListRepository(reads)
        self._locale = settings.site_locale

    async def page(
        self,
        wanted: ArticleFilter,
        page: Page,
        *,
        reader: User | None,
        at: datetime,
        check: Check | None = None,
    ) -> Listing:
        """Return the wanted articles that this reader may see, in the order that was asked for.

        An author, tag or series that is not there has none. `check` sees the validator that the
        page would have, if anybody knows it, before there is any; it may raise to have none made.
        Raise BadCursor, SkippedTooFar.
        """
        if wanted.followed and reader is None:
            return Listing([], total=0 if page.total else None)
        kind, arguments = rules.asked(wanted, page, reader, at, site_locale=self._locale)
        if check is not None and reader is None:
            check(self._validator(await self._lists.stamp(kind, arguments), kind))
        if wanted.q is not None:
            return await self._with_words(kind, arguments, page)
        found = self._listing(await self._lists.page(kind, arguments), kind, page)
        return replace(found, total=await self._count(kind, arguments, page))

    async def page_of_author(
        self,
        ref: str,
        wanted: ArticleFilter,
        page: Page,
        *,
        reader: User | None,
        at: datetime,
        check: Check | None = None,
    ) -> Listing:
        """Return the same of one author; raise UserNotFound."""
        wanted = replace(wanted, author=ref)
        found = await self.page(wanted, page, reader=reader, at=at, check=check)
        if not found.items and not await self._lists.has_person(rules.named("author", ref)):
            raise UserNotFound
        return found

    def _validator(self, stamp: str, kind: Kind) -> str:
        return f"{stamp}-{self._lists.digest(kind)}"

    def _listing(self, items: list[Listed], kind: Kind, page: Page) -> Listing:
        """Return the page that begins with these items."""

        def place(item: Listed, *, backward: bool) -> Cursor:
            return Cursor.at(kind.sort, item.place, item.id, backward=backward)

        found = slice_of(items, page, place)
        stamp = items[0].stamp if items else ""
        validator = self._validator(stamp, kind) if stamp else None
        return Listing(found.items, found.next, found.previous, validator=validator)

    async def _count(self, kind: Kind, arguments: dict[str, Any], page: Page) -> int | None:
        if not page.total:
            return None
        return await self._lists.count(kind.whole, arguments | {"end": None})

    async def _with_words(self, kind: Kind, arguments: dict[str, Any], page: Page) -> Listing:
        """Return a page of what has some words.

        Of a phrase the index knows the words, but not their order; of what has only minuses,
        nothing: such articles have to be read.
        """
        query, indexed = await self._lists.search_query(arguments)
        if query is None:
            return Listing([], total=0 if page.total else None)
        is_indexed, is_phrase = indexed not in {"", "T"}, "<" in query
        kind = replace(kind, words=is_indexed)
        if not is_indexed or is_phrase:
            arguments |= {"found": re.sub(_FOLLOWED_BY, "&", indexed)}
            return await self._sifted(kind, arguments, page, query)
        arguments |= {"found": query}
        items = await self._lists.page(kind, arguments)
        total = await self._count(kind, arguments, page)
        return replace(self._listing(items, kind, page), total=total)

    async def _sifted(
        self, kind: Kind, arguments: dict[str, Any], page: Page, query: str
    ) -> Listing:
        """Return a page of what has to be read, of which only so much is read at a time."""
        places, passed = await self._read(kind, arguments, query)
        found = sift(places, passed, page, most=MOST_READ)
        items = await self._lists.at([place.id for place in found.items], kind, arguments)
        items = items[::-1] if page.is_backward else items
        total = await self._few(kind, arguments, query) if page.total else None
        return Listing(items, found.next, found.previous, total)

    async def _few(self, kind: Kind, arguments: dict[str, Any], query: str) -> int | None:
        """Return how many there are, if they are few enough to be read."""
        places, passed = await self._read(replace(kind, backward=None), arguments, query)
        return None if len(places) > MOST_READ else len(passed)

    async def _read(
        self, kind: Kind, arguments: dict[str, Any], query: str
    ) -> tuple[list[Cursor], set[int]]:
        """Return places, one more than are read, and which of them have the words."""
        begun = arguments | {"skip": 0, "limit": MOST_READ + 1, "end": MOST_READ + 1}
        places = await self._lists.places(kind, begun)
        ids = [place.id for place in places[:MOST_READ]]
        return places, await self._lists.with_words(ids, query)
