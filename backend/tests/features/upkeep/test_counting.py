"""Adding up how many articles are public."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.upkeep.schemas import LONGEST_FOLD
from app.features.upkeep.service import UpkeepService
from app.features.upkeep.tasks import tasks
from app.models import PublicCount
from tests.factories import Factory

DOZE = """
    CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(0.6); RETURN NULL; END $$
"""
DOZING = "CREATE TRIGGER doze AFTER INSERT ON public_counts EXECUTE FUNCTION doze()"


async def test_it_leaves_one_part_of_each_number(
    session: AsyncSession, upkeep: UpkeepService, make: Factory
) -> None:
    author = await make.user()
    for _ in range(3):
        await make.article(author)
    await upkeep.fold_counts()
    parts = select(PublicCount.kind, PublicCount.amount)
    assert {tuple(row) for row in await session.execute(parts)} == {("all", 3), ("author", 3)}


async def test_it_may_take_longer_than_other_statements(
    session: AsyncSession, upkeep: UpkeepService, make: Factory
) -> None:
    """After an import of a million articles it does."""
    await make.article(await make.user())
    for statement in (DOZE, DOZING, "SET LOCAL statement_timeout = '500ms'"):
        await session.execute(text(statement))
    await upkeep.fold_counts()
    assert await session.scalar(select(func.count()).select_from(PublicCount)) == 2


async def test_nobody_ends_it_before_the_database_does(
    session: AsyncSession, upkeep: UpkeepService
) -> None:
    await upkeep.fold_counts()
    longest = await session.scalar(text("SELECT current_setting('statement_timeout')::interval"))
    task, _ = tasks.handlers["upkeep.fold_counts"]
    assert task.time_limit >= longest == LONGEST_FOLD
