"""A database of their own for tests of migrations, and Alembic in this process or another."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from io import StringIO

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.config import Settings
from tests.conftest import BACKEND, _drop, _recreate

SCHEMA = """
    SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
        || coalesce(column_default, '') || coalesce(identity_generation, '')
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' '
        || replace(pg_get_constraintdef(oid), ' NOT VALID', '')
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'configuration ' || cfgname || ' ' || maptokentype || ' '
        || string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno)
    FROM pg_ts_config JOIN pg_ts_config_map ON mapcfg = pg_ts_config.oid
    WHERE cfgnamespace = 'public'::regnamespace GROUP BY cfgname, maptokentype
    UNION ALL SELECT 'type ' || typname FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ORDER BY 1
"""

# Who writes, as at every revision.
AUTHOR = """
    INSERT INTO users (email, username, password_hash, role, is_active, created_at, updated_at,
        version)
    VALUES ('anna@example.com', 'anna', '-', 'author', true, now(), now(), 1)
"""


class Alembic:
    """Runs Alembic against one database."""

    def __init__(self, settings: Settings, engine: AsyncEngine) -> None:
        self.engine = engine
        self._settings = settings

    async def run(self, action: Callable[[Config], None]) -> None:
        """Run a command in this process, on a connection that is closed afterwards."""
        config = Config(BACKEND / "alembic.ini")

        def on(plain: Connection) -> None:
            config.attributes["connection"] = plain
            action(config)

        async with self.engine.connect() as connection:
            await connection.run_sync(on)

    async def upgrade(self, revision: str = "head") -> None:
        await self.run(lambda config: command.upgrade(config, revision))

    async def downgrade(self, revision: str) -> None:
        await self.run(lambda config: command.downgrade(config, revision))

    async def check(self) -> None:
        """Raise when the models ask for something that the migrations do not make."""
        await self.run(command.check)

    async def schema(self) -> list[str]:
        """Return an entry for every column, index, constraint, type, function and the like."""
        async with self.engine.connect() as connection:
            return list(await connection.scalars(text(SCHEMA)))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `alembic` as an operator does, in a process of its own."""
        settings = self._settings
        environment = os.environ | {
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "DB_HOST": settings.db_host,
            "DB_PORT": str(settings.db_port),
            "DB_NAME": settings.db_name,
            "DB_USER": settings.db_user,
            "DB_PASSWORD": settings.db_password.get_secret_value(),
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
        }
        program = (sys.executable, "-m", "alembic", *arguments)
        return subprocess.Popen(
            program,
            cwd=BACKEND,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
async def alembic(settings: Settings) -> AsyncIterator[Alembic]:
    """Alembic on a new, empty database."""
    name = f"{settings.db_name}_migrations"
    maintenance = settings.model_copy(update={"db_name": "postgres"}).database_url
    await _recreate(maintenance, name)
    own = settings.model_copy(update={"db_name": name})
    engine = create_async_engine(own.database_url, poolclass=NullPool)
    yield Alembic(own, engine)
    await _drop(maintenance, name)


@pytest.fixture
def offline_sql() -> str:
    """The SQL of all migrations, as a database administrator would ask for it."""
    written = StringIO()
    config = Config(BACKEND / "alembic.ini", output_buffer=written)
    command.upgrade(config, "head", sql=True)
    return written.getvalue()
