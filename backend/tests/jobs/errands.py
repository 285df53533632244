"""Tasks for tests, and a door for workers that do them: `python -m tests.jobs.errands PULSE`.

Each task leaves a row in the table `effects`, by which a test sees how often it was done. The door
makes one worker for every line that it reads, and answers with the number of its process. It is
only a copy of itself, so that a test which needs twenty does not wait for twenty Pythons to start.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import text

from app.core.config import Settings
from app.jobs.tasks import GiveUpError, Job, Task, Tasks
from app.worker import run

SOON = timedelta(milliseconds=20)

MAKE_EFFECTS = text("""
    CREATE TABLE IF NOT EXISTS effects (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text, attempt int, at timestamptz DEFAULT clock_timestamp()
    )
""")
LEAVE_EFFECT = text("INSERT INTO effects (name, attempt) VALUES (:name, :attempt)")


class Errand(BaseModel):
    """What is to be done, how long it takes, and how often it fails before."""

    name: str
    seconds: float = 0
    failures: int = 0


RUN = Task("test.run", Errand, pause=SOON)
TRY_THRICE = Task("test.try_thrice", Errand, attempts=3, pause=SOON)
HURRY = Task("test.hurry", Errand, attempts=1, time_limit=timedelta(milliseconds=50))
REFUSE = Task("test.refuse", Errand)
UNKNOWN = Task("test.of_the_next_release", Errand)
TICK = "test.tick"

tasks = Tasks()
periodic = Tasks()


@tasks.handles(RUN)
@tasks.handles(TRY_THRICE)
@tasks.handles(HURRY)
async def leave_effect(errand: Errand, job: Job) -> None:
    """Leave a row, then take some time, then perhaps fail: all of it or nothing must count."""
    await job.session.execute(LEAVE_EFFECT, {"name": errand.name, "attempt": job.attempt})
    await asyncio.sleep(errand.seconds)
    if job.attempt <= errand.failures:
        raise RuntimeError(f"no luck this time\nwith {errand.name}")


@tasks.handles(REFUSE)
async def refuse(errand: Errand, job: Job) -> None:
    """Fail for good."""
    await leave_effect(errand, job)
    raise GiveUpError("nobody lives there")


@periodic.every("*/5 * * * *", TICK)
async def tick(job: Job) -> None:
    """Leave a row."""
    await leave_effect(Errand(name=TICK), job)


def errand(name: str = "an errand", **details: float) -> Errand:
    """Return what to do."""
    return Errand.model_validate({"name": name, **details})


def main(pulse: Path) -> None:
    """Make workers until standard input ends."""
    settings = Settings.load_or_exit()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        worker = os.fork()
        if not worker:
            # What it logs must not fill the pipe of the answers.
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            run(settings, tasks, pulse)
            os._exit(0)
        sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
