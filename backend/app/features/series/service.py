"""Series: beginning them, reading them, putting their articles in order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page, Slice
from app.core.text import numbered_stem
from app.features.series import rules
from app.features.series.errors import (
    NotItsArticles,
    SeriesFull,
    SeriesNotFound,
    SeriesNotYours,
    SeriesSlugTaken,
)
from app.features.series.repository import SeriesRepository
from app.features.series.schemas import MOST_ARTICLES, SeriesCreate, SeriesUpdate
from app.models import Article, Series, User

Check = Callable[[Series], None]


class SeriesService:
    """The rules of series, over one session.

    A series exists for its owner and editors, and for whoever can see one of its articles: what is
    not public, only its authors and editors. Who owns the series sees no more of it for that.
    Locks are taken in one order: tags, articles by id, series.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._series = SeriesRepository(session)

    async def page(
        self, page: Page, *, reader: User | None, at: datetime
    ) -> tuple[Slice[Series], Mapping[int, int]]:
        """Return the series that this reader may see, and each one's number of public articles."""
        found = await self._series.page(page, reader=reader, at=at)
        return found, await self._series.public_counts(found.items, at)

    async def read(
        self, ref: str, *, reader: User | None, at: datetime
    ) -> tuple[Series, Sequence[Article]]:
        """Return a series by id or slug with the articles that this reader may see, in order.

        Raises SeriesNotFound.
        """
        series = await self.find(ref)
        articles = await self._series.articles(series.id, reader=reader, at=at)
        if not articles and not (reader and rules.may_edit(series, reader)):
            raise SeriesNotFound
        return series, articles

    async def find(self, ref: str) -> Series:
        """Return the series with this id or slug, whoever asks; raise SeriesNotFound."""
        series = await self._series.get(ref)
        if series is None:
            raise SeriesNotFound
        return series

    async def usable(self, ref: str, user: User, *, at: datetime) -> Series:
        """Return a series that this person may change, and put articles into.

        Raises SeriesNotYours for a series of somebody else, or SeriesNotFound: who cannot see one
        is told that there is none.
        """
        series = await self.find(ref)
        if rules.may_edit(series, user):
            return series
        is_visible = await self._series.shows(series.id, reader=user, at=at)
        raise SeriesNotYours if is_visible else SeriesNotFound

    async def named(self, title: str, *, owner: User, at: datetime) -> Series:
        """Return the owner's series of this title, whatever its case, or a new one.

        Raises SeriesNotYours for readers. Two who want the same new one get one.
        """
        found = await self._series.titled(title, owner.id)
        if found is not None:
            return found
        await self._series.lock_slugs(numbered_stem(rules.base_slug(title)))
        found = await self._series.titled(title, owner.id)
        return found or await self.create(SeriesCreate(title=title), owner=owner, at=at)

    async def next_position(self, series_id: int) -> int:
        """Return the position behind the last article, and keep it free until the commit.

        Raises SeriesNotFound, or SeriesFull for a series that has no room for another article.
        """
        if await self._series.lock(series_id) is None:
            raise SeriesNotFound
        count, last = await self._series.extent(series_id)
        if count >= MOST_ARTICLES:
            raise SeriesFull
        return last + 1

    async def create(self, new: SeriesCreate, *, owner: User, at: datetime) -> Series:
        """Make a series; raise SeriesNotYours for readers, SeriesSlugTaken for a chosen slug."""
        if not rules.may_begin(owner):
            raise SeriesNotYours
        series = Series(owner_id=owner.id, created_at=at, updated_at=at, **new.given())
        if series.slug:
            await self._series.save(series)
        else:
            await self._save_near(series, rules.base_slug(new.title))
        return series

    async def update(
        self, ref: str, changes: SeriesUpdate, *, editor: User, at: datetime, check: Check
    ) -> Series:
        """Change what is given; `check` sees the series locked, and may raise to leave it so.

        Raises SeriesNotFound or SeriesNotYours. A change of nothing leaves the version as it is.
        """
        series = await self.usable(ref, editor, at=at)
        locked = await self._locked(series.id, check)
        if locked.change(changes.given(), at):
            await self._series.save(locked)
        return locked

    async def order(
        self, ref: str, article_ids: Sequence[int], *, editor: User, at: datetime, check: Check
    ) -> Series:
        """Put the articles of a series into this order; `check` sees the series locked.

        Raises NotItsArticles unless each of its articles that the editor can see is named once, and
        no other. Those that only others see keep their order behind them, and those in the bin do
        not count. The articles keep their versions: their places are the series' affair.
        """
        series = await self.usable(ref, editor, at=at)
        await self._series.lock_articles(series.id)
        locked = await self._locked(series.id, check)
        seen = {each.id for each in await self._series.articles(locked.id, reader=editor, at=at)}
        if sorted(article_ids) != sorted(seen):
            raise NotItsArticles(field="articles")
        present = await self._series.positions(locked.id)
        wanted = [*article_ids, *(id_ for id_ in present if id_ not in seen)]
        if present != {id_: place for place, id_ in enumerate(wanted, start=1)}:
            await self._series.put_in_order(wanted)
            locked.version += 1
            locked.updated_at = at
            await self._series.save(locked)
        return locked

    async def delete(self, ref: str, *, editor: User, at: datetime, check: Check) -> None:
        """Delete a series, not its articles; `check` sees it locked, and may raise to keep it."""
        series = await self.usable(ref, editor, at=at)
        await self._series.lock_articles(series.id)
        await self._series.delete(await self._locked(series.id, check))

    async def _locked(self, series_id: int, check: Check) -> Series:
        series = await self._series.lock(series_id)
        if series is None:
            raise SeriesNotFound
        check(series)
        return series

    async def _save_near(self, series: Series, wanted_slug: str) -> None:
        """Save under the wanted slug or one near it; chance finds one when others take them all."""
        stem = numbered_stem(wanted_slug)
        await self._series.lock_slugs(stem)
        series.slug = await self._series.free_slug(wanted_slug, stem)
        try:
            await self._series.save(series)
        except SeriesSlugTaken:
            series.slug = rules.random_slug(wanted_slug)
            await self._series.save(series)
