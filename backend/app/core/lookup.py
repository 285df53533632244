"""Finding what may be rare or common: by looking it up, or by walking along an order.

Plans are made once and for any argument, so the planner cannot choose. These statements have
several ways, and each begins only where the one before it has found that it must.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    cast,
    false,
    func,
    literal_column,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import LateralFromClause

Reach = ColumnElement[int]

# So many rows are sooner looked up and sorted than come upon along the order of all.
FEW = 2_000

_NONE, _ONE, _TWICE, _FARTHEST = (
    literal_column(each, BigInteger) for each in ("0", "1", "2", "64")
)
_OR = " | "


@dataclass(frozen=True, slots=True)
class Walk:
    """Rows, and the two columns that they are walked by."""

    query: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]

    def beginning(
        self, query: Select[Any], *, descending: bool, after: Sequence[ColumnElement[Any]] | None
    ) -> Select[Any]:
        """Return a query of such rows in its order, from those that come `after` a key and id."""
        if after is not None:
            here, there = tuple_(self.key, self.id), tuple_(*after)
            query = query.where(here < there if descending else here > there)
        return query.order_by(*in_order(self.key, self.id, descending=descending))


def in_order(*columns: ColumnElement[Any], descending: bool) -> list[ColumnElement[Any]]:
    """Return what to order by."""
    return [column.desc() if descending else column.asc() for column in columns]


def is_among(ids: Select[Any], id_: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that an id is one of these, each of which there is only once.

    It is asked of each row that is looked at, and stops with them. For EXISTS or IN, PostgreSQL may
    gather all of the ids beforehand.
    """
    (column,) = ids.selected_columns
    found = ids.with_only_columns(true()).where(column == id_).correlate(id_.table)
    return func.coalesce(found.scalar_subquery(), false())


class Few:
    """The ids of whichever of some sets has few: those are looked up, and then put in order.

    If none has, the order is walked instead, where enough of what is common comes up soon.
    """

    def __init__(self, sets: Sequence[Select[Any]]) -> None:
        """Take the sets, of which the first few are asked how many they are."""
        most: ColumnElement[int] = literal_column(str(FEW))
        one_more: ColumnElement[int] = literal_column(str(FEW + 1))
        few = sets[0].limit(one_more).cte()
        number = _number_of(few)
        for ids in sets[1:]:
            others = ids.where(number > most).limit(one_more)
            few = union_all(select(few).where(number <= most), select(others.subquery())).cte()
            number = _number_of(few)
        self._ids = func.array(select(few).scalar_subquery())
        self._are_few = number <= most
        self.are_too_many = number > most

    @staticmethod
    def in_common(sets: Sequence[Select[Any]]) -> Iterator[Select[Any]]:
        """Yield the ids that are in all of several sets: they may be few where each has many."""
        if len(sets) > 1:
            ids, *others = sets
            yield ids.where(*(is_among(each, *ids.selected_columns) for each in others))

    def have(self, id_: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that there are few, and that this is one of them."""
        return self._are_few & (id_ == func.any(self._ids))


def _number_of(few: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(few).scalar_subquery()


def either(*ways: Select[Any]) -> CompoundSelect[Any]:
    """Return the rows of several queries with conditions of which one holds."""
    return union_all(*(select(way.subquery()) for way in ways))


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition that is asked of each row by itself, whatever index there is for it.

    That may find very many rows, where the planner expects a few.
    """
    return func.coalesce(condition, false())


def first_place(query: Select[Any]) -> ColumnElement[Any]:
    """Return the `place` of the first row of a query."""
    first = query.limit(_ONE).subquery()
    return select(first.c.place).scalar_subquery()


def widening(
    query: Select[Any],
    last: Reach,
    near: Callable[[Reach], ColumnElement[bool]],
    limit: ColumnElement[int],
    *,
    descending: bool,
) -> Select[Any]:
    """Return the first rows of a query by `place` and `id`, for which there is no index.

    The condition `near` holds for what is within some reach of where the order begins, and within
    the `last` reach for everything. After a look within reach of 1, each is to find twice as many
    as are needed, if all are as frequent as those found before. Where none were, it goes 64 times
    as far.
    """
    columns = list(query.selected_columns)
    none = (cast(null(), column.type).label(column.name) for column in columns)
    zero = cast(_NONE, BigInteger)
    begun = select(zero.label("reach"), zero.label("number"), last.label("last"), *none)
    looks = begun.cte("looks", recursive=True)
    latest = select(looks.c.reach, looks.c.number, looks.c.last)
    latest = latest.where(looks.c.number < limit, looks.c.reach < looks.c.last).limit(_ONE)
    before = latest.subquery()
    here = select(_next_reach(before.c, limit).label("reach")).correlate(before).lateral()
    found = _within(here, query, near(here.c.reach), limit, descending=descending)
    rows = [found.c[column.name] for column in columns]
    number = func.coalesce(found.c.number, _NONE)
    look = select(here.c.reach, number, before.c.last, *rows)
    looks = looks.union_all(look.select_from(before.join(here, true()).outerjoin(found, true())))
    is_enough = (looks.c.number >= limit) | (looks.c.reach >= looks.c.last)
    answer = select(*(looks.c[column.name] for column in columns))
    return answer.where(is_enough, looks.c.id.is_not(None))


def _next_reach(before: ReadOnlyColumnCollection[str, Any], limit: ColumnElement[int]) -> Reach:
    found = func.nullif(before.number, _NONE, type_=BigInteger)
    times = func.least(_FARTHEST, _TWICE * limit // found, type_=BigInteger)
    reach = func.greatest(_ONE, before.reach * times, type_=BigInteger)
    return func.least(before.last, reach, type_=BigInteger)


def _within(
    here: FromClause,
    query: Select[Any],
    near: ColumnElement[bool],
    limit: ColumnElement[int],
    *,
    descending: bool,
) -> LateralFromClause:
    """Return the first rows of a query that are near, each with the `number` of all.

    What is near is found by an index of its own, and counted before it is sorted: a walk along the
    order could stop at the limit, for too few.
    """
    number = func.count().over().label("number")
    among = select(*query.selected_columns, number).select_from(*query.get_final_froms())
    wanted = [] if query.whereclause is None else [unindexed(query.whereclause)]
    found = among.where(near, *wanted).offset(_NONE).correlate(here).subquery()
    order = in_order(found.c.place, found.c.id, descending=descending)
    return select(found).order_by(*order).limit(limit).correlate(here).lateral()


def each_once(query: str) -> str:
    """Return a query for words, as PostgreSQL writes it, with each of its alternatives once.

    What is sought as it is written and by its stem is often the same, and the index would look for
    it twice.
    """
    return query if "(" in query else _OR.join(dict.fromkeys(query.split(_OR)))
