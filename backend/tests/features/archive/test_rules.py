"""When months begin here and in UTC, and to which of them belongs what lies between."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.features.archive import rules
from app.features.archive.schemas import ArchiveYear

JUNE = 2025 * 12 + 5
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def months_of(years: list[ArchiveYear]) -> dict[tuple[int, int], int]:
    return {(year.year, month.month): month.count for year in years for month in year.months}


def test_the_months_beside_are_looked_at_as_well() -> None:
    months = rules.months([JUNE, JUNE + 1], UTC)
    assert [month.number for month in months] == [JUNE - 1, JUNE, JUNE + 1, JUNE + 2]


def test_in_utc_nothing_lies_between_the_beginnings() -> None:
    spans = [month.between for month in rules.months([JUNE], UTC)]
    assert all(since == until for since, until in spans)


@pytest.mark.parametrize(
    ("zone", "since", "until"),
    [
        (BERLIN, datetime(2025, 5, 31, 22, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)),
        (NEW_YORK, datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, 4, tzinfo=UTC)),
    ],
)
def test_between_the_beginnings_lie_the_hours_of_the_time_zone(
    zone: ZoneInfo, since: datetime, until: datetime
) -> None:
    june = next(month for month in rules.months([JUNE], zone) if month.number == JUNE)
    assert june.between == (since, until)


def test_what_lies_between_belongs_to_the_month_that_begins_earlier_here() -> None:
    months = rules.months([JUNE], BERLIN)
    years = rules.by_year(months, [(0, 0), (10, 0), (0, 3)])
    assert months_of(years) == {(2025, 7): 3, (2025, 6): 7}


def test_what_lies_between_belongs_to_the_month_before_the_one_that_begins_later_here() -> None:
    months = rules.months([JUNE], NEW_YORK)
    years = rules.by_year(months, [(0, 0), (10, 4), (0, 0)])
    assert months_of(years) == {(2025, 6): 6, (2025, 5): 4}


def test_what_has_come_just_now_between_two_months_is_counted_with_the_one_that_is_known() -> None:
    months = rules.months([JUNE], BERLIN)
    years = rules.by_year(months, [(1, 1), (10, 0), (0, 0)])
    assert months_of(years) == {(2025, 6): 10, (2025, 5): 2}


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Midway")])
def test_before_the_first_month_and_after_the_last_there_is_none(zone: ZoneInfo) -> None:
    first, last = 12, 9999 * 12 + 11
    months = rules.months([first, last], zone)
    assert [month.number for month in months] == [first, first + 1, last - 1, last]
    since, until = months[0].between
    assert since == until
