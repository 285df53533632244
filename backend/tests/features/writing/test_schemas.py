"""What an article's fields may hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.features.tags.schemas import without_repeats
from app.features.writing.schemas import LONGEST_CONTENT, ArticleCreate, Content


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        (["x", "b", "X"], ["x", "b"]),
        (["X", "x"], ["X"]),
        (["Stra\u00dfe", "a", "STRASSE"], ["Stra\u00dfe", "a"]),
        (["b", "a"], ["b", "a"]),
        ([], []),
    ],
)
def test_a_tag_stays_where_and_as_it_first_stood(tags: list[str], kept: list[str]) -> None:
    assert without_repeats(tags) == kept
    assert ArticleCreate(title="A title", content="A text of some length", tags=tags).tags == kept


def test_content_is_bounded() -> None:
    content = TypeAdapter[str](Content)
    assert content.validate_python("x" * LONGEST_CONTENT)
    with pytest.raises(ValidationError):
        content.validate_python("x" * (LONGEST_CONTENT + 1))
