"""How many articles are public, without counting them."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Index,
    Select,
    Subquery,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.article import Article, ArticleAuthor, ArticleTag, Moment, Status
from app.models.base import Base, Identified
from app.models.reaction import Favorite


class PublicCount(Identified, Base):
    """A part of the number of articles that are published and kept: in all, of a tag, of an author.

    The number is the sum of its parts. Triggers of the database add one for each article that
    comes, goes, or gets or loses a tag or an author. As nobody changes a part, nobody waits for
    anybody; `fold_public_counts()` makes one of many, now and then.

    A part of the number of all also says of which month it is: how many have begun in UTC since the
    year 0. So one row of an article that comes is part of two numbers, and folding leaves a row for
    each month.

    Scheduled articles are counted as well, for no write tells when their time has come. They are
    few, and an index has them: whoever asks for a number takes those off that are still to come.
    """

    __tablename__ = "public_counts"

    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    month: Mapped[int | None]
    amount: Mapped[int]

    __table_args__ = (
        CheckConstraint("kind IN ('all', 'tag', 'author')", name="kind_known"),
        Index(
            "ix_public_counts_kind_subject_id",
            "kind",
            "subject_id",
            postgresql_include=["amount"],
        ),
    )

    @classmethod
    def in_all(cls, at: Moment) -> ColumnElement[int]:
        """Return how many articles are public at this moment."""
        coming = select(func.count()).select_from(Article)
        coming = coming.where(Article.has_status(Status.SCHEDULED, at))
        return cls._sum("all", literal_column("0")) - _apart(coming)

    @classmethod
    def by_month(cls, at: Moment) -> Subquery:
        """Return the months with articles that are public at this moment, and how many they have.

        The columns are `month` and `amount`.
        """
        month = func.calendar_month(Article.published_at, type_=BigInteger)
        coming = select(month.label("month"), literal_column("-1", BigInteger).label("amount"))
        coming = coming.where(Article.has_status(Status.SCHEDULED, at))
        parts = select(cls.month, cls.amount).where(cls._is_part("all", literal_column("0")))
        part = parts.union_all(coming).subquery()
        amount = cast(func.sum(part.c.amount), BigInteger)
        months = select(part.c.month, amount.label("amount")).group_by(part.c.month)
        return months.having(amount != literal_column("0")).subquery()

    @classmethod
    def with_tag(cls, tag_id: ColumnElement[int], at: Moment) -> ColumnElement[int]:
        """Return how many of them have a tag, which may be that of the query around."""
        coming = select(func.count()).select_from(ArticleTag)
        coming = coming.where(ArticleTag.tag_id == tag_id, ArticleTag.public_at > at)
        return cls._sum("tag", tag_id) - _apart(coming, ArticleTag)

    @classmethod
    def by_author(cls, user_id: ColumnElement[int], at: Moment) -> ColumnElement[int]:
        """Return how many of them somebody wrote, alone or with others."""
        coming = select(func.count()).select_from(ArticleAuthor)
        coming = coming.where(ArticleAuthor.user_id == user_id, ArticleAuthor.public_at > at)
        return cls._sum("author", user_id) - _apart(coming, ArticleAuthor)

    @classmethod
    def liked_by(cls, user_id: ColumnElement[int], at: Moment) -> ColumnElement[int]:
        """Return how many of them somebody likes: all that they like, less what is hidden."""
        liked = select(func.count()).select_from(Favorite).where(Favorite.user_id == user_id)
        number = _apart(liked, Favorite)
        for status in (Status.DRAFT, Status.SCHEDULED, Status.DELETED):
            hidden = liked.join(Article, Article.id == Favorite.article_id)
            number -= _apart(hidden.where(Article.has_status(status, at)), Favorite)
        return number

    @classmethod
    def _sum(cls, kind: str, subject_id: ColumnElement[int]) -> ColumnElement[Any]:
        number = func.coalesce(func.sum(cls.amount), literal_column("0"))
        parts = select(cast(number, BigInteger)).where(cls._is_part(kind, subject_id))
        return _apart(parts, cls)

    @classmethod
    def _is_part(cls, kind: str, subject_id: ColumnElement[int]) -> ColumnElement[bool]:
        return (cls.kind == literal_column(f"'{kind}'")) & (cls.subject_id == subject_id)


def _apart(query: Select[Any], own: type[Base] = Article) -> ColumnElement[Any]:
    """Return a query's number; of the query around it sees all but the table that it counts."""
    return query.correlate_except(own).scalar_subquery()
