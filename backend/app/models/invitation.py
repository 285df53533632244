"""Invitations: accounts that somebody has offered to somebody else."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Identified
from app.models.user import User


class Invitation(Identified, Base):
    """An account with a role, offered to whoever reads the mail of an address, for once.

    One that was revoked, or whose account has gone, is not there any more.
    """

    __tablename__ = "invitations"

    email: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    inviter_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    inviter: Mapped[User] = relationship(lazy="raise", foreign_keys=inviter_id)

    __table_args__ = (
        CheckConstraint("role IN ('reader', 'author', 'editor', 'admin')", name="role_known"),
        Index(
            "uq_invitations_pending_email_lower",
            func.lower(email),
            unique=True,
            postgresql_where=text("accepted_at IS NULL"),
        ),
        Index("ix_invitations_created_at_id", "created_at", "id"),
    )
