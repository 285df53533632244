"""What a worker makes of jobs: done once, tried again, given up, handed back."""

import asyncio
import json
import logging
from collections import Counter

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from app.core.provenance import provenance_of
from app.jobs.administration import JobAdministration, State
from app.jobs.tasks import Job, Tasks
from app.jobs.worker import LOOK_EVERY
from tests.jobs.conftest import Queue, Working
from tests.jobs.errands import HURRY, REFUSE, RUN, TRY_THRICE, UNKNOWN, Errand, errand

ADDRESS = "anna@example.com"


async def reasons(queue: Queue) -> list[str]:
    """Return why jobs were given up."""
    async with queue.sessions() as session:
        entries = await JobAdministration(session).list([])
    return [entry.reason for entry in entries if entry.state is State.GIVEN_UP]


async def attempts(queue: Queue) -> list[int]:
    return await queue.column("SELECT attempt FROM effects ORDER BY id")


async def test_a_job_is_done_once_and_gone(queue: Queue, working: Working) -> None:
    await queue.add(RUN, errand("this"))
    async with working():
        await queue.until_empty()
    assert await queue.effects() == Counter(this=1)
    assert await queue.left() == Counter()


async def test_one_line_is_logged_and_nothing_of_what_it_was_told(
    queue: Queue, working: Working, caplog: pytest.LogCaptureFixture
) -> None:
    job = await queue.add(TRY_THRICE, errand(ADDRESS, failures=9))
    with capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        async with working():
            await queue.until_empty()
    lines = [line for line in logged if line["event"] == "job"]
    outcomes = [(line["attempt"], line["outcome"], line["log_level"]) for line in lines]
    assert outcomes == [
        (1, "to be retried", "info"),
        (2, "to be retried", "info"),
        (3, "given up", "error"),
    ]
    assert set(lines[0]) == {
        "event", "log_level", "task", "job_id", "attempt", "milliseconds", "outcome", "error",
        "where", "request_id",
    }  # fmt: skip
    assert (lines[0]["request_id"], lines[0]["error"]) == (f"job-{job}", "RuntimeError")
    assert ADDRESS not in json.dumps(logged, default=str) + caplog.text
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_its_changes_say_where_they_come_from(queue: Queue, working: Working) -> None:
    seen = []
    tasks = Tasks()

    @tasks.handles(RUN)
    async def look(_: Errand, job: Job) -> None:
        seen.append((provenance_of(job.session).request_id, job.at, job.services.clock()))

    job = await queue.add(RUN, errand())
    async with working(tasks):
        await queue.until_empty()
    ((request_id, at, now),) = seen
    assert (request_id, at) == (f"job-{job}", now)


async def test_it_may_wait_for_others_for_longer_than_a_request(
    queue: Queue, working: Working
) -> None:
    """PostgreSQL ends the transactions of its role that do nothing for ten seconds."""
    seen = []
    tasks = Tasks()

    @tasks.handles(RUN)
    async def look(_: Errand, job: Job) -> None:
        seen.append(await job.session.scalar(text("SHOW idle_in_transaction_session_timeout")))

    await queue.add(RUN, errand())
    async with working(tasks):
        await queue.until_empty()
    assert seen == [f"{RUN.time_limit.total_seconds() + 5:.0f}s"] == ["65s"]


async def test_what_fails_is_rolled_back_and_tried_again_later(
    queue: Queue, working: Working
) -> None:
    await queue.add(RUN, errand("stubborn", failures=3))
    async with working():
        await queue.until_empty()
    assert await attempts(queue) == [4]
    pauses = "SELECT traceback -> 'additional_context' ->> 'retry_delay' FROM pgqueuer_log"
    found = [each for each in await queue.column(f"{pauses} ORDER BY id") if each]
    assert found == sorted(found), "each pause is longer than the one before"
    assert len(set(found)) == 3


async def test_what_fails_too_often_is_kept_for_an_operator(queue: Queue, working: Working) -> None:
    await queue.add(TRY_THRICE, errand("hopeless", failures=3))
    async with working():
        await queue.until_empty()
    assert (await queue.effects(), await queue.left()) == (Counter(), Counter(failed=1))
    assert await reasons(queue) == ["RuntimeError: no luck this time"]


async def test_a_poisoned_job_holds_up_nobody(queue: Queue, working: Working) -> None:
    await queue.add(REFUSE, errand("refused"))
    await queue.add(HURRY, errand("slow", seconds=30))
    await queue.add(RUN, errand("malformed"))
    await queue.do(
        "UPDATE pgqueuer SET payload = '{\"name\": {}}' WHERE id = (SELECT max(id) FROM pgqueuer)"
    )
    for number in range(50):
        await queue.add(RUN, errand(f"good {number}"))
    async with working():
        await queue.until_empty()
    assert await queue.effects() == Counter(f"good {number}" for number in range(50))
    assert sorted(await reasons(queue)) == [
        "GiveUpError: nobody lives there",
        "TimeoutError: ",
        "ValidationError: name: Input should be a valid string",
    ]


async def test_a_job_that_kills_its_workers_is_given_up(queue: Queue, working: Working) -> None:
    job = await queue.add(TRY_THRICE, errand("deadly"))
    for _ in range(3):
        await queue.do(
            "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint) "
            "VALUES (:job, 'picked', 0, 'test.try_thrice')",
            job=job,
        )
    async with working():
        await queue.until_empty()
    assert await queue.effects() == Counter()
    assert await reasons(queue) == ["GiveUpError: its worker died 3 times in the middle of it"]


async def test_work_that_is_done_is_not_done_again(queue: Queue, working: Working) -> None:
    """As after a death between the commit and the queue's own note of it."""
    job = await queue.add(RUN, errand("done before"))
    await queue.do("INSERT INTO finished_jobs (job_id, finished_at) VALUES (:job, now())", job=job)
    async with working():
        await queue.until_empty()
    assert (await queue.effects(), await queue.left()) == (Counter(), Counter())


async def test_a_task_of_another_release_waits(queue: Queue, working: Working) -> None:
    await queue.add(UNKNOWN, errand("of tomorrow"))
    await queue.add(RUN, errand("of today"))
    async with working():
        await queue.until(lambda: done(queue, "of today"))
    assert await queue.left() == Counter(queued=1)
    async with queue.sessions() as session:
        (entry,) = await JobAdministration(session).list([RUN.name])
    assert (entry.task, entry.state) == (UNKNOWN.name, State.UNKNOWN)


async def done(queue: Queue, name: str) -> bool:
    return name in await queue.effects()


async def has_begun(queue: Queue) -> bool:
    return "picked" in await queue.left()


async def test_a_stop_waits_for_what_is_at_hand(queue: Queue, working: Working) -> None:
    await queue.add(RUN, errand("at hand", seconds=0.5))
    async with working() as worker:
        await queue.until(lambda: has_begun(queue))
        worker.stop()
        await queue.add(RUN, errand("too late"))
    assert await queue.effects() == Counter({"at hand": 1})
    assert await queue.left() == Counter(queued=1)


async def test_a_stop_hands_back_what_takes_too_long(queue: Queue, working: Working) -> None:
    await queue.add(RUN, errand("long", seconds=30))
    async with working(grace_seconds=0.1):
        await queue.until(lambda: has_begun(queue))
    assert (await queue.effects(), await queue.left()) == (Counter(), Counter(queued=1))
    await queue.do('UPDATE pgqueuer SET payload = \'{"name": "long"}\'')
    async with working():
        await queue.until_empty()
    assert await queue.effects() == Counter(long=1)


async def test_it_goes_on_after_the_database_has_thrown_it_out(
    queue: Queue, working: Working
) -> None:
    """As at a restart: every connection ends, in the middle of jobs and between them."""
    names = [f"job {number}" for number in range(30)]
    for name in names:
        await queue.add(RUN, errand(name, seconds=0.05))
    async with working():
        await queue.until(lambda: has_begun(queue))
        await queue.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await queue.until_empty()
    assert await queue.effects() == Counter(names)


async def test_two_workers_share_the_work(queue: Queue, working: Working) -> None:
    names = [f"job {number}" for number in range(100)]
    for name in names:
        await queue.add(RUN, errand(name, seconds=0.01))
    async with working(), working():
        await queue.until_empty()
    assert await queue.effects() == Counter(names)
    shares = "SELECT count(*) FROM pgqueuer_log WHERE status = 'picked'"
    assert await queue.column(shares) == [100]


async def test_idle_it_waits_for_a_call(queue: Queue, working: Working) -> None:
    contacts: list[int] = []
    async with working(look_every=LOOK_EVERY, on_contact=lambda: contacts.append(1)):
        await asyncio.sleep(0.5)
        assert len(contacts) <= 3
        await queue.add(RUN, errand("called"))
        await queue.until_empty()
    assert await queue.effects() == Counter(called=1)
