"""The audit log: who did what, from where. Rows are added, and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class AuditEvent(Identified, Base):
    """One thing that happened. Accounts are named by number only: a row outlives them."""

    __tablename__ = "audit_events"

    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    subject_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        Index("ix_audit_events_at_id", "at", "id"),
        Index("ix_audit_events_actor_id_at_id", "actor_id", "at", "id"),
        Index("ix_audit_events_subject_id_at_id", "subject_id", "at", "id"),
        Index("ix_audit_events_event_at_id", "event", "at", "id"),
        Index("ix_audit_events_address_at_id", "address", "at", "id"),
    )
