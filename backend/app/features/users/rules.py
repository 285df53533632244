"""What a username may be, and how one is made from an e-mail."""

import re
import secrets
from collections.abc import Iterator

LONGEST_USERNAME = 50
SHORTEST_USERNAME = 2
RESERVED = frozenset({"me"})
ROOM_FOR_A_SUFFIX = 8

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")


def check_username(username: str) -> str:
    """Return the username; raise ValueError when a path could not tell it from something else."""
    if username.isdigit():
        raise ValueError("must not be only digits, because those are ids")
    if username.lower() in RESERVED:
        raise ValueError("is reserved")
    return username


def usernames_from(email: str) -> Iterator[str]:
    """Yield usernames to try for an e-mail, the plainest first, without end."""
    local = _UNUSABLE.sub("-", email.partition("@")[0]).strip("-._")
    base = local[: LONGEST_USERNAME - ROOM_FOR_A_SUFFIX]
    if len(base) < SHORTEST_USERNAME or base.isdigit() or base.lower() in RESERVED:
        base = f"user-{base}".rstrip("-")
    yield base
    yield from (f"{base}-{number}" for number in range(2, 6))
    while True:
        yield f"{base}-{secrets.token_hex(3)}"
