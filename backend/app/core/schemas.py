"""The two kinds of wire shapes: what comes in is strict, what goes out is read from models."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

MOST_FIELDS = 64


class RequestModel(BaseModel):
    """A body that comes in: no unknown fields, and no silent conversions (`false` is no number)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, body: object) -> object:
        """Refuse a great body with one error, where each unknown field would make one more."""
        if isinstance(body, dict) and len(body) > MOST_FIELDS:
            raise ValueError(f"must not have more than {MOST_FIELDS} fields")
        return body

    def given(self) -> dict[str, Any]:
        """Return only the fields that the client sent."""
        return self.model_dump(exclude_unset=True)


class AnswerModel(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def example(body: dict[str, Any]) -> ConfigDict:
    """Return the `model_config` of a shape that the OpenAPI document shows with this example."""
    return ConfigDict(json_schema_extra={"examples": [body]})


def omitted() -> Any:  # noqa: ANN401 - it stands for a value of any type
    """Be the default of a field that may be left out of a PATCH, but not be null.

    Use as `Field(default_factory=omitted)` and read the model with `given()`, where it never shows.
    """
    return None


def is_omitted(value: object) -> bool:
    """Say whether a field of an answer is to be left out, as its `exclude_if`."""
    return value is None
