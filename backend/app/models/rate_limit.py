"""Rate limits: how much of what is allowed has been used up. Lost in a crash, which is harmless."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RateLimit(Base):
    """When the allowance of one key will be whole again; failures in a row make it take longer."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    full_at: Mapped[datetime] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)
