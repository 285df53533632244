"""What makes a password acceptable."""

import pytest

from app.features.auth.errors import WeakPassword
from app.features.auth.rules import check_password


@pytest.mark.parametrize(
    "password",
    ["password", "PASSWORD1", "Anna.Liffey@Example.com", "anna.liffey", "ANNA-THE-WRITER"],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as caught:
        check_password(password, email="anna.liffey@example.com", username="anna-the-writer")
    assert caught.value.field == "password"


@pytest.mark.parametrize("username", ["anna", None])
def test_a_pass_phrase_is_accepted(username: str | None) -> None:
    check_password("a-long-pass-phrase", email="anna@example.com", username=username)
