"""When the months of a time zone begin, and how they make years: decisions without I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby

from app.features.archive.schemas import ArchiveMonth, ArchiveYear

MONTHS = 12

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_FIRST = _EARLIEST.year * MONTHS
_LAST = _LATEST.year * MONTHS + MONTHS - 1


@dataclass(frozen=True, slots=True)
class Month:
    """One month, from its first moment to the first of the next."""

    year: int
    number: int
    start: datetime
    end: datetime


def months(moments: Iterable[datetime], zone: tzinfo) -> list[Month]:
    """Return the months of this time zone that hold anything of the months of moments in UTC."""
    counts = {_count(moment) + beside for moment in moments for beside in (-1, 0, 1)}
    return [
        Month(count // MONTHS, count % MONTHS + 1, _start(count, zone), _start(count + 1, zone))
        for count in sorted(counts)
        if _FIRST <= count <= _LAST
    ]


def by_year(counted: Iterable[tuple[Month, int]]) -> list[ArchiveYear]:
    """Return the months that have articles under their years, the latest first."""
    full = [(month, count) for month, count in counted if count]
    full.sort(key=lambda pair: (pair[0].year, pair[0].number), reverse=True)
    return [
        _year(year, list(pairs)) for year, pairs in groupby(full, key=lambda pair: pair[0].year)
    ]


def _year(year: int, counted: Sequence[tuple[Month, int]]) -> ArchiveYear:
    return ArchiveYear(
        year=year,
        count=sum(count for _, count in counted),
        months=[ArchiveMonth(month=month.number, count=count) for month, count in counted],
    )


def _count(moment: datetime) -> int:
    """Return how many months have passed since the year 0."""
    return moment.year * MONTHS + moment.month - 1


def _start(count: int, zone: tzinfo) -> datetime:
    """Return when a month begins; what is before the first has no date, and is counted with it."""
    if count <= _FIRST:
        return _EARLIEST
    if count > _LAST:
        return _LATEST
    return datetime(count // MONTHS, count % MONTHS + 1, 1, tzinfo=zone).astimezone(UTC)
