"""Articles that are there when public ones are counted by month: no number is wrong meanwhile."""

import asyncio
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.core.migrations import FOLDER
from tests.migrations.conftest import AUTHOR, Alembic

BEFORE, THIS = "c5f07e92d81b", "e3a50d7c1f94"

ARTICLES = """
    INSERT INTO articles (author_id, author_ids, slug, title, content, published, published_at,
        deleted_at, created_at, updated_at, version)
    SELECT users.id, ARRAY[users.id], '{prefix}-' || n, 'Down the river', 'We set out at five.',
        n % 5 <> 1, timestamptz '1969-01-15T12:00:00Z' + n * interval '9 days',
        CASE WHEN n % 7 = 1 THEN now() END, now(), now(), 1
    FROM users, generate_series(1, 100) AS n
"""
FOLD = "SELECT fold_public_counts()"
# How the release before asks for the number of all, beside what counting finds.
IN_ALL = """
    SELECT (SELECT sum(amount) FROM public_counts WHERE kind = 'all' AND subject_id = 0),
        (SELECT count(*) FROM articles WHERE published AND deleted_at IS NULL)
"""
WRONG_MONTHS = """
    SELECT told.month, told.amount, counted.amount
    FROM (
        SELECT month, sum(amount) AS amount FROM public_counts WHERE kind = 'all' GROUP BY 1
    ) AS told FULL JOIN (
        SELECT extract(year FROM at) * 12 + extract(month FROM at) - 1 AS month, count(*) AS amount
        FROM (
            SELECT timezone('UTC', published_at) AS at
            FROM articles WHERE published AND deleted_at IS NULL
        ) AS public GROUP BY 1
    ) AS counted USING (month)
    WHERE coalesce(told.amount, 0) <> coalesce(counted.amount, 0)
"""
SOMEBODY_WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
CHANGES = (
    "UPDATE articles SET published_at = published_at + interval '40 days' WHERE id % 12 = {n}",
    "UPDATE articles SET published = NOT published WHERE id % 12 = {n}",
    "DELETE FROM articles WHERE id % 12 = {n} AND id % 5 = 0",
)


async def _run(alembic: Alembic, *statements: str) -> None:
    async with alembic.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement.replace(":", "\\:")))


async def _ask(alembic: Alembic, question: str) -> list[tuple[Any, ...]]:
    async with alembic.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(question))]


async def _assert_right(alembic: Alembic) -> None:
    ((told, counted),) = await _ask(alembic, IN_ALL)
    assert told == counted > 0
    assert await _ask(alembic, WRONG_MONTHS) == []


async def test_they_are_counted_by_month(alembic: Alembic) -> None:
    await alembic.upgrade(BEFORE)
    await _run(alembic, AUTHOR, ARTICLES.format(prefix="one"), FOLD, ARTICLES.format(prefix="two"))
    await alembic.upgrade(THIS)
    await _assert_right(alembic)
    await _run(alembic, ARTICLES.format(prefix="three"), CHANGES[0].format(n=3))
    await _assert_right(alembic)
    await _run(alembic, FOLD)
    await _assert_right(alembic)


async def test_they_are_known_in_all_when_it_is_taken_back(alembic: Alembic) -> None:
    await alembic.upgrade(THIS)
    await _run(alembic, AUTHOR, ARTICLES.format(prefix="one"))
    await alembic.downgrade(BEFORE)
    await _run(alembic, ARTICLES.format(prefix="two"), *(each.format(n=3) for each in CHANGES))
    ((told, counted),) = await _ask(alembic, IN_ALL)
    assert told == counted > 0
    await _run(alembic, FOLD)
    assert await _ask(alembic, IN_ALL) == [(counted, counted)]
    await alembic.upgrade(THIS)
    await _assert_right(alembic)


async def test_it_waits_for_who_is_publishing(alembic: Alembic) -> None:
    await alembic.upgrade(BEFORE)
    await _run(alembic, AUTHOR)
    async with alembic.engine.connect() as author:
        await author.execute(text(ARTICLES.format(prefix="one").replace(":", "\\:")))
        upgrade = asyncio.create_task(alembic.upgrade(THIS))
        async with alembic.engine.connect() as looking:
            while not await looking.scalar(text(SOMEBODY_WAITS)):
                await looking.rollback()
                await asyncio.sleep(0.01)
        await author.commit()
    await upgrade
    await _assert_right(alembic)


async def test_what_others_have_not_committed_yet_is_not_counted_twice(alembic: Alembic) -> None:
    """Neither who writes meanwhile nor who folds has to be waited for."""
    await _have_no_months(alembic)
    async with alembic.engine.connect() as writer, alembic.engine.connect() as folder:
        for change in CHANGES:
            await writer.execute(text(change.format(n=3)))
        await folder.execute(text(FOLD))
        await _run(alembic, "SET LOCAL lock_timeout = '1s'", _present())
        ((told, counted),) = await _ask(alembic, IN_ALL)
        assert told == counted > 0
        await folder.commit()
        await writer.commit()
    await _assert_right(alembic)


async def test_while_they_are_counted_everybody_may_write_and_fold(alembic: Alembic) -> None:
    await _have_no_months(alembic)
    writes = [_run(alembic, CHANGES[n % 3].format(n=n)) for n in range(12)]
    folds = [_run(alembic, FOLD) for _ in range(3)]
    looks = [_ask(alembic, IN_ALL) for _ in range(3)]
    _, answers, *_ = await asyncio.gather(
        _run(alembic, _present()), asyncio.gather(*looks), *writes, *folds
    )
    assert [told for ((told, counted),) in answers if told != counted] == []
    await _assert_right(alembic)


async def test_to_count_them_again_changes_nothing(alembic: Alembic) -> None:
    await _have_no_months(alembic)
    await _run(alembic, _present(), FOLD)
    parts = await _ask(alembic, "SELECT id, amount FROM public_counts ORDER BY id")
    await _run(alembic, _present())
    assert await _ask(alembic, "SELECT id, amount FROM public_counts ORDER BY id") == parts
    await _assert_right(alembic)


async def _have_no_months(alembic: Alembic) -> None:
    """Have articles whose parts have no month, as in the middle of the migration."""
    await alembic.upgrade(THIS)
    await _run(alembic, AUTHOR, ARTICLES.format(prefix="one"))
    await _run(
        alembic, FOLD, ARTICLES.format(prefix="two"), "UPDATE public_counts SET month = NULL"
    )


def _present() -> str:
    """Return the statement of the migration that adds what the months are missing."""
    return str(ScriptDirectory(FOLDER).get_revision(THIS).module.PRESENT)
