"""Which migration a database is at."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.migrations import current_revision, known_revisions


async def test_a_migrated_database_is_at_the_newest_revision(session: AsyncSession) -> None:
    assert await current_revision(session) == known_revisions()[0]


async def test_a_database_that_was_never_migrated_is_at_none(session: AsyncSession) -> None:
    await session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    assert await current_revision(session) is None
    assert await session.scalar(text("SELECT 1")) == 1, "the transaction goes on"
