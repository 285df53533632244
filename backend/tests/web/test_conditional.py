"""Conditional requests, as RFC 9110, section 13 has them."""

import pytest

from app.core.errors import Stale
from app.models import Tag
from app.web.conditional import (
    Precondition,
    is_unchanged,
    short_digest,
    strong_etag,
    weak_etag,
)

ETAG = '"7-3-abc"'


@pytest.mark.parametrize(
    ("if_none_match", "unchanged"),
    [
        ("", False),
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"other", {ETAG}', True),
        (f'"other",W/{ETAG} ', True),
        ("*", True),
        ('"other"', False),
        ("7-3-abc", False),
    ],
)
@pytest.mark.parametrize("etag", [ETAG, f"W/{ETAG}"])
def test_a_read_is_unchanged_when_the_client_names_its_tag(
    if_none_match: str, etag: str, unchanged: bool
) -> None:
    assert is_unchanged(if_none_match, etag) is unchanged


@pytest.mark.parametrize(
    "if_match", [None, ETAG, f"W/{ETAG}", '"7-3-other"', '"7-3"', f'"other", {ETAG}', "*", '"3"']
)
def test_a_write_goes_on_when_the_version_is_the_one_that_was_read(if_match: str | None) -> None:
    Precondition(if_match).check(7, 3)


@pytest.mark.parametrize(
    "if_match", ["", '"7-2-abc"', '"8-3-abc"', '"7-33"', 'W/"7-2-abc"', '"2"', "7-3-abc", '"*"']
)
def test_a_write_stops_when_it_is_another_version(if_match: str) -> None:
    with pytest.raises(Stale):
        Precondition(if_match).check(7, 3)


def test_a_thing_is_stale_by_its_id_and_version() -> None:
    thing = Tag(id=7, version=3)
    Precondition('"7-3-abc"').unless_stale(thing)
    with pytest.raises(Stale):
        Precondition('"7-2-abc"').unless_stale(thing)


def test_etags_are_quoted_and_change_with_what_they_stand_for() -> None:
    assert strong_etag(7, 3, "abc") == ETAG
    assert weak_etag(b"one").startswith('W/"')
    assert weak_etag(b"one") != weak_etag(b"two")
    assert short_digest("a", None) != short_digest("a", "None")


@pytest.mark.parametrize(
    "if_match", [None, '"7-3.2-abc"', 'W/"7-3.2-abc"', '"7-3.2"', '"3.2"', "*"]
)
def test_a_version_may_count_a_working_copy_as_well(if_match: str | None) -> None:
    Precondition(if_match).check(7, "3.2")


@pytest.mark.parametrize(
    "if_match", ['"7-3-abc"', '"3"', '"7-3.1-abc"', '"7-3.22"', '"7-3x2"', '"3x2"']
)
def test_and_then_the_articles_version_is_not_enough(if_match: str) -> None:
    with pytest.raises(Stale):
        Precondition(if_match).check(7, "3.2")


def test_the_version_of_a_working_copy_is_not_the_articles() -> None:
    with pytest.raises(Stale):
        Precondition('"7-3.2-abc"').check(7, 3)
