"""Workers are killed outright, in the middle of their work: nothing is lost, nothing done twice."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from app.core.config import Settings
from app.jobs.queue import enqueue
from app.jobs.worker import LEASE, LOOK_EVERY
from tests.conftest import BACKEND
from tests.jobs.conftest import Queue, StartWorker, environment
from tests.jobs.errands import RUN, errand

KILLINGS = 20
ADDED_EACH_TIME = 30
SEEN_ALIVE = 8


async def add_load(queue: Queue, names: list[str]) -> None:
    """Enqueue a job for each name, of which some fail at first, in one transaction."""
    async with queue.sessions.begin() as session:
        for number, name in enumerate(names):
            details = {"seconds": number % 7 / 100, "failures": number % 10 // 9}
            await enqueue(session, RUN, errand(name, **details))


async def test_twenty_killings_under_load_and_every_effect_is_there_once(
    queue: Queue, start_worker: StartWorker
) -> None:
    names: list[str] = []
    worker = start_worker()
    for killing in range(KILLINGS):
        added = [f"{killing}/{number}" for number in range(ADDED_EACH_TIME)]
        await add_load(queue, added)
        names += added
        done_before = (await queue.effects()).total()

        async def has_worked(before: int = done_before) -> bool:
            return (await queue.effects()).total() >= before + SEEN_ALIVE

        await queue.until(has_worked)
        successor = start_worker()
        worker.kill()
        worker = successor
    await queue.until_empty()
    assert await queue.effects() == Counter(names)
    assert await queue.left() == Counter()
    assert await queue.column("SELECT count(*) FROM finished_jobs") == [len(names)]


async def test_another_worker_takes_over_within_ten_seconds(
    queue: Queue, start_worker: StartWorker
) -> None:
    await queue.add(RUN, errand("long", seconds=1))
    worker = start_worker()

    async def is_at_it() -> bool:
        return await queue.left() == Counter({"picked": 1})

    await queue.until(is_at_it)
    worker.kill()
    start_worker()
    await queue.until_empty()
    assert await queue.effects() == Counter({"long": 1})
    picked = "SELECT created FROM pgqueuer_log WHERE status = 'picked' ORDER BY id"
    first, second = await queue.column(picked)
    assert second - first >= LEASE
    assert (LEASE + LOOK_EVERY).total_seconds() < 10


async def test_it_shows_that_it_lives_and_ends_when_it_is_told_to(
    queue: Queue, start_worker: StartWorker, tmp_path: Path
) -> None:
    worker = start_worker()
    pulse = tmp_path / "pulse"

    async def is_alive() -> bool:
        return pulse.exists()

    await queue.until(is_alive)
    worker.kill(signal.SIGTERM)
    await queue.until(worker.is_gone)


def test_the_command_to_start_one_refuses_bad_settings(settings: Settings) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "app.worker"],
        check=False,
        cwd=BACKEND,
        env=environment(settings) | {"WORKER_CONCURRENCY": "many"},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "WORKER_CONCURRENCY" in refused.stderr
