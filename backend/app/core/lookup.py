"""Finding what may be rare or common: by looking it up, or by walking along an order.

Plans are made once and for any argument, so the planner cannot choose. These statements have
several ways, and each begins only where the one before it has found that it must.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

Level = ColumnElement[int]

# So many rows are sooner looked up and sorted than come upon along the order of all.
FEW = 2_000


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
    first = query.limit(literal_column("1")).subquery()
    return select(first.c.place).scalar_subquery()


def widening(
    query: Select[Any],
    last: Level,
    near: Callable[[Level], ColumnElement[bool]],
    limit: ColumnElement[int],
    *,
    descending: bool,
) -> Select[Any]:
    """Return the first rows of a query by `place` and `id`, for which there is no index.

    On each of the levels from 0 on, the condition `near` holds for more of what the order begins
    with, and on the `last` for everything. None is looked at after the first that has enough rows.
    """
    first = literal_column("0", Integer)
    level = func.generate_series(first, last).table_valued("level").render_derived()
    # All that is near is found and counted before it is sorted: what stops at the limit might be a
    # walk along an order, on a level that has too few.
    number = func.count().over().label("number")
    counted = query.order_by(None).where(near(level.c.level)).add_columns(number)
    here = counted.offset(literal_column("0")).correlate(level).subquery()
    order = in_order(here.c.place, here.c.id, descending=descending)
    begun = select(here.c.id, here.c.place, here.c.number).order_by(*order).limit(limit)
    found = begun.correlate(level).lateral()
    enough = (found.c.number >= limit) | (level.c.level == last)
    everywhere = select(found.c.id, found.c.place).select_from(level.join(found, true()))
    return everywhere.where(enough).limit(limit)
