"""A queue that really commits, workers in this process or in others, and what they have done."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.db import DATABASE_ERRORS, Sessions
from app.core.services import Services
from app.jobs.queue import enqueue
from app.jobs.tasks import Task, Tasks
from app.jobs.worker import Worker
from tests.conftest import BACKEND
from tests.jobs import errands
from tests.jobs.errands import MAKE_EFFECTS, Errand

LONG_ENOUGH = 60.0
EMPTY = "TRUNCATE pgqueuer, pgqueuer_log, pgqueuer_schedules"
OFTEN = timedelta(milliseconds=50)


class Queue:
    """What tests ask of the queue, and see in it."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    async def add(self, task: Task[Errand], errand: Errand, key: str | None = None) -> int:
        """Enqueue one job in a transaction of its own; return its id, 0 when it was left out."""
        async with self.sessions.begin() as session:
            return await enqueue(session, task, errand, key=key) or 0

    async def effects(self) -> Counter[str]:
        """Return what has been done, and how often."""
        return Counter(await self.column("SELECT name FROM effects"))

    async def left(self) -> Counter[str]:
        """Return the states of the jobs that are in the queue."""
        return Counter(await self.column("SELECT status::text FROM pgqueuer"))

    async def column(self, query: str, **values: object) -> list[Any]:
        """Return the first column of what a query finds."""
        async with self.sessions() as session:
            return list(await session.scalars(text(query), values))

    async def do(self, statement: str, **values: object) -> None:
        """Run a statement in a transaction of its own."""
        async with self.sessions.begin() as session:
            await session.execute(text(statement), values)

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so."""
        deadline = asyncio.get_running_loop().time() + LONG_ENOUGH
        while not await self._is_so(condition):
            assert asyncio.get_running_loop().time() < deadline, await self.left()
            await asyncio.sleep(0.02)

    async def _is_so(self, condition: Callable[[], Awaitable[bool]]) -> bool:
        """Ask the condition, whose own connection may be among those that have been ended."""
        try:
            return await condition()
        except DATABASE_ERRORS:
            return False

    async def until_empty(self) -> None:
        """Wait until nothing waits or runs any more."""
        await self.until(self.is_empty)

    async def is_empty(self) -> bool:
        """Say whether nothing waits or runs."""
        return not set(await self.left()) - {"failed"}


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit."""
    return committing_sessions


@pytest.fixture
async def queue(sessions: Sessions) -> AsyncIterator[Queue]:
    """An empty queue, and a table for what is done."""
    queue = Queue(sessions)
    await queue.do(EMPTY)
    await queue.do(MAKE_EFFECTS.text)
    yield queue
    await queue.do(EMPTY)
    await queue.do("DROP TABLE effects")


Working = Callable[..., Any]


@pytest.fixture
def working(services: Services, queue: Queue) -> Working:
    """Have a worker work in this process while the body of a `with` runs; then stop it."""

    @asynccontextmanager
    async def work(tasks: Tasks = errands.tasks, **options: Any) -> AsyncIterator[Worker]:  # noqa: ANN401 - the worker's own
        worker = Worker(services, tasks, **{"look_every": OFTEN} | options)
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await running

    return work


class Killable:
    """A worker in a process of its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, by default the one that nobody can answer."""
        os.kill(self._pid, how)

    async def is_gone(self) -> bool:
        """Say whether the process has ended."""
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        return False


StartWorker = Callable[[], Killable]


@pytest.fixture
def start_worker(settings: Settings, queue: Queue, tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker in a process of its own; what is left of them is killed after the test."""
    with (tmp_path / "log").open("wb") as log:
        door = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.errands", str(tmp_path / "pulse")],
            cwd=BACKEND,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert door.stdin is not None
    assert door.stdout is not None
    answers = door.stdout

    def start() -> Killable:
        assert door.stdin is not None
        door.stdin.write("\n")
        door.stdin.flush()
        pid = answers.readline()
        assert pid, (tmp_path / "log").read_text("utf-8")
        return Killable(int(pid))

    yield start
    os.killpg(door.pid, signal.SIGKILL)
    door.wait()
    door.stdin.close()
    # What they said is shown beside a test that fails.
    sys.stdout.write((tmp_path / "log").read_text("utf-8"))
    door.stdout.close()


def environment(settings: Settings) -> dict[str, str]:
    """Return what a process needs to find this test's database."""
    return os.environ | {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "DB_HOST": settings.db_host,
        "DB_PORT": str(settings.db_port),
        "DB_USER": settings.db_user,
        "DB_PASSWORD": settings.db_password.get_secret_value(),
        "DB_NAME": settings.db_name,
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
    }
