"""Reactions: liking articles, and keeping them for later. Both are for people, not for keys."""

from fastapi import APIRouter, Response

from app.features.articles.dependencies import ArticleRef
from app.features.auth.dependencies import CurrentUser
from app.features.lists.dependencies import ShownFields
from app.features.lists.schemas import ArticleListed
from app.features.reactions.dependencies import Reactions
from app.features.reactions.schemas import BookmarkRead, FavoriteRead
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["reactions"], route_class=Route)


@router.put(
    "/articles/{ref}/favorite",
    summary="Favourite an article",
    operation_id="articles_favorite",
    responses=describe(401, 403, 404),
)
async def favorite(
    ref: ArticleRef, user: CurrentUser, reactions: Reactions, now: Now
) -> FavoriteRead:
    """Like an article, for everybody to see. To say so again makes no difference."""
    return FavoriteRead.model_validate(await reactions.favorite(ref, user, at=now))


@router.delete(
    "/articles/{ref}/favorite",
    summary="Take a favourite back",
    operation_id="articles_unfavorite",
    responses=describe(401, 403, 404),
)
async def unfavorite(
    ref: ArticleRef, user: CurrentUser, reactions: Reactions, now: Now
) -> FavoriteRead:
    """Take it back. Where there is nothing to take back, that makes no difference."""
    return FavoriteRead.model_validate(await reactions.unfavorite(ref, user, at=now))


@router.put(
    "/articles/{ref}/bookmark",
    summary="Bookmark an article",
    operation_id="articles_bookmark",
    responses=describe(401, 403, 404),
)
async def bookmark(
    ref: ArticleRef, user: CurrentUser, reactions: Reactions, now: Now
) -> BookmarkRead:
    """Keep an article for later; nobody else ever knows. Drafts are kept by their authors only."""
    await reactions.bookmark(ref, user, at=now)
    return BookmarkRead(bookmarked=True)


@router.delete(
    "/articles/{ref}/bookmark",
    summary="Remove a bookmark",
    operation_id="articles_unbookmark",
    responses=describe(401, 403, 404),
)
async def unbookmark(
    ref: ArticleRef, user: CurrentUser, reactions: Reactions, now: Now
) -> BookmarkRead:
    """Keep it no longer. Where it is not kept, that makes no difference."""
    await reactions.unbookmark(ref, user, at=now)
    return BookmarkRead(bookmarked=False)


@router.get(
    "/users/me/bookmarks",
    summary="List one's own bookmarks",
    operation_id="bookmarks_list",
    response_model=list[ArticleListed],
    responses=describe(401, 403),
)
async def list_bookmarks(
    shows: ShownFields,
    user: CurrentUser,
    reactions: Reactions,
    page: PageParams,
    links: PageLinks,
    now: Now,
) -> Response:
    """List the articles that you keep, the latest bookmark first.

    What has been unpublished since is left out, until it is there again.
    """
    return links.answer(await reactions.bookmarks(page, shows=shows, reader=user, at=now))
