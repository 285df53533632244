"""Comments: what readers say about articles, and about each other's comments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.models.article import Article
from app.models.base import Base, Identified, Versioned
from app.models.user import User


class CommentStatus(StrEnum):
    """What moderators have said of a comment; `pending` is what they have yet to look at."""

    VISIBLE = "visible"
    PENDING = "pending"
    HIDDEN = "hidden"
    SPAM = "spam"


class Comment(Identified, Versioned, Base):
    """One comment: on an article, or an answer to another one.

    `thread_id` is the comment that an answer is below, at whatever depth; None for that one itself.
    Who is deleted leaves comments without an author. What is deleted leaves its place in the
    thread without a text.
    """

    __tablename__ = "comments"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    depth: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    content_html: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    # How many people have reported it, in what a query found that was told to count.
    reports_count: Mapped[int] = query_expression(literal_column("0", BigInteger))

    article: Mapped[Article] = relationship(lazy="raise")
    author: Mapped[User | None] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("status IN ('visible', 'pending', 'hidden', 'spam')", name="status_known"),
        CheckConstraint("(parent_id IS NULL) = (thread_id IS NULL)", name="answer_is_in_thread"),
        CheckConstraint("(parent_id IS NULL) = (depth = 1)", name="depth_counts_from_one"),
        Index(
            "ix_comments_article_id_created_at_id",
            "article_id",
            "created_at",
            "id",
            postgresql_where=text("parent_id IS NULL"),
        ),
        Index("ix_comments_article_id_all", "article_id", "created_at", "id"),
        Index("ix_comments_created_at_id", "created_at", "id"),
        Index("ix_comments_thread_id_created_at_id", "thread_id", "created_at", "id"),
        Index("ix_comments_status_created_at_id", "status", "created_at", "id"),
    )

    @classmethod
    def is_public(cls) -> ColumnElement[bool]:
        """Return the condition that it is shown to everybody who sees what it is about."""
        return and_(cls.status == CommentStatus.VISIBLE, cls.deleted_at.is_(None))


class CommentReport(Base):
    """Somebody finds that a comment should not be there."""

    __tablename__ = "comment_reports"

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reporter_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    reporter: Mapped[User] = relationship(lazy="raise")
