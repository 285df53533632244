"""Follows: whose writing, and what tags, somebody wants to read."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.paging import Page, Slice
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService
from app.features.follows.errors import FollowsSelf
from app.features.follows.repository import FollowRepository
from app.features.notifications.schemas import Kind
from app.features.notifications.service import NotificationService
from app.features.tags.errors import TagNotFound
from app.features.tags.service import TagService
from app.models import Tag, User


class FollowService:
    """The rules of following, over one session.

    Who follows whom is public; which tags somebody follows is theirs alone. Whatever is said again,
    or taken back again, makes no difference.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._accounts = AuthService(session)
        self._follows = FollowRepository(session)
        self._notifications = NotificationService(session)
        self._tags = TagService(session)

    async def follow(self, ref: str, follower: User, *, at: datetime) -> User:
        """Follow somebody, who is told, and return them; raise UserNotFound or FollowsSelf."""
        followed = await self._other(ref, follower)
        people = await self._accounts.keep({followed.id, follower.id})
        if follower.id not in people:
            raise Unauthenticated
        if followed.id not in people:
            raise UserNotFound
        if await self._follows.add(follower.id, followed.id, at):
            await self._notifications.tell(
                Kind.FOLLOWER, to={followed.id}, actor_id=follower.id, at=at
            )
        return followed

    async def unfollow(self, ref: str, follower: User) -> User:
        """Follow somebody no more, and return them; raise UserNotFound or FollowsSelf."""
        followed = await self._other(ref, follower)
        await self._follows.remove(follower.id, followed.id)
        return followed

    async def is_following(self, follower_id: int, followed_id: int) -> bool:
        """Say whether somebody follows somebody else."""
        return await self._follows.has(follower_id, followed_id)

    async def followers(self, ref: str, page: Page) -> Slice[User]:
        """Return who follows somebody, the latest first; raise UserNotFound.

        Accounts that are switched off are left out.
        """
        followed = await self._accounts.find(ref)
        found = await self._follows.followers(followed.id, page)
        people = [follow.follower for follow in found.items]
        return Slice(people, found.next, found.previous, found.total)

    async def following(self, ref: str, page: Page) -> Slice[User]:
        """Return whom somebody follows, likewise."""
        follower = await self._accounts.find(ref)
        found = await self._follows.following(follower.id, page)
        people = [follow.followed for follow in found.items]
        return Slice(people, found.next, found.previous, found.total)

    async def follow_tag(self, ref: str, follower: User, *, at: datetime) -> None:
        """Follow a tag that this person can see; raise TagNotFound."""
        tag = (await self._tags.read(ref, reader=follower, at=at)).tag
        if not await self._follows.add_tag(follower.id, tag.id, at):
            raise TagNotFound  # It has just been deleted.

    async def unfollow_tag(self, ref: str, follower: User, *, at: datetime) -> None:
        """Follow a tag no more; raise TagNotFound.

        One that nothing public has any more can be left as well, by those who follow it; to others
        it is not there.
        """
        tag = await self._tags.find(ref)
        if not await self._follows.remove_tag(follower.id, tag.id):
            await self._tags.read(ref, reader=follower, at=at)

    async def tags(self, follower: User, page: Page) -> Slice[Tag]:
        """Return which tags somebody follows, the latest first."""
        found = await self._follows.tags(follower.id, page)
        tags = [follow.tag for follow in found.items]
        return Slice(tags, found.next, found.previous, found.total)

    async def _other(self, ref: str, follower: User) -> User:
        found = await self._accounts.find(ref)
        if found.id == follower.id:
            raise FollowsSelf
        return found
