"""The queries for addresses that articles once had."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Bundle, aliased
from typing_extensions import override

from app.core.paging import BadCursor, Cursor, Order, Page, Slice, fetch_slice
from app.models import Address, Article, Status


class _ById(Order[Any]):
    """The order in which articles got their addresses; one may be too long for a cursor."""

    @override
    def beyond(self, cursor: Cursor) -> ColumnElement[bool]:
        if cursor.sort != self.name:
            raise BadCursor
        is_lower = self.descending is not cursor.backward
        return self.id_column < cursor.id if is_lower else self.id_column > cursor.id


_NEWEST = _ById("newest", Address.id.expression, Address.id.expression, lambda row: ("", row.id))

# Columns instead of models: a map has thousands of rows.
_ROW: Bundle[Any] = Bundle(
    "row", Address.id, Address.address, Address.article_id, Address.created_at, Article.slug
)


class RedirectRepository:
    """Reads former addresses."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def page(
        self, page: Page, *, before: str, after: str, ignoring_case: bool, at: datetime
    ) -> Slice[Any]:
        """Return old addresses of public articles, newest first.

        A slug stands between `before` and `after` in an article's path. An imported path that is
        also the path of an article, by its present slug or a former one, is that article's.
        """
        taken = _is_path_of_another(before, after, ignoring_case=ignoring_case, at=at)
        return await fetch_slice(self._session, _former(at).where(~taken), _NEWEST, page)


def _former(at: datetime) -> Select[Any]:
    return (
        select(_ROW)
        .join(Article, Article.id == Address.article_id)
        .where(Article.has_status(Status.PUBLISHED, at), Address.address != Article.slug)
        .where(Address.was_public)
    )


def _is_path_of_another(
    before: str, after: str, *, ignoring_case: bool, at: datetime
) -> ColumnElement[bool]:
    """Return the condition that an address reads like the path of a public article's slug."""
    address: ColumnElement[str] = Address.address.expression
    if ignoring_case:
        address, before, after = func.lower(address), before.lower(), after.lower()
    length = func.greatest(func.length(address) - len(before) - len(after), 0)
    slug = func.substr(address, len(before) + 1, length)
    other, of_other = aliased(Address), aliased(Article)
    same = (other.address == slug) & (literal(before) + other.address + literal(after) == address)
    public = of_other.has_status(Status.PUBLISHED, at)
    return exists().where(same, of_other.id == other.article_id, public)
