"""People."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, Text, false, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from app.core.policy import Permission, Role, may
from app.models.base import Base, Identified, Versioned

_NAME_WORDS = text(
    "to_tsvector('galley_simple'::regconfig, "
    "(translate(username, '._-'::text, '   '::text) || ' '::text) || COALESCE(full_name, ''::text))"
)


class User(Identified, Versioned, Base):
    """An account, which is also the public profile of a person."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str | None] = mapped_column(Text)
    bio: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    avatar: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    email_verified_at: Mapped[datetime | None]
    second_factor: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    # Whether the reader follows them, in what a query found that was told who reads.
    is_followed: Mapped[bool] = query_expression(false())

    __table_args__ = (
        CheckConstraint("role IN ('reader', 'author', 'editor', 'admin')", name="role_known"),
        Index("uq_users_email_lower", func.lower(email), unique=True),
        Index("uq_users_username_lower", func.lower(username), unique=True),
        Index("ix_users_created_at_id", "created_at", "id"),
        Index("ix_users_words", _NAME_WORDS, postgresql_using="gin"),
    )

    @classmethod
    def called(cls, name: ColumnElement[str]) -> ColumnElement[int]:
        """Return the id of the account with this username, whatever its case."""
        same = func.lower(cls.username) == func.lower(name)
        return select(cls.id).where(same).scalar_subquery()

    @property
    def is_superuser(self) -> bool:
        """Whether this is an administrator."""
        return self.role == Role.ADMIN

    def may(self, permission: Permission) -> bool:
        """Say whether this person's role has a permission."""
        return may(Role(self.role), permission)
