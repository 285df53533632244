"""What makes a password acceptable, and what a key may be used for."""

import pytest

from app.core.policy import Scope
from app.features.auth.errors import ScopeMissing, WeakPassword
from app.features.auth.rules import check_password, check_scope


@pytest.mark.parametrize(
    "password",
    ["password", "PASSWORD1", "Anna.Liffey@Example.com", "anna.liffey", "ANNA-THE-WRITER"],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as caught:
        check_password(
            password,
            email="anna.liffey@example.com",
            username="anna-the-writer",
            refuse_common=True,
        )
    assert caught.value.field == "password"


@pytest.mark.parametrize("username", ["anna", None])
def test_a_pass_phrase_is_accepted(username: str | None) -> None:
    check_password(
        "a-long-pass-phrase", email="anna@example.com", username=username, refuse_common=True
    )


@pytest.mark.parametrize("needed", Scope)
def test_a_person_needs_no_scope(needed: Scope) -> None:
    check_scope(None, needed)


@pytest.mark.parametrize("needed", Scope)
def test_a_key_may_be_used_for_what_its_scopes_say(needed: Scope) -> None:
    check_scope(frozenset({needed}), needed)
    check_scope(frozenset(Scope), needed)


@pytest.mark.parametrize("needed", Scope)
def test_for_nothing_else_even_if_that_sounds_like_more(needed: Scope) -> None:
    for scopes in (frozenset[Scope](), frozenset(Scope) - {needed}):
        with pytest.raises(ScopeMissing) as caught:
            check_scope(scopes, needed)
        assert f"`{needed}`" in caught.value.detail


def test_common_ones_are_fine_where_the_site_says_so() -> None:
    check_password("password1", email="anna@example.com", username="anna", refuse_common=False)
