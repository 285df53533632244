"""Password hashing: Argon2id, with bcrypt still read. The only home of passlib.

Hashing is slow on purpose, so it has threads of its own, which step back for everything else that
runs, and a queue that is as long as people wait: when too many sign in at once, the next is told to
come back, and the rest of the site stays fast.
Parameters: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane).
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from math import ceil
from typing import TypeVar

from passlib.context import CryptContext
from passlib.exc import UnknownHashError

from app.core.errors import Unavailable
from app.core.heap import give_back, share_one_heap

T = TypeVar("T")

# How long anybody waits for a thread, at about; and how many may, however fast the machine is.
LONGEST_WAIT = 2.0
MOST_WAITING = 64

# Whoever finds the queue full hears so after a second, unless too many of them wait for that.
REFUSED_AFTER = 1.0
MOST_REFUSED = 500

# A thread that is nicer by this gets about a tenth of a core that others want too (sched(7)).
NICENESS = 10

_FIRST_GUESS = 0.05
_WEIGHT_OF_NEWEST = 0.25

# The 10,000 commonest passwords of eight characters or more, most common first, generated from the
# frequency list of the package zxcvbn 4.5.0 (MIT). Shorter ones are refused for their length.
_COMMON = frozenset(files("app.core").joinpath("common_passwords.txt").read_text("utf-8").split())


def is_common(password: str) -> bool:
    """Say whether a password, in whatever case, is among the 10,000 commonest."""
    return password.lower() in _COMMON


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and its new hash where the old one has gone out of date."""

    valid: bool
    replacement: str | None = None


class Pace:
    """How long a password takes of late, and so how many can be waited for."""

    def __init__(self, threads: int) -> None:
        """Take how many threads there are."""
        self._threads = threads
        self._seconds = _FIRST_GUESS

    def note(self, seconds: float) -> None:
        """Let one more measurement count."""
        self._seconds += _WEIGHT_OF_NEWEST * (seconds - self._seconds)

    @property
    def places(self) -> int:
        """How many passwords may be in work or wait, so that the last is looked at in time."""
        in_time = int(self._threads * LONGEST_WAIT / self._seconds)
        return self._threads + min(max(in_time - self._threads, 1), MOST_WAITING)


class PasswordHasher:
    """Hashes and verifies passwords off the event loop."""

    def __init__(self, threads: int = 1, *, refuses_common: bool = True) -> None:
        """Take the number of hashing threads.

        `refuses_common` says whether new passwords may be among the commonest.
        """
        self.refuses_common = refuses_common
        self._context = CryptContext(
            ["argon2", "bcrypt"],
            deprecated="auto",
            argon2__type="ID",
            argon2__memory_cost=19456,
            argon2__time_cost=2,
            argon2__parallelism=1,
        )
        share_one_heap()
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="passwords", initializer=_step_back
        )
        self._pace = Pace(threads)
        self._taken = self._refused = 0
        # The hash that stands for those that are missing is made before anybody can time it.
        self._pool.submit(self._context.dummy_verify)
        self._pool.submit(give_back)

    async def check_room(self) -> None:
        """Raise Unavailable when the queue is full, before any other work is done in vain.

        It is said after a moment: who would ask again at once is kept from asking even faster.
        """
        if self._taken < self._pace.places:
            return
        if self._refused < MOST_REFUSED:
            self._refused += 1
            try:
                await asyncio.sleep(REFUSED_AFTER)
            finally:
                self._refused -= 1
        raise Unavailable(
            "Too many people are signing in at this moment; try again shortly",
            retry_after=ceil(LONGEST_WAIT),
        )

    async def hash(self, password: str) -> str:
        """Return the hash to store; raise Unavailable when the queue is full."""
        return await self._run(lambda: self._context.hash(password))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with the stored hash; raise Unavailable when the queue is full.

        With None (no such account), and with what is no hash (an account without a password), it
        takes as long as with one, and refuses.
        """
        return await self._run(lambda: self._verify(password, stored))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> Verdict:
        try:
            valid, replacement = self._context.verify_and_update(password, stored or "")
        except (UnknownHashError, ValueError):
            self._context.dummy_verify()
            return Verdict(valid=False)
        return Verdict(valid=valid, replacement=replacement)

    async def _run(self, work: Callable[[], T]) -> T:
        await self.check_room()
        self._taken += 1
        try:
            loop = asyncio.get_running_loop()
            result, seconds = await loop.run_in_executor(self._pool, _timed, work)
        finally:
            self._taken -= 1
        self._pace.note(seconds)
        self._rest()
        return result

    def _rest(self) -> None:
        """Return the memory when there is nothing to do; a crowd would only ask for it again."""
        # Nothing can be given to threads that have been told to end.
        if not self._taken:
            with suppress(RuntimeError):
                self._pool.submit(give_back)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.monotonic()
    result = work()
    return result, time.monotonic() - start


def _step_back() -> None:
    """Let a thread run only where nothing else wants to; elsewhere than on Linux, let it be."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
