"""The feed: what has been published by those, and under what, one follows. For people."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import CurrentUser
from app.features.feed.dependencies import Feeds
from app.features.feed.schemas import FeedMarked, FeedSeen, FeedUnread
from app.features.lists.dependencies import ShownFields
from app.features.lists.schemas import ArticleListed
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/feed", tags=["feed"], route_class=Route)


@router.get(
    "",
    summary="Read one's own feed",
    operation_id="feed_list",
    response_model=list[ArticleListed],
    responses=describe(401, 403),
)
async def read_feed(
    shows: ShownFields,
    user: CurrentUser,
    feeds: Feeds,
    page: PageParams,
    links: PageLinks,
    now: Now,
) -> Response:
    """List what those whom you follow published, and what has tags you follow, the newest first."""
    return links.answer(await feeds.page(page, shows=shows, reader=user, at=now))


@router.get(
    "/unread-count",
    summary="Count what is new in one's own feed",
    operation_id="feed_unread_count",
    responses=describe(401, 403),
)
async def count_unread(user: CurrentUser, feeds: Feeds, now: Now) -> FeedUnread:
    """Count what has been published since you have seen your feed, up to a hundred."""
    return await feeds.unread(user, at=now)


@router.put(
    "/seen",
    summary="Mark one's own feed as seen",
    operation_id="feed_mark_seen",
    responses=describe(401, 403),
)
async def mark_seen(wish: FeedSeen, user: CurrentUser, feeds: Feeds, now: Now) -> FeedMarked:
    """Have all that was published until then count as read. It never goes back."""
    return FeedMarked(seen_at=await feeds.mark(wish.seen_at, user, at=now))
