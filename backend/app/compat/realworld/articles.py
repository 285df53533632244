"""RealWorld's articles: lists, the feed, writing, favourites, and their tags."""

from fastapi import APIRouter

from app.compat.realworld.answers import ArticleAnswer, ArticlesAnswer, TagsAnswer
from app.compat.realworld.dependencies import (
    SHOWS,
    ArticleChangesGiven,
    NewArticleGiven,
    PageGiven,
    SlugGiven,
    WantedArticles,
    kept,
    refusals,
    takes,
)
from app.compat.realworld.schemas import ArticleChangesBody, NewArticleBody
from app.core.paging import Listing
from app.features.articles.dependencies import Articles
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    CurrentUser,
    OptionalReader,
    Reader,
    Writer,
)
from app.features.lists.dependencies import Lists
from app.features.lists.schemas import ArticleFilter
from app.features.reactions.dependencies import Reactions
from app.features.tags.dependencies import Tags
from app.features.writing.dependencies import Writing
from app.web.idempotency import IdempotencyKey
from app.web.routing import Route
from app.web.session import Now

MOST_TAGS_LISTED = 1_000

router = APIRouter(route_class=Route)


@router.get(
    "/articles",
    summary="List articles",
    operation_id="realworld_articles_list",
    responses=refusals(401, 403, 422),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_articles(
    reader: OptionalReader, wanted: WantedArticles, page: PageGiven, lists: Lists, now: Now
) -> ArticlesAnswer:
    """List public articles, the newest first; `articlesCount` counts all that are wanted."""
    if wanted is None:
        return ArticlesAnswer.of(Listing([]))
    return ArticlesAnswer.of(await lists.page(wanted, page, reader=reader, at=now))


@router.get(
    "/articles/feed",
    summary="List what those whom one follows have published",
    operation_id="realworld_articles_feed",
    responses=refusals(401, 403, 422),
)
async def list_feed(reader: Reader, page: PageGiven, lists: Lists, now: Now) -> ArticlesAnswer:
    """List what those whom you follow have published, and what has tags that you follow.

    The newest first.
    """
    wanted = ArticleFilter(followed=True, shows=SHOWS)
    return ArticlesAnswer.of(await lists.page(wanted, page, reader=reader, at=now))


@router.post(
    "/articles",
    status_code=201,
    summary="Publish an article",
    operation_id="realworld_articles_create",
    responses=refusals(401, 403, 409, 422),
    openapi_extra=takes(NewArticleBody),
)
async def create_article(
    author: Writer,
    body: NewArticleGiven,
    writing: Writing,
    articles: Articles,
    now: Now,
    _: IdempotencyKey,
) -> ArticleAnswer:
    """Make an article that is public at once.

    Where another article has the same title, the slug gets a number.
    """
    article = await writing.create(body.article.translated(), author=author, at=now)
    return ArticleAnswer.of(await articles.read(str(article.id), reader=author, at=now), author)


@router.get(
    "/articles/{slug}",
    summary="Read an article",
    operation_id="realworld_articles_read",
    responses=refusals(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_article(
    reader: OptionalReader, slug: SlugGiven, articles: Articles, now: Now
) -> ArticleAnswer:
    """Answer with a whole article, also by a slug that it had."""
    return ArticleAnswer.of(kept(await articles.read(slug, reader=reader, at=now)), reader)


@router.put(
    "/articles/{slug}",
    summary="Change an article",
    operation_id="realworld_articles_update",
    responses=refusals(401, 403, 404, 409, 422),
    openapi_extra=takes(ArticleChangesBody),
)
async def update_article(
    editor: Writer,
    slug: SlugGiven,
    body: ArticleChangesGiven,
    writing: Writing,
    articles: Articles,
    now: Now,
) -> ArticleAnswer:
    """Change only what is given. The slug stays, so that links do; `tagList: []` clears tags."""
    changes = body.article.translated()
    article = await writing.update(slug, changes, editor=editor, at=now)
    return ArticleAnswer.of(await articles.read(str(article.id), reader=editor, at=now), editor)


@router.delete(
    "/articles/{slug}",
    status_code=204,
    summary="Delete an article",
    operation_id="realworld_articles_delete",
    responses=refusals(401, 403, 404),
)
async def delete_article(editor: Writer, slug: SlugGiven, writing: Writing, now: Now) -> None:
    """Put an article into the bin; by this API it cannot be brought back."""
    await writing.delete(slug, editor=editor, at=now)


@router.post(
    "/articles/{slug}/favorite",
    summary="Favourite an article",
    operation_id="realworld_articles_favorite",
    responses=refusals(401, 403, 404),
)
async def favorite(
    user: CurrentUser, slug: SlugGiven, reactions: Reactions, articles: Articles, now: Now
) -> ArticleAnswer:
    """Like an article. To say so again makes no difference."""
    liked = await reactions.favorite(slug, user, at=now)
    return ArticleAnswer.of(await articles.read(str(liked.article_id), reader=user, at=now), user)


@router.delete(
    "/articles/{slug}/favorite",
    summary="Take a favourite back",
    operation_id="realworld_articles_unfavorite",
    responses=refusals(401, 403, 404),
)
async def unfavorite(
    user: CurrentUser, slug: SlugGiven, reactions: Reactions, articles: Articles, now: Now
) -> ArticleAnswer:
    """Take it back. Where there is nothing to take back, that makes no difference."""
    liked = await reactions.unfavorite(slug, user, at=now)
    return ArticleAnswer.of(await articles.read(str(liked.article_id), reader=user, at=now), user)


@router.get(
    "/tags",
    summary="List tags",
    operation_id="realworld_tags_list",
    responses=refusals(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_tags(_: OptionalReader, tags: Tags, now: Now) -> TagsAnswer:
    """List the names of the thousand tags that most public articles have, the most used first."""
    found = await tags.most_used(MOST_TAGS_LISTED, at=now)
    return TagsAnswer(tags=[tag.name for tag in found])
