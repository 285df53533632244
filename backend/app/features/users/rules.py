"""Who makes an account, who sees a whole one, and how a username is made from an e-mail."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.policy import Permission
from app.features.users.errors import BY_INVITATION, RegistrationClosed
from app.features.users.schemas import LONGEST_USERNAME, RESERVED, SHORTEST_USERNAME
from app.models import User

ROOM_FOR_A_SUFFIX = 8
LONGEST_BASE = LONGEST_USERNAME - ROOM_FOR_A_SUFFIX

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")


def check_open(registration: str) -> None:
    """Raise RegistrationClosed unless everybody may make an account."""
    if registration != "open":
        raise RegistrationClosed(BY_INVITATION if registration == "invite" else None)


def may_see_whole(user: User, asking: User | None) -> bool:
    """Say whether who asks sees all of an account: its owner and administrators do."""
    return asking is not None and (asking.id == user.id or asking.may(Permission.ADMINISTER_USERS))


def may_inherit(user: User) -> bool:
    """Say whether articles can be handed over to this account."""
    return user.is_active and user.may(Permission.WRITE)


def changes_a_secret(given: Mapping[str, Any], user: User) -> bool:
    """Say whether changes touch what somebody signs in with, which needs the current password."""
    return "password" in given or given.get("email", user.email) != user.email


def usernames_from(email: str) -> Iterator[str]:
    """Yield usernames to try for an e-mail, the plainest first, without end."""
    local = _UNUSABLE.sub("-", email.partition("@")[0]).strip("-._")
    base = local[:LONGEST_BASE]
    if len(base) < SHORTEST_USERNAME or base.isdigit() or base.lower() in RESERVED:
        base = f"user-{base}".rstrip("-")[:LONGEST_BASE]
    yield base
    yield from (f"{base}-{number}" for number in range(2, 6))
    while True:
        yield f"{base}-{secrets.token_hex(3)}"
