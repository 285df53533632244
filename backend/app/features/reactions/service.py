"""Reactions: liking an article, and keeping it for later."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.paging import Listed, Listing, Page
from app.core.services import Services
from app.features.articles.errors import NotYourArticle
from app.features.articles.service import ArticleService
from app.features.auth.service import AuthService
from app.features.lists.schemas import ArticleFilter
from app.features.lists.service import ListService
from app.features.notifications.schemas import Kind
from app.features.notifications.service import NotificationService
from app.features.pages.errors import ArticleNotFound
from app.features.reactions.repository import ReactionRepository
from app.features.reactions.schemas import Favorited
from app.models import Article, Bookmark, Favorite, User


class ReactionService:
    """The rules of favourites and bookmarks, over one session.

    Both can be said again, and taken back again, without any difference. Articles that somebody
    cannot see, and what lies in the bin, are not found.
    """

    def __init__(self, session: AsyncSession, services: Services) -> None:
        """Take the session of the request or job, and the process's parts."""
        self._accounts = AuthService(session)
        self._articles = ArticleService(session, services.settings, services.renderer)
        self._lists = ListService(services.reads, services.settings)
        self._notifications = NotificationService(session)
        self._reactions = ReactionRepository(session)

    async def favorite(self, ref: str, user: User, *, at: datetime) -> Favorited:
        """Like an article, and have its authors told; raise ArticleNotFound."""
        article = await self._readable(ref, user, at)
        people = await self._accounts.keep({user.id, *article.author_ids})
        if user.id not in people:
            raise Unauthenticated
        if await self._reactions.add(Favorite, user.id, article.id, at):
            await self._notifications.tell(
                Kind.FAVORITE,
                to=people & {*article.author_ids},
                actor_id=user.id,
                article_id=article.id,
                at=at,
            )
        favorited = await self._favorited(article.id, user)
        if not favorited.favorited and not await self._reactions.are_there(user.id, article.id):
            raise ArticleNotFound  # It has just been deleted.
        return favorited

    async def unfavorite(self, ref: str, user: User, *, at: datetime) -> Favorited:
        """Like an article no more; raise ArticleNotFound."""
        article = await self._readable(ref, user, at)
        await self._reactions.remove(Favorite, user.id, article.id)
        return await self._favorited(article.id, user)

    async def bookmark(self, ref: str, user: User, *, at: datetime) -> None:
        """Keep an article for later; raise ArticleNotFound.

        What is not public is kept by its authors only; raise NotYourArticle for other editors.
        """
        article = await self._readable(ref, user, at)
        if not article.is_public(at) and user.id not in article.author_ids:
            raise NotYourArticle
        is_new = await self._reactions.add(Bookmark, user.id, article.id, at)
        if not is_new and not await self._reactions.are_there(user.id, article.id):
            raise ArticleNotFound  # It has just been deleted.

    async def unbookmark(self, ref: str, user: User, *, at: datetime) -> None:
        """Keep an article no longer; raise ArticleNotFound."""
        article = await self._readable(ref, user, at)
        await self._reactions.remove(Bookmark, user.id, article.id)

    async def bookmarks(
        self, page: Page, *, shows: frozenset[str], reader: User, at: datetime
    ) -> Listing:
        """Return what the reader keeps and may still see, the newest bookmark first."""
        found = await self._reactions.bookmarks(reader, page, at)
        ids = [bookmark.article_id for bookmark in found.items]
        articles: dict[int, Listed] = {}
        if ids:
            wanted = ArticleFilter(ids=tuple(ids), status=None, shows=shows)
            listed = await self._lists.page(wanted, Page(len(ids)), reader=reader, at=at)
            articles = {article.id: article for article in listed.items}
        kept = [articles[id_] for id_ in ids if id_ in articles]
        return Listing(kept, found.next, found.previous, found.total)

    async def _readable(self, ref: str, user: User, at: datetime) -> Article:
        article = await self._articles.readable(ref, reader=user, at=at)
        if article.deleted_at is not None:
            raise ArticleNotFound
        return article

    async def _favorited(self, article_id: int, user: User) -> Favorited:
        favorited, count = await self._reactions.favorites(user.id, article_id)
        return Favorited(article_id, favorited, count)
