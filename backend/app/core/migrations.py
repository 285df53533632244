"""Which migrations this release knows."""

from pathlib import Path

from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parents[2] / "alembic"


def known_revisions() -> tuple[str, ...]:
    """Return the revisions of `alembic/versions`, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(FOLDER).walk_revisions())
