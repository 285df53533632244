"""Finding what may be rare or common: by looking it up, or by walking along an order."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    func,
    literal_column,
    select,
    union_all,
)

# So many rows are sooner looked up and sorted than come upon along the order of all.
FEW = 2_000


def lookup_or_walk(
    query: Select[Any], id_column: ColumnElement[int], ids: Select[Any], limit: ColumnElement[int]
) -> CompoundSelect[Any]:
    """Return the beginning of a sorted query whose rows are all among `ids`.

    If there are few ids, their rows are looked up and sorted; else the order's index is walked,
    which comes upon enough of them soon. The statement has both ways and first counts so far: its
    plan is made once and for any argument, so the planner cannot choose.
    """
    most: ColumnElement[int] = literal_column(str(FEW))
    few = ids.limit(literal_column(str(FEW + 1))).cte("few")
    number = select(func.count()).select_from(few).scalar_subquery()
    among = func.array(select(few).scalar_subquery())
    looked_up = query.where(id_column == func.any(among), number <= most)
    walked = query.where(number > most)
    return union_all(*(select(way.limit(limit).subquery()) for way in (looked_up, walked)))
