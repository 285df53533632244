"""Migrations go up, down and up again, say what the models say, and harm nobody meanwhile."""

import ast
import asyncio
import re
import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.migrations import FOLDER, known_revisions
from app.models import Base
from tests.conftest import BACKEND
from tests.migrations.conftest import Alembic

DATED_NAME = re.compile(r"20\d\d_[01]\d_[0-3]\d_[0-2]\d[0-5]\d_[a-z][a-z0-9_]+\.py")
WHOLE_INDEXES_OF_WORDS = """
    SELECT count(*) FROM pg_index
    WHERE indrelid = 'articles'::regclass AND indisvalid
        AND pg_get_indexdef(indexrelid) LIKE '%words)'
"""
FILES = sorted((FOLDER / "versions").glob("*.py"))


async def test_every_migration_goes_up_down_and_up_again(alembic: Alembic) -> None:
    for revision in reversed(known_revisions()):
        before = await alembic.schema()
        await alembic.upgrade(revision)
        after = await alembic.schema()
        await alembic.downgrade("-1")
        left = [line for line in await alembic.schema() if "alembic_version" not in line]
        assert left == [line for line in before if "alembic_version" not in line]
        await alembic.upgrade(revision)
        assert await alembic.schema() == after


async def test_the_migrations_make_what_the_models_ask_for(alembic: Alembic) -> None:
    await alembic.upgrade()
    await alembic.check()
    columns = {line.split(" ")[0] for line in await alembic.schema()}
    asked = {
        f"{table.name}.{c.name}" for table in Base.metadata.sorted_tables for c in table.columns
    }
    assert asked <= columns


async def test_rules_of_the_tables_have_the_names_that_the_models_give_them(
    session: AsyncSession,
) -> None:
    in_database = text(
        "SELECT conname FROM pg_constraint "
        "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    found = await session.scalars(in_database)
    named = {
        str(rule.name)
        for table in Base.metadata.sorted_tables
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    assert set(found) == named


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory(FOLDER)
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert len(known_revisions()) == len(FILES)


def test_a_migration_is_named_by_its_date_and_what_it_does() -> None:
    assert [file.name for file in FILES if not DATED_NAME.fullmatch(file.name)] == []


def test_every_migration_can_be_taken_back() -> None:
    for file in FILES:
        functions = {
            node.name: node.body
            for node in ast.parse(file.read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        does_something = any(not isinstance(step, ast.Pass) for step in functions["downgrade"])
        assert does_something, f"write the downgrade of {file.name}"


async def test_the_offline_sql_makes_the_same_database(alembic: Alembic, offline_sql: str) -> None:
    async with alembic.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        # One by one, as psql sends them: together they would be one transaction.
        for statement in filter(str.strip, offline_sql.split(";\n\n")):
            await driver.execute(statement)
    by_hand = await alembic.schema()
    await alembic.check()
    await alembic.downgrade("base")
    await alembic.upgrade()
    assert await alembic.schema() == by_hand


def test_squawk_finds_nothing_dangerous(offline_sql: str, tmp_path: Path) -> None:
    migration = tmp_path / "migrations.sql"
    migration.write_text(offline_sql, "utf-8")
    squawk = Path(sys.executable).parent / "squawk"
    config = f"--config={BACKEND / '.squawk.toml'}"
    found = subprocess.run([squawk, config, migration], check=False, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


async def test_two_migrators_at_once_do_the_work_once(alembic: Alembic) -> None:
    migrators = [alembic.start("upgrade", "head") for _ in range(2)]
    outputs = [await asyncio.to_thread(each.communicate, timeout=60) for each in migrators]
    assert [each.returncode for each in migrators] == [0, 0], outputs
    await alembic.check()


async def test_a_migrator_waits_for_another_without_holding_a_snapshot(alembic: Alembic) -> None:
    """CREATE INDEX CONCURRENTLY waits for every snapshot, so a waiting migrator has none."""
    async with alembic.engine.connect() as other:
        await other.execute(text("SELECT pg_advisory_lock(4251539)"))
        await other.commit()
        migrator = alembic.start("upgrade", "head")
        await _said(migrator, "another migration is running")
        in_transaction = await other.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database() AND xact_start IS NOT NULL"
            )
        )
        assert in_transaction == 0
        await other.rollback()
    output, _ = await asyncio.to_thread(migrator.communicate, timeout=60)
    assert migrator.returncode == 0, output
    assert await _advisory_locks(alembic) == 0


async def test_a_migration_that_meets_a_lock_tries_again(alembic: Alembic) -> None:
    await alembic.upgrade()
    async with alembic.engine.connect() as reader:
        await reader.execute(text("SELECT count(*) FROM articles"))
        migrator = alembic.start("downgrade", "base")
        await _said(migrator, "a table is in use")
        await reader.rollback()
    output, _ = await asyncio.to_thread(migrator.communicate, timeout=60)
    assert migrator.returncode == 0, output
    assert [line for line in await alembic.schema() if line.startswith("articles.")] == []
    assert await _advisory_locks(alembic) == 0


async def test_words_have_a_whole_index_however_often_a_reader_is_in_the_way(
    alembic: Alembic,
) -> None:
    await alembic.upgrade("f3b8d2a71c64")
    async with alembic.engine.connect() as reader, alembic.engine.connect() as other:
        await reader.execute(text("LOCK TABLE articles IN ACCESS SHARE MODE"))
        migrator = alembic.start("upgrade", "head")
        for _ in range(2):
            await _said(migrator, "a table is in use")
            assert await other.scalar(text(WHOLE_INDEXES_OF_WORDS)) == 1
            await other.rollback()
        await reader.rollback()
    output, _ = await asyncio.to_thread(migrator.communicate, timeout=60)
    assert migrator.returncode == 0, output
    await alembic.check()


async def _said(process: subprocess.Popen[str], words: str) -> None:
    """Wait until a process says something."""
    assert process.stdout is not None
    heard = ""
    while words not in heard:
        line = await asyncio.to_thread(process.stdout.readline)
        assert line, f"it ended without saying {words!r}: {heard}"
        heard += line


async def _advisory_locks(alembic: Alembic) -> int:
    query = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
    mine = " WHERE locktype = 'advisory' AND datname = current_database()"
    async with alembic.engine.connect() as connection:
        return int(await connection.scalar(text(query + mine)) or 0)
