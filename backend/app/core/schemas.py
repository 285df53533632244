"""The two kinds of wire shapes: what comes in is strict, what goes out is read from models."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """A body that comes in: no unknown fields, and no silent conversions (`false` is no number)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def given(self) -> dict[str, Any]:
        """Return only the fields that the client sent."""
        return self.model_dump(exclude_unset=True)


class AnswerModel(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def omitted() -> Any:  # noqa: ANN401 - it stands for a value of any type
    """Be the default of a field that may be left out of a PATCH, but not be null.

    Use as `Field(default_factory=omitted)` and read the model with `given()`, where it never shows.
    """
    return None
