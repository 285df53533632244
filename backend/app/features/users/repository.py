"""The queries for accounts as people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Executable,
    Result,
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import violated_constraint
from app.core.paging import Order, Page, Slice, fetch_slice
from app.core.policy import Role
from app.features.auth.errors import EmailTaken
from app.features.users.errors import UsernameTaken
from app.models import Article, ArticleAuthor, Series, User

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

    async def lock_to_delete(self, user_id: int) -> User | None:
        """Return the account as it is now, and keep others from naming it until the commit.

        Accounts go one after the other: two authors of one article who left at once would wait for
        each other.
        """
        turn = func.pg_advisory_xact_lock(func.hashtextextended("an account goes", 0))
        await self._session.execute(select(turn))
        return await self._session.get(User, user_id, populate_existing=True, with_for_update=True)

    async def lock_active_administrators(self) -> Sequence[int]:
        """Return the ids of the active administrators, and keep that set as it is."""
        active = (User.role == Role.ADMIN) & User.is_active
        query = select(User.id).where(active).order_by(User.id).with_for_update(key_share=True)
        return (await self._session.scalars(query)).all()

    async def username_taken(self, username: str, *, besides: int | None = None) -> bool:
        """Say whether another account has this username, whatever its case."""
        same = func.lower(User.username) == func.lower(username)
        other = same if besides is None else same & (User.id != besides)
        return bool(await self._session.scalar(select(exists().where(other))))

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

    async def lock_articles(self, user_id: int) -> None:
        """Keep others from changing what the account wrote, the bin too, until the commit."""
        articles = select(Article.id).where(Article.id.in_(_written_by(user_id)))
        await self._session.execute(articles.order_by(Article.id).with_for_update())

    async def give_articles(self, user_id: int, heir_id: int) -> int:
        """Put an heir in the place of the owner of all that the account owns; return how many.

        The heir may be among the authors of some already.
        """
        owned = select(Article.id).where(Article.author_id == user_id)
        both = ArticleAuthor.user_id.in_([user_id, heir_id])
        await self._execute(delete(ArticleAuthor).where(ArticleAuthor.article_id.in_(owned), both))
        first = owned.add_columns(literal(heir_id), literal(0))
        columns = ["article_id", "user_id", "position"]
        await self._execute(insert(ArticleAuthor).from_select(columns, first))
        others = func.array_remove(func.array_remove(Article.author_ids, user_id), heir_id)
        given = (
            update(Article)
            .where(Article.author_id == user_id)
            .values(author_id=heir_id, author_ids=func.array_prepend(heir_id, others))
        )
        return len((await self._execute(given.returning(Article.id))).all())

    async def give_series(self, user_id: int, heir_id: int) -> int:
        """Make an heir the owner of all series that the account owns; return how many."""
        given = update(Series).where(Series.owner_id == user_id).values(owner_id=heir_id)
        return len((await self._execute(given.returning(Series.id))).all())

    async def leave_articles(self, user_id: int) -> None:
        """Leave each article to its other authors in their order, if it has any."""
        in_order = aggregate_order_by(ArticleAuthor.user_id, ArticleAuthor.position)
        others = (
            select(ArticleAuthor.article_id, func.array_agg(in_order).label("ids"))
            .where(ArticleAuthor.article_id.in_(_written_by(user_id)))
            .where(ArticleAuthor.user_id != user_id)
            .group_by(ArticleAuthor.article_id)
            .subquery()
        )
        left = (
            update(Article)
            .where(Article.id == others.c.article_id)
            .values(author_ids=others.c.ids, author_id=others.c.ids[1])
        )
        await self._execute(left)

    async def delete(self, user: User) -> None:
        """Delete an account; the database deletes what belongs to it."""
        await self._session.delete(user)
        await self._session.flush()

    async def _execute(self, statement: Executable) -> Result[Any]:
        """Write rows of which the session has loaded none that it shows to anybody."""
        return await self._session.execute(
            statement, execution_options={"synchronize_session": False}
        )


def _written_by(user_id: int) -> Select[int]:
    return select(ArticleAuthor.article_id).where(ArticleAuthor.user_id == user_id)
