"""What a batch makes of an article's tags."""

from collections.abc import Mapping, Sequence

import pytest

from app.core.errors import NotFound, Unauthenticated
from app.features.bulk.rules import named, with_tags, without_tags


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ([], ["a"], ["a"]),
        (["b"], ["a"], ["b", "a"]),
        (["A", "b"], ["c", "a"], ["A", "b", "c"]),
        (["A"], [], ["A"]),
    ],
)
def test_new_tags_stand_behind_those_that_are_there(
    before: Sequence[str], names: Sequence[str], after: Sequence[str]
) -> None:
    assert with_tags(before, names) == after


@pytest.mark.parametrize(
    ("before", "meant", "after"),
    [
        (["a", "B"], {"b": "B"}, ["a"]),
        (["Rivers", "Boats"], {"streams": "Rivers"}, ["Boats"]),
        (["C", "C#"], {"c": "C#"}, ["C#"]),
        (["a"], {"b": "b"}, ["a"]),
        ([], {"a": "a"}, []),
    ],
)
def test_a_tag_is_taken_away_by_its_name_or_a_former_one(
    before: Sequence[str], meant: Mapping[str, str], after: Sequence[str]
) -> None:
    assert without_tags(before, meant) == after


def test_a_refusal_says_which_article_it_is_about() -> None:
    with pytest.raises(NotFound) as refused, named("river"):
        raise NotFound("Article not found", code="article_not_found")
    assert (refused.value.detail, refused.value.code) == (
        "Article not found: river",
        "article_not_found",
    )


def test_a_caller_who_is_unknown_is_told_the_same_as_everywhere() -> None:
    with pytest.raises(Unauthenticated) as refused, named("river"):
        raise Unauthenticated
    assert refused.value.detail == "Could not validate credentials"
