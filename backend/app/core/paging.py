"""Pages of a list: by cursor (keyset: stable under inserts, equally cheap at any depth) or by skip.

A cursor remembers the sort it was made for, the last item's key and id, and its direction.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from app.core.text import MAX_BIGINT

T = TypeVar("T")
Key = str | datetime


class BadCursor(Invalid):
    """The cursor was not made by us, or was made for another order."""

    code = "invalid_cursor"
    detail = "The cursor is not valid for this list; begin again without one"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: just after (or, going backward, just before) one item."""

    sort: str
    key: str
    id: int
    backward: bool = False

    def encode(self) -> str:
        """Return the opaque form that clients carry (URL-safe base64 of JSON)."""
        fields = json.dumps([self.sort, self.key, self.id, self.backward], ensure_ascii=False)
        return base64.urlsafe_b64encode(fields.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, opaque: str) -> "Cursor":
        """Read what `encode` wrote; raise BadCursor for anything else."""
        try:
            padded = opaque.encode("ascii") + b"=" * (-len(opaque) % 4)
            sort, key, id_, backward = json.loads(base64.b64decode(padded, b"-_", validate=True))
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise BadCursor from None
        types = [type(sort), type(key), type(id_), type(backward)]
        if types != [str, str, int, bool] or not 0 <= id_ <= MAX_BIGINT:
            raise BadCursor
        return cls(sort, key, id_, backward)


@dataclass(frozen=True, slots=True)
class Page:
    """What was asked for: `limit` items after `cursor`, or after the first `skip`."""

    limit: int = 20
    cursor: Cursor | None = None
    skip: int = 0
    total: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """What was found, and where its neighbours begin."""

    items: Sequence[T]
    next: Cursor | None = None
    previous: Cursor | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Order(Generic[T]):
    """An order of a list: a column that is never null, made unique by the id."""

    name: str
    column: ColumnElement[Any]
    id_column: ColumnElement[int]
    key_of: Callable[[T], tuple[Key, int]]
    descending: bool = True

    def cursor(self, item: T, *, backward: bool) -> Cursor:
        key, id_ = self.key_of(item)
        text = key.isoformat() if isinstance(key, datetime) else key
        return Cursor(self.name, text, id_, backward)

    def sorted(self, query: Select[T], *, backward: bool) -> Select[T]:
        columns = (self.column, self.id_column)
        if self.descending is not backward:
            return query.order_by(*(column.desc() for column in columns))
        return query.order_by(*(column.asc() for column in columns))

    def beyond(self, cursor: Cursor) -> ColumnElement[bool]:
        """Return the condition that an item lies beyond the cursor; raise BadCursor."""
        if cursor.sort != self.name:
            raise BadCursor
        here = tuple_(self.column, self.id_column)
        there = tuple_(literal(self._parse(cursor.key), self.column.type), literal(cursor.id))
        return here < there if self.descending is not cursor.backward else here > there

    def _parse(self, key: str) -> Key:
        """Return what a cursor's key stands for; raise BadCursor for what no column can hold."""
        try:
            key.encode()
            if self.column.type.python_type is datetime:
                return datetime.fromisoformat(key).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadCursor from None
        if "\x00" in key:
            raise BadCursor
        return key


async def fetch_slice(
    session: AsyncSession, query: Select[T], order: Order[T], page: Page
) -> Slice[T]:
    """Return the page of `query` in the given order, with cursors to its neighbours."""
    backward = page.cursor is not None and page.cursor.backward
    rows = order.sorted(query, backward=backward).limit(page.limit + 1)
    rows = rows.where(order.beyond(page.cursor)) if page.cursor else rows.offset(page.skip)
    items = list((await session.scalars(rows)).unique())
    more, items = len(items) > page.limit, items[: page.limit]
    if backward:
        items.reverse()
    has_next = bool(items) and (more or backward)
    has_previous = bool(items) and (more if backward else page.cursor is not None)
    return Slice(
        items,
        next=order.cursor(items[-1], backward=False) if has_next else None,
        previous=order.cursor(items[0], backward=True) if has_previous else None,
        total=await _count(session, query) if page.total else None,
    )


async def _count(session: AsyncSession, query: Select[Any]) -> int:
    bare = query.options().with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    return (await session.scalars(select(func.count()).select_from(bare.subquery()))).one()
