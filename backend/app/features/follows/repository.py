"""The queries for who follows whom, and what."""

from datetime import datetime

from sqlalchemy import DateTime, and_, delete, exists, literal, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.core.paging import Order, Page, Slice, fetch_slice
from app.models import Tag, TagFollow, User, UserFollow

_BY_FOLLOWER: Order[UserFollow] = Order(
    "-followed_at",
    UserFollow.created_at.expression,
    UserFollow.follower_id.expression,
    lambda follow: (follow.created_at, follow.follower_id),
)
_BY_FOLLOWED: Order[UserFollow] = Order(
    "-followed_at",
    UserFollow.created_at.expression,
    UserFollow.followed_id.expression,
    lambda follow: (follow.created_at, follow.followed_id),
)
_BY_TAG: Order[TagFollow] = Order(
    "-followed_at",
    TagFollow.created_at.expression,
    TagFollow.tag_id.expression,
    lambda follow: (follow.created_at, follow.tag_id),
)


class FollowRepository:
    """Reads and writes who follows whom, and what."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, follower_id: int, followed_id: int, at: datetime) -> bool:
        """Write that somebody follows somebody else; say whether it is new."""
        insertion = insert(UserFollow).values(
            follower_id=follower_id, followed_id=followed_id, created_at=at
        )
        added = insertion.on_conflict_do_nothing().returning(UserFollow.followed_id)
        return await self._session.scalar(added) is not None

    async def remove(self, follower_id: int, followed_id: int) -> None:
        """Take it back, if it is so."""
        mine = (UserFollow.follower_id == follower_id) & (UserFollow.followed_id == followed_id)
        await self._session.execute(
            delete(UserFollow).where(mine), execution_options={"synchronize_session": False}
        )

    async def has(self, follower_id: int, followed_id: int) -> bool:
        """Say whether somebody follows somebody else."""
        mine = (UserFollow.follower_id == follower_id) & (UserFollow.followed_id == followed_id)
        return bool(await self._session.scalar(select(exists().where(mine))))

    async def followers(self, user_id: int, page: Page) -> Slice[UserFollow]:
        """Return who follows an account, with their profiles, the latest first."""
        query = (
            select(UserFollow)
            .join(UserFollow.follower)
            .where(UserFollow.followed_id == user_id, User.is_active)
            .options(contains_eager(UserFollow.follower))
        )
        return await fetch_slice(self._session, query, _BY_FOLLOWER, page)

    async def following(self, user_id: int, page: Page) -> Slice[UserFollow]:
        """Return whom an account follows, with their profiles, the latest first."""
        query = (
            select(UserFollow)
            .join(UserFollow.followed)
            .where(UserFollow.follower_id == user_id, User.is_active)
            .options(contains_eager(UserFollow.followed))
        )
        return await fetch_slice(self._session, query, _BY_FOLLOWED, page)

    async def add_tag(self, user_id: int, tag_id: int, at: datetime) -> bool:
        """Write that somebody follows a tag, unless they do already.

        False where the tag has just been deleted, or the account.
        """
        columns = (User.id, Tag.id, literal(at, DateTime(timezone=True)))
        kept = (
            select(*columns)
            .select_from(User)
            .join(Tag, true())
            .where(User.id == user_id, Tag.id == tag_id)
            .with_for_update(read=True, key_share=True)
        )
        insertion = insert(TagFollow).from_select(["user_id", "tag_id", "created_at"], kept)
        added = insertion.on_conflict_do_nothing().returning(TagFollow.tag_id)
        if await self._session.scalar(added) is not None:
            return True
        user, tag = exists().where(User.id == user_id), exists().where(Tag.id == tag_id)
        return bool(await self._session.scalar(select(and_(user, tag))))

    async def remove_tag(self, user_id: int, tag_id: int) -> bool:
        """Take it back; say whether it was so."""
        mine = (TagFollow.user_id == user_id) & (TagFollow.tag_id == tag_id)
        removed = delete(TagFollow).where(mine).returning(TagFollow.tag_id)
        options = {"synchronize_session": False}
        return await self._session.scalar(removed, execution_options=options) is not None

    async def tags(self, user_id: int, page: Page) -> Slice[TagFollow]:
        """Return which tags somebody follows, the latest first."""
        query = (
            select(TagFollow)
            .join(TagFollow.tag)
            .where(TagFollow.user_id == user_id)
            .options(contains_eager(TagFollow.tag))
        )
        return await fetch_slice(self._session, query, _BY_TAG, page)
