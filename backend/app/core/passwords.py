"""Password hashing: Argon2id, with bcrypt still read. The only home of passlib.

Hashing is slow on purpose, so it has threads of its own and a queue that ends: when too many people
sign in at once, the next is told to come back, and the rest of the site stays fast.
Parameters: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane).
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TypeVar

from passlib.context import CryptContext
from passlib.exc import UnknownHashError

from app.core.errors import Unavailable

T = TypeVar("T")

WAITING = 64

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


class PasswordHasher:
    """Hashes and verifies passwords off the event loop."""

    def __init__(self, threads: int | None = None) -> None:
        """Take the number of hashing threads; by default, one for each core."""
        self._context = CryptContext(
            ["argon2", "bcrypt"],
            deprecated="auto",
            argon2__type="ID",
            argon2__memory_cost=19456,
            argon2__time_cost=2,
            argon2__parallelism=1,
        )
        count = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="passwords")
        self._places = count + WAITING

    async def hash(self, password: str) -> str:
        """Return the hash to store; raise Unavailable when the queue is full."""
        return await self._run(lambda: self._context.hash(password))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with the stored hash; with None (no such account) take as long, and refuse."""
        return await self._run(lambda: self._verify(password, stored))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> Verdict:
        if stored is None:
            self._context.dummy_verify()
            return Verdict(valid=False)
        try:
            valid, replacement = self._context.verify_and_update(password, stored)
        except (UnknownHashError, ValueError):
            return Verdict(valid=False)
        return Verdict(valid=valid, replacement=replacement)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._places == 0:
            raise Unavailable("Too many people are signing in at this moment; try again shortly")
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._places += 1
