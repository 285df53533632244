"""Follows: people and tags whose articles somebody wants to read. For people, not for keys."""

from fastapi import APIRouter

from app.features.auth.dependencies import CurrentUser, UserRef
from app.features.follows.dependencies import Follows
from app.features.follows.schemas import FollowRead
from app.features.tags.dependencies import TagRef
from app.features.tags.schemas import TagBrief
from app.features.users.schemas import UserPublic
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["follows"], route_class=Route)


@router.put(
    "/users/{ref}/follow",
    summary="Follow somebody",
    operation_id="users_follow",
    responses=describe(400, 401, 403, 404),
)
async def follow_user(ref: UserRef, user: CurrentUser, follows: Follows, now: Now) -> FollowRead:
    """Have what somebody publishes in your feed. Everybody can see whom you follow."""
    await follows.follow(ref, user, at=now)
    return FollowRead(followed=True)


@router.delete(
    "/users/{ref}/follow",
    summary="Unfollow somebody",
    operation_id="users_unfollow",
    responses=describe(400, 401, 403, 404),
)
async def unfollow_user(ref: UserRef, user: CurrentUser, follows: Follows) -> FollowRead:
    """Take it back. Where you do not follow them, that makes no difference."""
    await follows.unfollow(ref, user)
    return FollowRead(followed=False)


@router.get(
    "/users/{ref}/followers",
    summary="List somebody's followers",
    operation_id="followers_list",
    responses=describe(404),
)
async def list_followers(
    ref: UserRef, follows: Follows, page: PageParams, links: PageLinks
) -> list[UserPublic]:
    """List the public profiles of those who follow somebody, the latest first."""
    found = await follows.followers(ref, page)
    links.to(found)
    return [UserPublic.model_validate(user) for user in found.items]


@router.get(
    "/users/{ref}/following",
    summary="List whom somebody follows",
    operation_id="following_list",
    responses=describe(404),
)
async def list_following(
    ref: UserRef, follows: Follows, page: PageParams, links: PageLinks
) -> list[UserPublic]:
    """List the public profiles of those whom somebody follows, the latest first."""
    found = await follows.following(ref, page)
    links.to(found)
    return [UserPublic.model_validate(user) for user in found.items]


@router.put(
    "/tags/{ref}/follow",
    summary="Follow a tag",
    operation_id="tags_follow",
    responses=describe(401, 403, 404),
)
async def follow_tag(ref: TagRef, user: CurrentUser, follows: Follows, now: Now) -> FollowRead:
    """Have what is published under a tag in your feed; nobody else ever knows."""
    await follows.follow_tag(ref, user, at=now)
    return FollowRead(followed=True)


@router.delete(
    "/tags/{ref}/follow",
    summary="Unfollow a tag",
    operation_id="tags_unfollow",
    responses=describe(401, 403, 404),
)
async def unfollow_tag(ref: TagRef, user: CurrentUser, follows: Follows, now: Now) -> FollowRead:
    """Take it back. Where you do not follow it, that makes no difference."""
    await follows.unfollow_tag(ref, user, at=now)
    return FollowRead(followed=False)


@router.get(
    "/users/me/followed-tags",
    summary="List the tags that one follows",
    operation_id="followed_tags_list",
    responses=describe(401, 403),
)
async def list_followed_tags(
    user: CurrentUser, follows: Follows, page: PageParams, links: PageLinks
) -> list[TagBrief]:
    """List the tags that you follow, the latest first."""
    found = await follows.tags(user, page)
    links.to(found)
    return [TagBrief.model_validate(tag) for tag in found.items]
