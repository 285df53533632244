"""Who may do what with a series, and what its address is."""

import pytest

from app.core.policy import Role
from app.core.text import MAX_SLUG_LENGTH
from app.features.series import rules
from app.models import Series, User


def person(id_: int, role: Role) -> User:
    return User(id=id_, role=role)


@pytest.mark.parametrize(
    ("user", "may"),
    [
        (person(1, Role.AUTHOR), True),
        (person(1, Role.READER), False),
        (person(2, Role.READER), False),
        (person(2, Role.AUTHOR), False),
        (person(2, Role.EDITOR), True),
        (person(2, Role.ADMIN), True),
    ],
)
def test_its_owner_and_editors_may_edit_a_series(user: User, may: bool) -> None:
    assert rules.may_edit(Series(owner_id=1), user) is may


def test_nobody_owns_a_series_whose_owner_is_gone() -> None:
    assert not rules.may_edit(Series(owner_id=None), person(1, Role.AUTHOR))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("A year on the Water", "a-year-on-the-water"),
        ("2026", "series-2026"),
        ("2026!", "series-2026"),
        ("?!", "series"),
    ],
)
def test_a_title_asks_for_an_address(title: str, slug: str) -> None:
    assert rules.base_slug(title) == slug


def test_there_is_room_for_a_number() -> None:
    longest = rules.base_slug("x" * 200)
    assert len(longest) == MAX_SLUG_LENGTH
    assert len(rules.random_slug(longest)) <= MAX_SLUG_LENGTH
