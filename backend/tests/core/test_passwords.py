"""Password hashing: real hashes, made by the real library."""

import asyncio
import os
import threading
from unittest.mock import patch

import pytest
from passlib.hash import bcrypt

from app.core.errors import Unavailable
from app.core.passwords import (
    LONGEST_WAIT,
    MOST_WAITING,
    NICENESS,
    Pace,
    PasswordHasher,
    is_common,
)

PASSWORD = "a-long-pass-phrase"


async def test_a_password_fits_its_own_hash_only(passwords: PasswordHasher) -> None:
    stored = await passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify(PASSWORD, stored)).valid
    assert not (await passwords.verify("another-pass-phrase", stored)).valid


async def test_an_up_to_date_hash_needs_no_replacement(passwords: PasswordHasher) -> None:
    verdict = await passwords.verify(PASSWORD, await passwords.hash(PASSWORD))
    assert verdict.replacement is None


async def test_a_bcrypt_hash_is_still_read_and_replaced(passwords: PasswordHasher) -> None:
    verdict = await passwords.verify(PASSWORD, bcrypt.using(rounds=4).hash(PASSWORD))
    assert verdict.valid
    assert verdict.replacement is not None
    assert verdict.replacement.startswith("$argon2id$")


NO_HASHES = [None, "", "!", "plain", "$argon2id$broken", "$2b$04$short"]


@pytest.mark.parametrize("stored", NO_HASHES)
async def test_no_password_fits_what_is_no_hash(
    passwords: PasswordHasher, stored: str | None
) -> None:
    assert not (await passwords.verify(PASSWORD, stored)).valid


@pytest.mark.parametrize("stored", NO_HASHES)
async def test_what_is_no_hash_takes_the_work_of_one(
    passwords: PasswordHasher, stored: str | None
) -> None:
    """Nobody can tell by the time that an account is missing, or that it has no password."""
    real = passwords._context.dummy_verify
    with patch.object(passwords._context, "dummy_verify", wraps=real) as work:
        await passwords.verify(PASSWORD, stored)
    work.assert_called_once()


@pytest.mark.parametrize("most_refused", [0, 1])
async def test_a_full_queue_says_so_and_empties_again(
    monkeypatch: pytest.MonkeyPatch, most_refused: int
) -> None:
    monkeypatch.setattr("app.core.passwords.REFUSED_AFTER", 0.001)
    monkeypatch.setattr("app.core.passwords.MOST_REFUSED", most_refused)
    hasher = PasswordHasher(threads=1)
    await hasher.check_room()
    crowd = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(hasher._pace.places)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="signing in at this moment") as refusal:
        await hasher.hash(PASSWORD)
    assert refusal.value.retry_after == LONGEST_WAIT
    with pytest.raises(Unavailable):
        await hasher.check_room()
    hasher.close()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert (hasher._taken, hasher._refused) == (0, 0)


async def test_no_more_than_some_wait_to_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others hear it at once, and cost nothing but their answer."""
    monkeypatch.setattr("app.core.passwords.MOST_REFUSED", 2)
    hasher = PasswordHasher(threads=1)
    hasher._taken = hasher._pace.places
    crowd = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(5)]
    await asyncio.wait(crowd[2:])
    assert [each.done() for each in crowd] == [False, False, True, True, True]
    for each in crowd:
        each.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher._refused == 0
    hasher.close()


async def test_who_gives_up_leaves_the_queue() -> None:
    hasher = PasswordHasher(threads=1)
    crowd = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(5)]
    await asyncio.sleep(0)
    for each in crowd:
        each.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher._taken == 0
    assert (await hasher.hash(PASSWORD)).startswith("$argon2id$")
    hasher.close()


@pytest.mark.parametrize(
    ("threads", "seconds", "places"),
    [(1, 0.1, 20), (2, 0.1, 40), (1, 0.001, 1 + MOST_WAITING), (1, 60, 2), (4, 60, 5)],
)
def test_the_queue_is_as_long_as_people_wait(threads: int, seconds: float, places: int) -> None:
    pace = Pace(threads)
    for _ in range(200):
        pace.note(seconds)
    assert pace.places == places


def test_one_slow_password_does_not_close_the_queue() -> None:
    pace = Pace(1)
    for _ in range(200):
        pace.note(0.02)
    pace.note(0.2)
    assert pace.places > MOST_WAITING // 3


async def test_a_hasher_has_the_threads_that_it_is_given() -> None:
    hasher = PasswordHasher(3)
    assert hasher._pool._max_workers == 3
    hasher.close()


async def test_memory_is_given_back_when_nobody_waits_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back = threading.Semaphore(0)
    monkeypatch.setattr("app.core.passwords.give_back", given_back.release)
    hasher = PasswordHasher()
    assert given_back.acquire(timeout=30)  # after the hash that every hasher makes
    await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(3)))
    assert given_back.acquire(timeout=30)
    hasher._pool.shutdown()
    assert not given_back.acquire(blocking=False)


async def test_the_last_password_before_the_end_is_answered() -> None:
    hasher = PasswordHasher()

    def meanwhile() -> str:
        hasher.close()
        return PASSWORD

    assert await hasher._run(meanwhile) == PASSWORD


async def test_hashing_steps_back_for_everything_else(passwords: PasswordHasher) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await passwords._run(niceness) == min(niceness() + NICENESS, 19)


@pytest.mark.parametrize(
    ("password", "common"),
    [("password", True), ("PassWord", True), ("12345678", True), (PASSWORD, False)],
)
def test_the_commonest_passwords_are_known_in_whatever_case(password: str, common: bool) -> None:
    assert is_common(password) is common
