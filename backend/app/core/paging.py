"""Pages of a list: by cursor (keyset: stable under inserts, equally cheap at any depth) or by skip.

A cursor remembers the sort it was made for, the last item's key and id, and its direction.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    func,
    literal,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from app.core.text import MAX_BIGINT

T = TypeVar("T")
S = TypeVar("S", bound=Select[Any])
Key = str | datetime


class BadCursor(Invalid):
    """The cursor was not made by us, or was made for another order."""

    code = "invalid_cursor"
    detail = "The cursor is not valid for this list; begin again without one"


class SkippedTooFar(Invalid):
    """So far into so long a list, `skip` would have too many items read."""

    code = "skipped_too_far"
    detail = "In so long a list, follow the `Link` to the next page instead of using `skip`"


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

    @property
    def is_backward(self) -> bool:
        """Whether the items before the cursor are asked for."""
        return self.cursor is not None and self.cursor.backward


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
        return self.place(*self.key_of(item), backward=backward)

    def place(self, key: Key, id_: int, *, backward: bool) -> Cursor:
        """Return the cursor of the item that has this key and id."""
        text = key.isoformat() if isinstance(key, datetime) else key
        return Cursor(self.name, text, id_, backward)

    def sorted(self, query: S, *, backward: bool) -> S:
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
    rows = _begun(query, order, page).limit(page.limit + 1)
    items = list((await session.scalars(rows)).unique())
    more, items = len(items) > page.limit, items[: page.limit]
    backward = page.is_backward
    if backward:
        items.reverse()
    has_next = bool(items) and (more or backward)
    has_previous = bool(items) and (more if backward else page.cursor is not None)
    return Slice(
        items,
        next=order.cursor(items[-1], backward=False) if has_next else None,
        previous=order.cursor(items[0], backward=True) if has_previous else None,
        total=await count(session, query) if page.total else None,
    )


async def fetch_found(
    session: AsyncSession, found: Select[T], shown: Select[T], order: Order[T], page: Page
) -> Slice[T]:
    """Return the same in two steps: places are `found`, and only then items loaded as `shown`."""
    end = page.skip + page.limit + 1
    places = await _fetch_places(session, found, order, page, end)
    items = await _fetch_at(session, shown, order, page, places)
    return replace(items, total=await count(session, found) if page.total else None)


async def fetch_merged(
    session: AsyncSession, parts: Sequence[Select[T]], shown: Select[T], order: Order[T], page: Page
) -> Slice[T]:
    """Return the page of what is in any part, loaded as `shown`, in one statement.

    Each part is walked by itself, so that an index can give its beginning in the order, or what is
    rare in it be sorted; of all of them at once, everything would have to be looked at.
    """
    end = page.skip + page.limit + 1
    beginnings = (
        _begun(part.with_only_columns(order.id_column), order, replace(page, skip=0)).limit(end)
        for part in parts
    )
    here = shown.where(order.id_column.in_(union_all(*beginnings)))
    items = await fetch_slice(session, here, order, replace(page, total=False))
    if not page.total:
        return items
    among = union(*(part.with_only_columns(order.id_column) for part in parts))
    total = select(func.count()).select_from(among.subquery())
    return replace(items, total=(await session.scalars(total)).one())


async def fetch_sifted(
    session: AsyncSession, found: Select[T], shown: Select[T], order: Order[T], page: Page,
    *, sieve: ColumnElement[bool], most: int,
) -> Slice[T]:  # fmt: skip
    """Return the same of those that pass a sieve, which is asked of `most` items at the most.

    So a page may be short, or empty, and yet have neighbours, and a longer list has no total. Raise
    SkippedTooFar where `skip` does not reach the end of its page by that.
    """
    end = page.skip + page.limit + 1
    places = await _fetch_places(session, found, order, page, most + 1)
    has_more, places = len(places) > most, places[:most]
    among = select(order.id_column).where(_is_at(order, places), sieve)
    passed = set(await session.scalars(among))
    passing = [place for place in places if place.id in passed]
    items = await _fetch_at(session, shown, order, page, passing)
    is_short = has_more and len(passing) < end
    if is_short and page.skip:
        raise SkippedTooFar
    if is_short:
        last = places[-1]
        items = replace(items, previous=last) if page.is_backward else replace(items, next=last)
    if places and page.cursor and not items.items:
        first = replace(places[0], backward=not page.is_backward)
        items = replace(items, next=first) if page.is_backward else replace(items, previous=first)
    return replace(items, total=await _few(session, found, sieve, most) if page.total else None)


async def _few(
    session: AsyncSession, found: Select[T], sieve: ColumnElement[bool], most: int
) -> int | None:
    if await count(session, found.limit(most + 1)) > most:
        return None
    return await count(session, found.where(sieve))


async def _fetch_places(
    session: AsyncSession, found: Select[T], order: Order[T], page: Page, most: int
) -> list[Cursor]:
    """Return the places of items from where the page begins, skipped ones too."""
    columns = found.with_only_columns(order.column, order.id_column)
    rows = await session.execute(_begun(columns, order, replace(page, skip=0)).limit(most))
    return [order.place(key, id_, backward=page.is_backward) for key, id_ in rows]


async def _fetch_at(
    session: AsyncSession, shown: Select[T], order: Order[T], page: Page, places: Sequence[Cursor]
) -> Slice[T]:
    """Return the page of the items at these places."""
    here = places[page.skip : page.skip + page.limit + 1]
    plain = replace(page, skip=0, total=False)
    return await fetch_slice(session, shown.where(_is_at(order, here)), order, plain)


def _is_at(order: Order[T], places: Sequence[Cursor]) -> ColumnElement[bool]:
    ids = literal([place.id for place in places], ARRAY(BigInteger))
    return order.id_column == func.any(ids)


async def count(session: AsyncSession, query: Select[Any]) -> int:
    """Return how many items a query has."""
    bare = query.options().with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    return (await session.scalars(select(func.count()).select_from(bare.subquery()))).one()


def _begun(query: S, order: Order[T], page: Page) -> S:
    """Return the query in the page's direction, beginning where the page does."""
    rows = order.sorted(query, backward=page.is_backward)
    return rows.where(order.beyond(page.cursor)) if page.cursor else rows.offset(page.skip)
