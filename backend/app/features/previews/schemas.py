"""The wire shapes of preview links."""

from datetime import datetime

from pydantic import Field

from app.core.schemas import AnswerModel, RequestModel, example


class PreviewCreate(RequestModel):
    """A wish for a preview link."""

    model_config = example({"days": 7})

    days: int | None = Field(
        None, ge=1, le=365, description="How long it works. By default as PREVIEW_DAYS says."
    )


class PreviewRead(AnswerModel):
    """A preview link."""

    model_config = example(
        {
            "id": "8Zr1V0nLw6TkXy2P",
            "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…",
            "path": "/api/v1/articles/7?preview=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…",
            "created_at": "2026-11-21T09:30:00Z",
            "expires_at": "2026-11-28T09:30:00Z",
        }
    )

    id: str
    token: str = Field(description="Send it as `preview=` when you read the article.")
    path: str = Field(description="Where the API shows the article to whoever has this address.")
    created_at: datetime
    expires_at: datetime
