"""The queries for favourites and bookmarks."""

from datetime import datetime

from sqlalchemy import (
    DateTime,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Order, Page, Slice, fetch_slice
from app.models import Article, ArticleCounts, Bookmark, Favorite, User

Reaction = type[Favorite] | type[Bookmark]

_LATEST: Order[Bookmark] = Order(
    "-bookmarked_at",
    Bookmark.created_at.expression,
    Bookmark.article_id.expression,
    lambda bookmark: (bookmark.created_at, bookmark.article_id),
)


class ReactionRepository:
    """Reads and writes who likes, and who keeps, which article.

    Whoever writes here takes people first and then the article, as everybody does: an account or an
    article that is being deleted is waited for, and nobody waits in a circle.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, kind: Reaction, user_id: int, article_id: int, at: datetime) -> bool:
        """Write a reaction; say whether it is new.

        Where the account or the article has just been deleted, nothing is written.
        """
        kept = (
            select(User.id, Article.id, literal(at, DateTime(timezone=True)))
            .select_from(User)
            .join(Article, true())
            .where(User.id == user_id, Article.id == article_id)
            .with_for_update(read=True, key_share=True)
        )
        insertion = insert(kind).from_select(["user_id", "article_id", "created_at"], kept)
        added = insertion.on_conflict_do_nothing().returning(kind.article_id)
        return await self._session.scalar(added) is not None

    async def remove(self, kind: Reaction, user_id: int, article_id: int) -> None:
        """Take a reaction back, if there is one.

        The article is kept meanwhile: who deletes it takes the row of its counts first, and would
        wait for the reaction while this waits for the counts.
        """
        kept = (
            select(Article.id)
            .where(Article.id == article_id)
            .with_for_update(read=True, key_share=True)
            .subquery()
        )
        mine = (kind.user_id == user_id) & (kind.article_id == kept.c.id)
        await self._session.execute(
            delete(kind).where(mine), execution_options={"synchronize_session": False}
        )

    async def favorites(self, user_id: int, article_id: int) -> tuple[bool, int]:
        """Return whether somebody likes an article, and how many do."""
        mine = exists().where(Favorite.user_id == user_id, Favorite.article_id == article_id)
        counted = select(ArticleCounts.favorites).where(ArticleCounts.article_id == article_id)
        query = select(mine, func.coalesce(counted.scalar_subquery(), 0))
        favorited, count = (await self._session.execute(query)).one()
        return favorited, count

    async def are_there(self, user_id: int, article_id: int) -> bool:
        """Say whether an account and an article are still there."""
        user = exists().where(User.id == user_id)
        article = exists().where(Article.id == article_id)
        return bool(await self._session.scalar(select(and_(user, article))))

    async def bookmarks(self, reader: User, page: Page, at: datetime) -> Slice[Bookmark]:
        """Return the reader's bookmarks of what they may still see, the newest first."""
        query = (
            select(Bookmark)
            .join(Article, Article.id == Bookmark.article_id)
            .where(Bookmark.user_id == reader.id)
            .where(Article.deleted_at.is_(None), Article.visible_to(reader, at))
        )
        return await fetch_slice(self._session, query, _LATEST, page)
