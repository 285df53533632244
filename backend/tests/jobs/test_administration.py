"""What an operator may do with single jobs."""

from collections import Counter

import pytest

from app.jobs.administration import Entry, JobAdministration, JobIsBusy, JobNotFound, State
from tests.jobs.conftest import Queue, Working
from tests.jobs.errands import REFUSE, RUN, TRY_THRICE, errand

NOBODY_HAS = 999_999_999
BETTER_LUCK = """
    UPDATE pgqueuer SET payload = convert_to('{"name": "at last", "failures": 2}', 'UTF8')
"""


async def entries(queue: Queue) -> list[Entry]:
    async with queue.sessions() as session:
        return await JobAdministration(session).list([RUN.name, REFUSE.name, TRY_THRICE.name])


async def retry(queue: Queue, job: int) -> None:
    async with queue.sessions.begin() as session:
        await JobAdministration(session).retry(job)


async def discard(queue: Queue, job: int) -> None:
    async with queue.sessions.begin() as session:
        await JobAdministration(session).discard(job)


async def test_what_was_given_up_is_listed_first_with_its_reason(
    queue: Queue, working: Working
) -> None:
    hopeless = await queue.add(TRY_THRICE, errand(failures=3))
    async with working():
        await queue.until_empty()
    waiting = await queue.add(RUN, errand())
    later = await queue.add(RUN, errand())
    await queue.do(
        "UPDATE pgqueuer SET execute_after = now() + interval '1 h' WHERE id = :id", id=later
    )
    found = [(each.id, each.state, each.attempts, each.reason) for each in await entries(queue)]
    assert found == [
        (hopeless, State.GIVEN_UP, 3, "RuntimeError: no luck this time"),
        (waiting, State.WAITING, 0, ""),
        (later, State.LATER, 0, ""),
    ]


async def test_what_was_given_up_can_be_tried_again(queue: Queue, working: Working) -> None:
    job = await queue.add(TRY_THRICE, errand("at last", failures=3))
    async with working():
        await queue.until_empty()
        await queue.do(BETTER_LUCK)
        await retry(queue, job)
        await queue.until_empty()
    assert (await queue.effects(), await queue.left()) == (Counter({"at last": 1}), Counter())


async def test_what_was_given_up_can_be_discarded(queue: Queue, working: Working) -> None:
    job = await queue.add(REFUSE, errand())
    async with working():
        await queue.until_empty()
    await discard(queue, job)
    assert await queue.left() == Counter()
    with pytest.raises(JobNotFound):
        await discard(queue, job)


async def test_what_runs_or_waits_is_left_alone(queue: Queue) -> None:
    job = await queue.add(RUN, errand())
    with pytest.raises(JobIsBusy, match="was not given up"):
        await retry(queue, job)
    await queue.do("UPDATE pgqueuer SET status = 'picked'")
    assert [each.state for each in await entries(queue)] == [State.RUNNING]
    with pytest.raises(JobIsBusy, match="being done"):
        await discard(queue, job)


async def test_a_newer_job_with_its_key_goes_before(queue: Queue) -> None:
    old = await queue.add(RUN, errand(), key="article 7")
    await queue.do("UPDATE pgqueuer SET status = 'failed'")
    await queue.add(RUN, errand(), key="article 7")
    with pytest.raises(JobIsBusy, match="newer job"):
        await retry(queue, old)


async def test_there_has_to_be_such_a_job(queue: Queue) -> None:
    with pytest.raises(JobNotFound):
        await retry(queue, NOBODY_HAS)
