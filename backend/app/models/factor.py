"""Second factors: authenticator apps, recovery codes, passkeys, and what they answer to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Authenticator(Base):
    """An app that makes time-based codes (RFC 6238), by the secret it shares with us, sealed."""

    __tablename__ = "authenticators"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed_secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]


class RecoveryCode(Base):
    """A code for who has lost the other factors, by its hash. One that was used is not there."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime]


class Passkey(Identified, Base):
    """A public key whose private half never leaves somebody's device (Web Authentication)."""

    __tablename__ = "passkeys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class Challenge(Base):
    """What somebody has to answer to go on, by its hash; it is good for once and for minutes."""

    __tablename__ = "challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    method: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('second_factor', 'register_passkey', 'sign_in_with_passkey')",
            name="purpose_known",
        ),
        CheckConstraint("method IN ('password', 'passkey', 'oidc')", name="method_known"),
        CheckConstraint(
            "(purpose = 'second_factor') = (method IS NOT NULL)", name="method_of_first_factor"
        ),
    )
