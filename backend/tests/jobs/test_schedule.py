"""Periodic tasks become jobs at their times, once however many workers look."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from app.core.db import Sessions
from app.jobs.schedule import LONGEST_PAUSE, Schedule
from app.jobs.tasks import Tasks
from tests.jobs.conftest import Queue, Working
from tests.jobs.errands import TICK, periodic

PASS_AN_HOUR = "UPDATE pgqueuer_schedules SET next_run = next_run - interval '1 hour'"


async def test_the_first_time_lies_ahead(queue: Queue, sessions: Sessions) -> None:
    schedule = Schedule(sessions, periodic)
    await schedule.note()
    pause = await schedule.look()
    assert timedelta(0) < pause <= LONGEST_PAUSE
    assert await queue.left() == Counter()
    (due,) = await queue.column("SELECT next_run FROM pgqueuer_schedules")
    assert (due.minute % 5, due.second) == (0, 0)
    assert due > datetime.now(UTC)


async def test_several_workers_add_one_job_for_each_time(queue: Queue, sessions: Sessions) -> None:
    schedules = [Schedule(sessions, periodic) for _ in range(5)]
    for schedule in schedules:
        await schedule.note()
    for times in (1, 2):
        await queue.do(PASS_AN_HOUR)
        await asyncio.gather(*(schedule.look() for schedule in schedules))
        assert await queue.left() == Counter(queued=1)
        await queue.do("DELETE FROM pgqueuer")
        added = "SELECT count(*) FROM pgqueuer_log WHERE status = 'queued'"
        assert await queue.column(added) == [times]


async def test_what_still_waits_is_not_added_again(queue: Queue, sessions: Sessions) -> None:
    schedule = Schedule(sessions, periodic)
    await schedule.note()
    for _ in range(2):
        await queue.do(PASS_AN_HOUR)
        await schedule.look()
    assert await queue.left() == Counter(queued=1)


async def test_a_restart_keeps_what_is_due_and_a_new_rhythm_replaces_the_old(
    queue: Queue, sessions: Sessions
) -> None:
    await Schedule(sessions, periodic).note()
    await queue.do(PASS_AN_HOUR)
    (due,) = await queue.column("SELECT next_run FROM pgqueuer_schedules")
    await Schedule(sessions, periodic).note()
    assert await queue.column("SELECT next_run FROM pgqueuer_schedules") == [due]
    others = Tasks()
    others.every("0 3 * * *", TICK)(lambda _: asyncio.sleep(0))
    await Schedule(sessions, others).note()
    assert await queue.column("SELECT expression FROM pgqueuer_schedules") == ["0 3 * * *"]


async def test_two_workers_do_it_once(queue: Queue, working: Working, sessions: Sessions) -> None:
    await Schedule(sessions, periodic).note()
    await queue.do(PASS_AN_HOUR)

    async def is_done() -> bool:
        return (await queue.effects()).total() > 0

    async with working(periodic), working(periodic):
        await queue.until(is_done)
        await queue.until_empty()
    assert await queue.effects() == Counter({TICK: 1})
