"""The wire shapes of favourites and bookmarks."""

from dataclasses import dataclass

from pydantic import Field

from app.core.schemas import AnswerModel, example


class FavoriteRead(AnswerModel):
    """Whether whoever asks likes an article, and how many people do."""

    model_config = example({"favorited": True, "favorites_count": 12})

    favorited: bool
    favorites_count: int = Field(description="How many people like it, exactly.")


class BookmarkRead(AnswerModel):
    """Whether whoever asks keeps an article for later."""

    model_config = example({"bookmarked": True})

    bookmarked: bool


@dataclass(frozen=True, slots=True)
class Favorited:
    """How an article stands with somebody, and with everybody."""

    article_id: int
    favorited: bool
    favorites_count: int
