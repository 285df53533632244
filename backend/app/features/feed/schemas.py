"""The wire shapes of what has come since somebody last looked."""

from datetime import datetime

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import AnswerModel, RequestModel, example

MOST_UNREAD = 100


class FeedUnread(AnswerModel):
    """How much has been published since the feed was last seen."""

    model_config = example({"count": 3, "is_capped": False, "seen_at": "2026-11-21T09:30:00Z"})

    count: int = Field(description=f"How many articles; {MOST_UNREAD} at the most.")
    is_capped: bool = Field(description="Whether there are more than that.")
    seen_at: datetime | None = Field(description="Null until it has been marked as seen.")


class FeedSeen(RequestModel):
    """Up to when a feed has been seen."""

    model_config = example({"seen_at": "2026-01-15T12:00:00Z"})

    seen_at: Instant = Field(description="Such as the `published_at` of its first article.")


class FeedMarked(AnswerModel):
    """Up to when a feed has been seen: the latest moment that was ever said."""

    model_config = example({"seen_at": "2026-01-15T12:00:00Z"})

    seen_at: datetime
