"""Proofs: links by mail that show who reads the mail of an address."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Proof(Identified, Base):
    """One link, good for once. The link's token names it and is signed; it is kept nowhere."""

    __tablename__ = "proofs"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('verify_email', 'change_email', 'reset_password')", name="purpose_known"
        ),
    )
