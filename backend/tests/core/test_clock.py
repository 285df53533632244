"""Moments that clients name."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.clock import Instant, utc_now

MOMENT = TypeAdapter(Instant)


def test_the_present_knows_its_time_zone() -> None:
    assert utc_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "written",
    ["2026-11-21T09:30:00Z", "2026-11-21T10:30:00+01:00", "2026-11-21T09:30:00+00:00"],
)
def test_a_moment_is_kept_in_utc(written: str) -> None:
    assert MOMENT.validate_python(written) == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-11-21T09:30:00", "must name its offset"),
        ("yesterday", "ISO 8601"),
        ("2026-11-21", "ISO 8601"),
        (1763717400, "ISO 8601"),
        ("1763717400", "ISO 8601"),
        (True, "ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
        ("9999-12-31T23:59:59-14:00", "outside the years"),
        ("0001-01-01T00:00:00Z", "outside the years"),
        ("9999-12-31T23:59:59.999999Z", "outside the years"),
    ],
)
def test_anything_else_is_refused(value: object, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MOMENT.validate_python(value)
