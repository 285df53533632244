"""What a working copy holds, and when it is in conflict; no database is needed."""

from typing import Any

import pytest

from app.features.drafts import rules

ARTICLE: dict[str, Any] = {"title": "River", "tags": ["a"], "meta": {}, "excerpt": None}


@pytest.mark.parametrize(
    ("copy", "given", "kept"),
    [
        ({}, {}, {}),
        ({}, {"title": "Up"}, {"title": "Up"}),
        ({}, {"title": "River"}, {}),
        ({"title": "Up"}, {"title": "River"}, {}),
        ({"title": "Up"}, {"tags": []}, {"title": "Up", "tags": []}),
        ({"title": "Up"}, {"title": "Upper"}, {"title": "Upper"}),
        ({"title": "River", "tags": ["b"]}, {}, {"tags": ["b"]}),
        ({}, {"excerpt": None, "meta": {}}, {}),
    ],
)
def test_only_what_differs_is_kept(
    copy: dict[str, object], given: dict[str, object], kept: dict[str, object]
) -> None:
    assert rules.merged(copy, given, ARTICLE) == kept


def test_what_is_kept_again_has_seen_the_article_again() -> None:
    copy: dict[str, object] = {"title": "Up", "tags": []}
    seen = rules.seen({}, copy, copy, ARTICLE)
    later = {**ARTICLE, "title": "Theirs", "tags": ["theirs"]}
    assert rules.conflicts(seen, copy, ARTICLE) == []
    assert rules.conflicts(seen, copy, later) == ["title", "tags"]
    again = rules.seen(seen, {"title": "Up"}, copy, later)
    assert rules.conflicts(again, copy, later) == ["tags"]
    assert rules.seen(again, {}, {"title": "Up"}, later).keys() == {"title"}


@pytest.mark.parametrize("change", [{"tags": [], "excerpt": "Short"}, {"title": "Up"}])
def test_other_fields_and_the_same_words_are_no_conflict(change: dict[str, object]) -> None:
    copy: dict[str, object] = {"title": "Up"}
    seen = rules.seen({}, copy, copy, ARTICLE)
    assert rules.conflicts(seen, copy, {**ARTICLE, **change}) == []


@pytest.mark.parametrize("value", [None, "", "x" * 200_000, ["a", "b"], {"b": 1, "a": None}, 7])
def test_a_digest_is_short_and_of_the_value_alone(value: object) -> None:
    assert len(rules.digest(value)) == 64
    assert rules.digest(value) == rules.digest(value)
    assert rules.digest({"a": None, "b": 1}) == rules.digest({"b": 1, "a": None})
    assert rules.digest(["a", "b"]) != rules.digest(["b", "a"])
