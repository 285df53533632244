"""The wire shapes of following."""

from pydantic import Field

from app.core.schemas import AnswerModel, example


class FollowRead(AnswerModel):
    """Whether whoever asks follows a person or a tag."""

    model_config = example({"followed": True})

    followed: bool = Field(description="Whether you follow it now.")
