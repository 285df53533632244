"""The wire shapes of the audit log, for administrators and for the people whom it is about."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from app.core.schemas import AnswerModel, example
from app.features.audit.schemas import Entry
from app.models import AuditEvent

_EVENT = {
    "id": 4711,
    "at": "2026-11-21T09:30:00Z",
    "event": "role.changed",
    "subject_id": 1,
    "details": {"from": "author", "to": "editor"},
}
_SOURCE = {"address": "203.0.113.7", "user_agent": "Mozilla/5.0"}


class AuditEventRead(AnswerModel):
    """Something that happened: what, who did it to whom, and from where."""

    model_config = example(
        {
            **_EVENT,
            "actor_id": 2,
            "actor": "bert",
            "subject": "anna",
            **_SOURCE,
            "request_id": "0b7c7c1c4c8f4d1f8c2f0e5d9a6b3c2d",
        }
    )

    id: int
    at: datetime
    event: str = Field(description="What happened; the filter `event` knows all the words.")
    actor_id: int | None = Field(description="Who did it; null where nobody was signed in.")
    actor: str | None = Field(description="Their username, while they have an account.")
    subject_id: int | None = Field(description="The account that it was done to.")
    subject: str | None = Field(description="Its username, while it is there.")
    address: str = Field(description="From where, as far as the reverse proxy says.")
    user_agent: str
    request_id: str = Field(description="Names the request in the logs.")
    details: dict[str, Any] = Field(description="More; never a secret, nor what somebody typed.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Describe an event to an administrator."""
        shown = cls.model_fields.keys() - {"actor", "subject"}
        values = {name: getattr(entry.event, name) for name in shown}
        return cls(**values, actor=entry.actor, subject=entry.subject)


class ActivityRead(AnswerModel):
    """Something that an account did, or that was done to it."""

    model_config = example({**_EVENT, "by_me": False, "address": None, "user_agent": None})

    id: int
    at: datetime
    event: str = Field(description="What happened.")
    by_me: bool = Field(description="Whether the account did it itself.")
    subject_id: int | None = Field(description="The account that it was done to.")
    address: str | None = Field(description="From where; null where somebody else did it.")
    user_agent: str | None = Field(description="Likewise.")
    details: dict[str, Any]

    @classmethod
    def of(cls, event: AuditEvent, account_id: int) -> Self:
        """Describe an event to the account: from where others came is not for it to know."""
        by_me = event.actor_id == account_id
        return cls(
            id=event.id,
            at=event.at,
            event=event.event,
            by_me=by_me,
            subject_id=event.subject_id,
            address=event.address if by_me else None,
            user_agent=event.user_agent if by_me else None,
            details=event.details,
        )
