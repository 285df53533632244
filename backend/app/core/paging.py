"""Pages of a list: by cursor (keyset: stable under inserts, equally cheap at any depth) or by skip.

A cursor remembers the sort it was made for, the last item's key and id, and its direction.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from app.core.text import MAX_BIGINT

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
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
    def at(cls, sort: str, key: Key, id_: int, *, backward: bool) -> "Cursor":
        """Return the place of the item that has this key and id."""
        text = key.isoformat() if isinstance(key, datetime) else key
        return cls(sort, text, id_, backward)

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

    def key_in(self, sort: str, *, is_time: bool) -> Key:
        """Return the key in this order; raise BadCursor for another's, or what no column holds."""
        try:
            self.key.encode()
            key = datetime.fromisoformat(self.key).astimezone(UTC) if is_time else self.key
        except (ValueError, OverflowError):
            raise BadCursor from None
        if self.sort != sort or "\x00" in self.key:
            raise BadCursor
        return key


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


class Listed(NamedTuple):
    """An item of a list as the database made it: its id, what it is ordered by, and itself as JSON.

    The stamp is another one after every change of what such lists show, where that is known.
    """

    id: int
    place: str | datetime
    json: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Listing(Slice[Listed]):
    """A page of a list. `validator` changes whenever the page may; None where nobody knows that."""

    validator: str | None = None


@dataclass(frozen=True, slots=True)
class Order(Generic[T]):
    """An order of a list: a column that is never null, made unique by the id."""

    name: str
    column: ColumnElement[Any]
    id_column: ColumnElement[int]
    key_of: Callable[[T], tuple[Key, int]]
    descending: bool = True

    def cursor(self, item: T, *, backward: bool) -> Cursor:
        return Cursor.at(self.name, *self.key_of(item), backward=backward)

    def sorted(self, query: S, *, backward: bool) -> S:
        columns = (self.column, self.id_column)
        if self.descending is not backward:
            return query.order_by(*(column.desc() for column in columns))
        return query.order_by(*(column.asc() for column in columns))

    def beyond(self, cursor: Cursor) -> ColumnElement[bool]:
        """Return the condition that an item lies beyond the cursor; raise BadCursor."""
        key = cursor.key_in(self.name, is_time=self.column.type.python_type is datetime)
        here = tuple_(self.column, self.id_column)
        there = tuple_(literal(key, self.column.type), literal(cursor.id))
        return here < there if self.descending is not cursor.backward else here > there


async def fetch_slice(
    session: AsyncSession, query: Select[T], order: Order[T], page: Page
) -> Slice[T]:
    """Return the page of `query` in the given order, with cursors to its neighbours."""
    rows = _begun(query, order, page).limit(page.limit + 1)
    items = list((await session.scalars(rows)).unique())
    total = await count(session, query) if page.total else None
    return replace(slice_of(items, page, order.cursor), total=total)


class Place(Protocol[T_contra]):
    """Says where an item stands in a list."""

    def __call__(self, item: T_contra, /, *, backward: bool) -> Cursor: ...


def slice_of(items: list[T], page: Page, place: Place[T]) -> Slice[T]:
    """Return the page that was asked for, of one item more than that if there is one.

    The items stand in the direction of the page.
    """
    more, items = len(items) > page.limit, items[: page.limit]
    backward = page.is_backward
    if backward:
        items.reverse()
    has_next = bool(items) and (more or backward)
    has_previous = bool(items) and (more if backward else page.cursor is not None)
    return Slice(
        items,
        next=place(items[-1], backward=False) if has_next else None,
        previous=place(items[0], backward=True) if has_previous else None,
    )


def sift(places: Sequence[Cursor], passed: Set[int], page: Page, *, most: int) -> Slice[Cursor]:
    """Return the page of those places whose ids have passed a sieve.

    There may be one place more than the `most` that the sieve was asked of. Where there is, the
    page may be short, or empty, and yet have neighbours. Raise SkippedTooFar where `skip` does not
    reach the end of its page by that.
    """
    has_more, places, end = len(places) > most, places[:most], page.skip + page.limit + 1
    passing = [place for place in places if place.id in passed]
    found = slice_of(passing[page.skip : end], page, _turned)
    backward = page.is_backward
    if has_more and len(passing) < end:
        if page.skip:
            raise SkippedTooFar
        found = _leading(found, places[-1], backward=backward)
    if places and page.cursor and not found.items:
        found = _leading(found, _turned(places[0], backward=not backward), backward=not backward)
    return found


def _turned(place: Cursor, *, backward: bool) -> Cursor:
    return replace(place, backward=backward)


def _leading(found: Slice[T], place: Cursor, *, backward: bool) -> Slice[T]:
    return replace(found, previous=place) if backward else replace(found, next=place)


async def count(session: AsyncSession, query: Select[Any]) -> int:
    """Return how many items a query has."""
    bare = query.options().with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    return (await session.scalars(select(func.count()).select_from(bare.subquery()))).one()


def _begun(query: S, order: Order[T], page: Page) -> S:
    """Return the query in the page's direction, beginning where the page does."""
    rows = order.sorted(query, backward=page.is_backward)
    return rows.where(order.beyond(page.cursor)) if page.cursor else rows.offset(page.skip)
