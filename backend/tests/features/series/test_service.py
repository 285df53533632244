"""What other features ask of series."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.policy import Role
from app.features.series import service
from app.features.series.errors import SeriesFull, SeriesNotFound, SeriesNotYours
from app.features.series.service import SeriesService
from app.models import Series, User
from tests.factories import EARLY_2026, Factory


@pytest.fixture
def book(session: AsyncSession) -> SeriesService:
    """The service, over the test's own session."""
    return SeriesService(session)


async def test_a_series_is_found_by_id_and_slug(book: SeriesService, series: Series) -> None:
    assert (await book.find(str(series.id))).id == series.id
    assert (await book.find(series.slug)).id == series.id
    with pytest.raises(SeriesNotFound):
        await book.find("nothing")


async def test_its_owner_and_editors_may_use_it(
    book: SeriesService, make: Factory, owner: User, series: Series
) -> None:
    for user in (owner, await make.user(Role.EDITOR)):
        assert (await book.usable(series.slug, user, at=EARLY_2026)).id == series.id
    with pytest.raises(SeriesNotFound):
        await book.usable("nothing", owner, at=EARLY_2026)


async def test_who_cannot_see_it_is_told_that_there_is_none(
    book: SeriesService, make: Factory, owner: User, series: Series
) -> None:
    stranger = await make.user()
    await make.draft(owner, series_id=series.id)
    with pytest.raises(SeriesNotFound):
        await book.usable(series.slug, stranger, at=EARLY_2026)
    await make.article(owner, series_id=series.id)
    with pytest.raises(SeriesNotYours):
        await book.usable(series.slug, stranger, at=EARLY_2026)


async def test_a_series_is_named_whatever_the_case(
    book: SeriesService, make: Factory, owner: User, series: Series
) -> None:
    found = await book.named("a YEAR on the water", owner=owner, at=EARLY_2026)
    assert found.id == series.id
    other = await make.user()
    new = await book.named("A year on the water", owner=other, at=EARLY_2026)
    assert (new.owner_id, new.slug) == (other.id, "a-year-on-the-water-2")
    assert (await book.named("A Year on the Water", owner=other, at=EARLY_2026)).id == new.id


async def test_readers_name_no_new_series(book: SeriesService, make: Factory) -> None:
    with pytest.raises(SeriesNotYours):
        await book.named("Lakes", owner=await make.user(Role.READER), at=EARLY_2026)


async def test_an_account_that_has_just_been_deleted_begins_nothing(
    book: SeriesService, session: AsyncSession, owner: User
) -> None:
    await session.delete(await session.get_one(User, owner.id))
    await session.flush()
    with pytest.raises(Unauthenticated):
        await book.named("Lakes", owner=owner, at=EARLY_2026)


async def test_the_next_position_is_behind_the_last(
    book: SeriesService, make: Factory, owner: User, series: Series
) -> None:
    assert await book.next_position(series.id) == 1
    await make.article(owner, series_id=series.id)
    assert await book.next_position(series.id) == 1
    await make.draft(owner, series_id=series.id, series_position=7)
    assert await book.next_position(series.id) == 8
    with pytest.raises(SeriesNotFound):
        await book.next_position(series.id + 1)


async def test_a_series_has_an_end(
    book: SeriesService,
    make: Factory,
    owner: User,
    series: Series,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "MOST_ARTICLES", 2)
    await make.article(owner, series_id=series.id)
    assert await book.next_position(series.id) == 1
    await make.article(owner, series_id=series.id, deleted_at=EARLY_2026)
    with pytest.raises(SeriesFull):
        await book.next_position(series.id)
