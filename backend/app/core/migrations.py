"""Which migrations this release knows, and which one a database is at."""

from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FOLDER = Path(__file__).parents[2] / "alembic"


def known_revisions() -> tuple[str, ...]:
    """Return the revisions of `alembic/versions`, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(FOLDER).walk_revisions())


async def current_revision(session: AsyncSession) -> str | None:
    """Return the revision that the database is at; None when it was never migrated."""
    # Asking a table that is not there would end the caller's transaction.
    is_there = text("SELECT to_regclass('alembic_version') IS NOT NULL")
    if not await session.scalar(is_there):
        return None
    revision: str | None = await session.scalar(
        text("SELECT max(version_num) FROM alembic_version")
    )
    return revision
