"""The queries for accounts as people."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import violated_constraint
from app.core.paging import Order, Page, Slice, fetch_slice
from app.features.users.errors import EmailTaken, UsernameTaken
from app.models import Article, ArticleAuthor, Role, User

_NEWEST: Order[User] = Order(
    "newest",
    User.created_at.expression,
    User.id.expression,
    lambda user: (user.created_at, user.id),
)


class UserRepository:
    """Reads and writes accounts."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(self, page: Page) -> Slice[User]:
        """Return accounts, newest first."""
        return await fetch_slice(self._session, select(User), _NEWEST, page)

    async def get(self, user_id: int) -> User | None:
        """Return the account with this id."""
        return await self._session.get(User, user_id)

    async def lock(self, user_id: int) -> User | None:
        """Return the account as it is now, and keep others from changing it until the commit."""
        query = select(User).where(User.id == user_id).with_for_update(key_share=True)
        return await self._fresh(query)

    async def lock_to_delete(self, user_id: int) -> User | None:
        """Return the account as it is now, and keep others from naming it until the commit.

        Accounts go one after the other: two authors of one article who left at once would wait for
        each other.
        """
        turn = func.pg_advisory_xact_lock(func.hashtextextended("an account goes", 0))
        await self._session.execute(select(turn))
        return await self._fresh(select(User).where(User.id == user_id).with_for_update())

    async def lock_active_administrators(self) -> Sequence[int]:
        """Return the ids of the active administrators, and keep that set as it is."""
        active = (User.role == Role.ADMIN) & User.is_active
        query = select(User.id).where(active).order_by(User.id).with_for_update(key_share=True)
        return (await self._session.scalars(query)).all()

    async def email_taken(self, email: str, *, besides: int | None = None) -> bool:
        """Say whether another account has this e-mail, whatever its case."""
        return await self._taken(func.lower(User.email) == func.lower(email), besides)

    async def username_taken(self, username: str, *, besides: int | None = None) -> bool:
        """Say whether another account has this username, whatever its case."""
        return await self._taken(func.lower(User.username) == func.lower(username), besides)

    async def save(self, user: User) -> None:
        """Write an account; raise EmailTaken or UsernameTaken, and leave the transaction usable."""
        try:
            async with self._session.begin_nested():
                self._session.add(user)
        except IntegrityError as error:
            if "email" in violated_constraint(error):
                raise EmailTaken from None
            if "username" in violated_constraint(error):
                raise UsernameTaken from None
            raise

    async def hand_over_articles(self, user_id: int) -> None:
        """Leave each article, the bin's too, to its other authors in their order, if it has any.

        All that the account writes are locked, because the rest will go with it.
        """
        its_articles = select(ArticleAuthor.article_id).where(ArticleAuthor.user_id == user_id)
        articles = select(Article.id).where(Article.id.in_(its_articles)).order_by(Article.id)
        await self._session.execute(articles.with_for_update())
        in_order = aggregate_order_by(ArticleAuthor.user_id, ArticleAuthor.position)
        others = (
            select(ArticleAuthor.article_id, func.array_agg(in_order).label("ids"))
            .where(ArticleAuthor.article_id.in_(its_articles), ArticleAuthor.user_id != user_id)
            .group_by(ArticleAuthor.article_id)
            .subquery()
        )
        hand_over = (
            update(Article)
            .where(Article.id == others.c.article_id)
            .values(author_ids=others.c.ids, author_id=others.c.ids[1])
            .execution_options(synchronize_session=False)
        )
        await self._session.execute(hand_over)

    async def delete(self, user: User) -> None:
        """Delete an account; the database deletes what belongs to it."""
        await self._session.delete(user)
        await self._session.flush()

    async def _fresh(self, query: Select[User]) -> User | None:
        fresh = query.execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def _taken(self, same: ColumnElement[bool], besides: int | None) -> bool:
        other = same if besides is None else same & (User.id != besides)
        return bool(await self._session.scalar(select(exists().where(other))))
