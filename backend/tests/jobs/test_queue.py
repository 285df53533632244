"""Asking for work is part of the transaction in which it is asked for."""

import subprocess
import sys
from collections import Counter

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import text

from app.core.config import Settings
from app.jobs.names import OBJECTS, STATEMENTS
from app.jobs.queue import enqueue
from app.jobs.tasks import Tasks
from tests.conftest import BACKEND
from tests.jobs import errands
from tests.jobs.conftest import Queue, environment
from tests.jobs.errands import REFUSE, RUN, errand


class Regretted(Exception):
    """The transaction is not to be."""


async def test_it_is_rolled_back_with_everything_else(queue: Queue) -> None:
    async def change_and_regret() -> None:
        async with queue.sessions.begin() as session:
            await session.execute(text("INSERT INTO effects (name) VALUES ('a change')"))
            assert await enqueue(session, RUN, errand())
            raise Regretted

    with pytest.raises(Regretted):
        await change_and_regret()
    assert (await queue.effects(), await queue.left()) == (Counter(), Counter())


async def test_it_is_undone_with_a_savepoint(queue: Queue) -> None:
    async with queue.sessions.begin() as session:
        savepoint = await session.begin_nested()
        await enqueue(session, RUN, errand("regretted"))
        await savepoint.rollback()
        await enqueue(session, RUN, errand("wanted"))
    payloads = await queue.column(
        "SELECT convert_from(payload, 'UTF8')::json ->> 'name' FROM pgqueuer"
    )
    assert payloads == ["wanted"]


async def test_nobody_sees_it_before_the_commit(queue: Queue) -> None:
    async with queue.sessions.begin() as session:
        await enqueue(session, RUN, errand())
        assert await queue.left() == Counter()
    assert await queue.left() == Counter(queued=1)


async def test_a_key_admits_one_of_a_task_at_a_time(queue: Queue) -> None:
    assert await queue.add(RUN, errand("first"), key="article 7")
    assert await queue.add(RUN, errand("second"), key="article 7") == 0
    assert await queue.add(RUN, errand("other"), key="article 8")
    assert await queue.add(REFUSE, errand("other task"), key="article 7")
    await queue.do("UPDATE pgqueuer SET status = 'picked'")
    assert await queue.add(RUN, errand("meanwhile"), key="article 7") == 0
    await queue.do("UPDATE pgqueuer SET status = 'failed'")
    assert await queue.add(RUN, errand("after it was given up"), key="article 7")


def test_two_features_cannot_claim_the_same_task() -> None:
    with pytest.raises(ValueError, match=r"two handlers for the task test\.\w+"):
        Tasks(errands.tasks, errands.tasks)


async def test_the_migration_makes_what_pgqueuer_expects(settings: Settings) -> None:
    connection = await asyncpg.connect(
        host=settings.db_host,
        port=settings.db_port,
        user=settings.db_user,
        password=settings.db_password.get_secret_value() or None,
        database=settings.db_name,
    )
    plan = await Queries(AsyncpgDriver(connection), OBJECTS, STATEMENTS).plan_upgrade()
    await connection.close()
    assert plan.statements == ()


def test_the_environment_cannot_give_its_objects_other_names(settings: Settings) -> None:
    """pgqueuer listens to these variables; here only our own settings count."""
    mischief = {
        "PGQUEUER_PREFIX": "other_",
        "PGQUEUER_SCHEMA": "other",
        "PGQUEUER_CHANNEL": "other",
        "QUEUE_TABLE": "other",
        "DURABILITY": "volatile",
    }
    look = "from app.jobs.names import STATEMENTS as s; print(s.settings.model_dump_json())"
    command = [sys.executable, "-c", look]
    usual, tried = (
        subprocess.check_output(command, cwd=BACKEND, env=environment(settings) | more)
        for more in ({}, mischief)
    )
    assert tried == usual
