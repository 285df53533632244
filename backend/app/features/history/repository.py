"""The queries for revisions."""

from collections.abc import Collection, Mapping

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, defer

from app.core.paging import Order, Page, Slice, fetch_slice
from app.models import Revision, User

DIGITS = 19  # of the greatest bigint

# A cursor carries text, and texts of one length sort as their numbers do.
_NEWEST: Order[Revision] = Order(
    "newest",
    func.lpad(cast(Revision.version, Text), DIGITS, "0", type_=Text()),
    Revision.id.expression,
    lambda revision: (f"{revision.version:0{DIGITS}}", revision.id),
)


class RevisionRepository:
    """Reads the versions of articles."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(self, article_id: int, page: Page) -> Slice[Revision]:
        """Return versions of an article without their states, the newest first."""
        query = _with_editor(article_id).options(defer(Revision.state, raiseload=True))
        return await fetch_slice(self._session, query, _NEWEST, page)

    async def get(self, article_id: int, versions: Collection[int]) -> Mapping[int, Revision]:
        """Return those of these versions that are still there."""
        query = _with_editor(article_id).where(Revision.version.in_(versions))
        return {revision.version: revision for revision in await self._session.scalars(query)}

    async def usernames(self, ids: Collection[int]) -> Mapping[int, str]:
        """Return the usernames of those accounts that are still there."""
        query = select(User.id, User.username).where(User.id.in_(ids))
        return dict((await self._session.execute(query)).all())


def _with_editor(article_id: int) -> Select[Revision]:
    shown = contains_eager(Revision.editor).load_only(User.username, User.full_name, User.avatar)
    query = select(Revision).outerjoin(Revision.editor).options(shown)
    return query.where(Revision.article_id == article_id)
