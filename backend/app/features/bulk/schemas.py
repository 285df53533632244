"""The wire shapes of batches."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import Ref
from app.features.tags.schemas import TagNames
from app.models import Status

MOST_ARTICLES = 100


class Action(StrEnum):
    """What a batch does to each of its articles."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    TAG = "tag"
    UNTAG = "untag"
    DELETE = "delete"
    UNDELETE = "undelete"


_WITH_TAGS: AbstractSet[Action] = frozenset({Action.TAG, Action.UNTAG})


class Batch(RequestModel):
    """One action on many articles."""

    model_config = example({"action": "tag", "articles": ["down-the-river"], "tags": ["boats"]})

    action: Action = Field(strict=False)
    articles: Annotated[list[Ref], Field(min_length=1, max_length=MOST_ARTICLES)] = Field(
        description="Ids and slugs. An article that is named twice is changed once."
    )
    tags: TagNames = Field(
        default_factory=omitted, description="For `tag` and `untag`: the names of the tags."
    )

    @model_validator(mode="after")
    def _has_tags_exactly_when_they_are_needed(self) -> Self:
        if self.action in _WITH_TAGS and not self.tags:
            raise ValueError(f"to {self.action} needs `tags`")
        if self.action not in _WITH_TAGS and "tags" in self.model_fields_set:
            raise ValueError(f"to {self.action} takes no `tags`")
        return self


class ArticleChanged(AnswerModel):
    """How an article of a batch stands afterwards."""

    id: int
    slug: str
    version: int
    status: Status


class BatchRead(AnswerModel):
    """What a batch has done."""

    model_config = example({
        "changed": 1,
        "articles": [{"id": 7, "slug": "down-the-river", "version": 4, "status": "published"}],
    })  # fmt: skip

    changed: int = Field(description="How many articles are not as they were before.")
    articles: list[ArticleChanged] = Field(description="Each article once, in the given order.")
