"""The wire shapes of the map of addresses."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from app.core.schemas import AnswerModel, example


class Format(StrEnum):
    """How the map is written."""

    JSON = "json"
    NGINX = "nginx"
    NETLIFY = "netlify"


class RedirectRead(AnswerModel):
    """An address that an article once had, and where the article is now."""

    model_config = example({
        "from": "/articles/down-a-river",
        "to": "/articles/down-the-river",
        "article_id": 7,
        "created_at": "2026-11-20T18:00:00Z",
    })  # fmt: skip

    from_: str = Field(
        serialization_alias="from", description="A path of this site, or of the one before it."
    )
    to: str = Field(description="The path of the article today.")
    article_id: int
    created_at: datetime = Field(description="When the article got the old address.")
