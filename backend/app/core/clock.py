"""Time is an argument: whoever needs it is given it, and a test moves the clock, never waits."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

Clock = Callable[[], datetime]

# The database driver takes these two for the infinities, and has no time zone for them.
FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

_DATE_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:")


def utc_now() -> datetime:
    """Return the present moment, with its time zone (UTC)."""
    return datetime.now(UTC)


def _only_text(value: object) -> object:
    """Refuse numbers, as text too, which Pydantic would read as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE_AND_TIME.match(value)):
        return value
    raise ValueError("must be an ISO 8601 date and time, such as 2026-11-21T09:30:00Z")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must name its offset from UTC, such as 2026-11-21T09:30:00Z")
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = FIRST_MOMENT
    if moment in {FIRST_MOMENT, LAST_MOMENT}:
        raise ValueError("is outside the years 1 to 9999")
    return moment


# A moment that a client names: ISO 8601 with an offset (RFC 3339), kept in UTC.
Instant = Annotated[
    datetime, Field(strict=False), BeforeValidator(_only_text), AfterValidator(_in_utc)
]
