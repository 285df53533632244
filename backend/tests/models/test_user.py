"""People and their roles."""

from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.policy import Permission, Role
from app.models import User
from tests.factories import EARLY_2026, Factory


@pytest.mark.parametrize(("lower", "higher"), list(combinations(Role, 2)))
def test_each_role_may_do_all_that_the_roles_before_it_may(lower: Role, higher: Role) -> None:
    assert higher.reaches(lower)
    assert higher.reaches(higher)
    assert not lower.reaches(higher)


@pytest.mark.parametrize("role", list(Role))
def test_a_superuser_is_an_administrator(role: Role) -> None:
    user = User(role=role)
    assert user.is_superuser is (role is Role.ADMIN)
    assert user.may(Permission.ADMINISTER_USERS) is (role is Role.ADMIN)


@pytest.mark.parametrize("field", ["email", "username"])
async def test_names_are_unique_whatever_their_case(make: Factory, field: str) -> None:
    first = await make.user()
    with pytest.raises(IntegrityError, match=f"uq_users_{field}_lower"):
        await make.user(**{field: getattr(first, field).upper()})


async def test_there_is_no_other_role(make: Factory) -> None:
    with pytest.raises(IntegrityError, match="ck_users_role_known"):
        await make.user("owner")  # type: ignore[arg-type]


def test_a_change_shows_in_the_version_and_the_date() -> None:
    user, later = User(version=1), EARLY_2026 + timedelta(hours=1)
    assert user.change({"bio": "Rows."}, later)
    assert (user.bio, user.version, user.updated_at) == ("Rows.", 2, later)


def test_what_is_as_it_was_is_no_change() -> None:
    user = User(version=1, bio="Rows.")
    assert not user.change({"bio": "Rows."}, EARLY_2026)
    assert user.version == 1
