"""JSON made by PostgreSQL: rows and lists of rows as the wire shows them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.selectable import AliasedReturnsRows, LateralFromClause

Columns = Mapping[str, ColumnElement[Any]]

_UTC = literal_column("'UTC'", Text)
_ISO_8601 = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""", Text)
_WHOLE_SECOND, _SHORT = literal_column("'.000000Z'", Text), literal_column("'Z'", Text)
_NO_ROWS = literal_column("'[]'::json", JSON)
NULL: ColumnElement[Any] = literal_column("NULL::json", JSON)


def as_text(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Return JSON as the text that goes out."""
    return cast(value, Text)


def moment(time: ColumnElement[Any]) -> ColumnElement[str]:
    """Return a time in ISO 8601 and UTC, with a fraction where it has one, as Pydantic does."""
    written = func.to_char(func.timezone(_UTC, time), _ISO_8601)
    return func.replace(written, _WHOLE_SECOND, _SHORT)


def shown(columns: Columns) -> list[ColumnElement[Any]]:
    """Return the columns under their names, times among them as the wire has them."""
    return [
        (moment(value) if isinstance(value.type, DateTime) else value).label(name)
        for name, value in columns.items()
    ]


def row(item: AliasedReturnsRows[Any] | LateralFromClause) -> ColumnElement[Any]:
    """Return the row of a query as one JSON object, whose keys are its columns."""
    return func.row_to_json(item.table_valued(), type_=JSON)


def object_of(columns: Columns) -> ColumnElement[Any]:
    """Return columns of the query that this stands in as one JSON object."""
    item = select(*shown(columns)).correlate_except().subquery("item")
    return select(row(item)).scalar_subquery()


def list_of(query: Select[Any], name: str = "item") -> ColumnElement[Any]:
    """Return the rows of a query as a JSON list of objects, in its order; [] if there are none."""
    item = query.subquery(name)
    rows = select(func.coalesce(func.json_agg(row(item)), _NO_ROWS, type_=JSON))
    return rows.scalar_subquery()


def first_of(query: Select[Any]) -> ColumnElement[Any]:
    """Return the first row of a query as a JSON object, or null."""
    return select(row(query.limit(literal_column("1")).subquery("item"))).scalar_subquery()
