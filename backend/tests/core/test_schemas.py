"""Wire shapes: what comes in is strict."""

from typing import Any

import pytest
from pydantic import Field, ValidationError

from app.core.schemas import MOST_FIELDS, RequestModel, omitted


class Changes(RequestModel):
    title: str = Field(default_factory=omitted)
    note: str | None = None
    number: int = 0


def test_only_what_the_client_sent_is_given() -> None:
    assert Changes.model_validate({"note": None}).given() == {"note": None}
    assert Changes.model_validate({}).given() == {}


@pytest.mark.parametrize(
    "body",
    [{"unknown": 1}, {"number": "1"}, {"number": False}, {"number": 1.0}, {"title": None},
     {"title": 1}],
    ids=str,
)  # fmt: skip
def test_nothing_is_converted_or_passed_over_in_silence(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Changes.model_validate(body)


@pytest.mark.parametrize(
    ("fields", "errors"), [(MOST_FIELDS, MOST_FIELDS), (MOST_FIELDS + 1, 1), (50_000, 1)]
)
def test_a_body_with_very_many_fields_is_a_single_error(fields: int, errors: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        Changes.model_validate({f"unknown_{number}": 1 for number in range(fields)})
    assert refusal.value.error_count() == errors
