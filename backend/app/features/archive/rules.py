"""When the months of a time zone begin, and how they make years: decisions without I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, tzinfo
from itertools import groupby

from app.features.archive.schemas import ArchiveMonth, ArchiveYear

MONTHS = 12

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_FIRST = _EARLIEST.year * MONTHS
_LAST = (MAXYEAR + 1) * MONTHS - 1


@dataclass(frozen=True, slots=True)
class Month:
    """One month, by how many have begun since the year 0, and when it begins here and in UTC."""

    number: int
    here: datetime
    in_utc: datetime

    @property
    def between(self) -> tuple[datetime, datetime]:
        """The time from the earlier of its beginnings to the later."""
        return min(self.here, self.in_utc), max(self.here, self.in_utc)

    def gained(self, between: int) -> int:
        """Return how many more it has for beginning here when it does, with so many between."""
        return between if self.here < self.in_utc else -between


def months(in_utc: Iterable[int], zone: tzinfo) -> list[Month]:
    """Return the months of this time zone that hold anything of these months of UTC."""
    numbers = {number + beside for number in in_utc for beside in (-1, 0, 1)}
    return [
        Month(number, _start(number, zone), _start(number, UTC))
        for number in sorted(numbers)
        if _FIRST <= number <= _LAST
    ]


def by_year(months: Sequence[Month], counts: Iterable[tuple[int, int]]) -> list[ArchiveYear]:
    """Return the months that have articles under their years, the latest first.

    The counts are of each month in UTC, and of the time between its beginnings. What is there
    belongs to another month here than in UTC: what one gains, the one before it has less.
    """
    pairs = list(zip(months, counts, strict=True))
    gained = {month.number: month.gained(between) for month, (_, between) in pairs}
    counted = [
        (month.number, in_utc + gained[month.number] - gained.get(month.number + 1, 0))
        for month, (in_utc, _) in reversed(pairs)
    ]
    full = [(number, count) for number, count in counted if count]
    return [_year(year, list(own)) for year, own in groupby(full, lambda pair: pair[0] // MONTHS)]


def _year(year: int, counted: Sequence[tuple[int, int]]) -> ArchiveYear:
    return ArchiveYear(
        year=year,
        count=sum(count for _, count in counted),
        months=[ArchiveMonth(month=number % MONTHS + 1, count=count) for number, count in counted],
    )


def _start(number: int, zone: tzinfo) -> datetime:
    """Return when a month begins; what is before the first has no date, and is counted with it."""
    if number == _FIRST:
        return _EARLIEST
    return datetime(number // MONTHS, number % MONTHS + 1, 1, tzinfo=zone).astimezone(UTC)
