"""Who may do what: the table itself."""

from itertools import combinations

import pytest

from app.core.policy import POLICY, SCOPES, Permission, Role, Scope, may, may_hold

# Written out once more, so that nobody changes it by accident.
MAY = {
    Role.READER: set[Permission](),
    Role.AUTHOR: {Permission.WRITE},
    Role.EDITOR: {
        Permission.WRITE, Permission.EDIT_ANY, Permission.MANAGE_TAGS, Permission.MODERATE,
        Permission.INVITE,
    },
    Role.ADMIN: set(Permission),
}  # fmt: skip

MAY_HOLD = {
    Role.READER: {Scope.PUBLIC_READ, Scope.ARTICLES_READ},
    Role.AUTHOR: set(Scope) - {Scope.ADMIN},
    Role.EDITOR: set(Scope) - {Scope.ADMIN},
    Role.ADMIN: set(Scope),
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_these_permissions(role: Role) -> None:
    assert {permission for permission in Permission if may(role, permission)} == MAY[role]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_can_use_keys_with_these_scopes(role: Role) -> None:
    assert {scope for scope in Scope if may_hold(role, scope)} == MAY_HOLD[role]


@pytest.mark.parametrize(("lower", "higher"), list(combinations(Role, 2)))
def test_each_role_may_do_all_that_the_roles_before_it_may(lower: Role, higher: Role) -> None:
    assert higher.reaches(lower)
    assert higher.reaches(higher)
    assert not lower.reaches(higher)
    assert MAY[lower] <= MAY[higher]
    assert MAY_HOLD[lower] <= MAY_HOLD[higher]


def test_everything_that_can_be_allowed_is_explained() -> None:
    assert list(POLICY) == list(Permission)
    assert list(SCOPES) == list(Scope)
    for words in (*(grant.meaning for grant in POLICY.values()), *_meanings_of_scopes()):
        assert words.endswith(".")


def _meanings_of_scopes() -> list[str]:
    return [use.meaning for use in SCOPES.values()]
