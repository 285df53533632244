"""Which addresses names get, and in which order tags are made."""

from itertools import permutations

import pytest

from app.core.policy import Role
from app.core.text import MAX_SLUG_LENGTH
from app.features.tags.rules import marked_slug, may_manage, random_slug, slugs_for
from app.features.tags.schemas import Spelled
from app.models import User


def new(name: str, *, base_is_free: bool = True, marked_is_free: bool = True) -> Spelled:
    return Spelled(name, name.lower(), base_is_free, marked_is_free)


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.READER, False), (Role.AUTHOR, False), (Role.EDITOR, True), (Role.ADMIN, True)],
)
def test_editors_and_administrators_keep_the_tags_in_order(role: Role, *, may: bool) -> None:
    assert may_manage(User(role=role)) is may


def test_nobody_who_is_not_signed_in_keeps_them() -> None:
    assert not may_manage(None)


def test_a_marked_address_depends_on_the_name_alone_whatever_its_case() -> None:
    assert marked_slug("C#") == marked_slug("c#") != marked_slug("C++")


@pytest.mark.parametrize("name", ["x" * 50, "\u4e2d" * 50, "!", "7"])
def test_no_address_is_too_long_or_a_number(name: str) -> None:
    for slug in (marked_slug(name), random_slug(name)):
        assert len(slug) <= MAX_SLUG_LENGTH
        assert not slug.isdigit()


def test_everybody_makes_the_same_tags_in_the_same_order() -> None:
    names = [new("C#"), new("zebra"), new("C"), new("+a"), new("b")]
    orders = {tuple(slugs_for(order).items()) for order in permutations(names)}
    assert len(orders) == 1
    assert list(dict(orders.pop()).values()) == ["a", "b", "c", marked_slug("C#"), "zebra"]


def test_one_address_is_given_once() -> None:
    taken = [new("C#", base_is_free=False), new("C++", base_is_free=False, marked_is_free=False)]
    slugs = slugs_for(taken)
    assert slugs["C#"] == marked_slug("C#")
    assert slugs["C++"] not in {"c", marked_slug("C++")}


def test_one_name_is_made_once_whatever_postgresql_takes_for_case() -> None:
    assert len(slugs_for([new("i"), Spelled("\u0130", "i", True, True)])) == 1
