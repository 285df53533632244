"""What a username may be, and how one is made from an e-mail."""

from itertools import islice

import pytest

from app.features.users.rules import usernames_from
from app.features.users.schemas import LONGEST_USERNAME, check_username


@pytest.mark.parametrize("username", ["anna", "anna2", "a.b", "2026-anna", "--", ".-"])
def test_a_username_is_told_apart_from_an_id(username: str) -> None:
    assert check_username(username) == username


@pytest.mark.parametrize("username", ["2026", "me", "ME", ".", "..", "..."])
def test_what_a_path_means_otherwise_is_no_username(username: str) -> None:
    with pytest.raises(ValueError, match=r"digits|reserved|dots"):
        check_username(username)


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("anna@example.com", "anna"),
        ("Anna.Liffey@example.com", "Anna.Liffey"),
        ("anna+blog@example.com", "anna-blog"),
        ("jos\u00e9@example.com", "jos"),
        ("a@example.com", "user-a"),
        ("2026@example.com", "user-2026"),
        ("me@example.com", "user-me"),
        ("\u5317\u4eac@example.com", "user"),
        ("...@example.com", "user"),
        (f"{'a' * 64}@example.com", "a" * 42),
        (f"{'7' * 64}@example.com", f"user-{'7' * 37}"),
    ],
)
def test_a_username_is_made_of_the_emails_local_part(email: str, username: str) -> None:
    assert next(usernames_from(email)) == username


@pytest.mark.parametrize("letter", ["a", "7"])
def test_there_is_always_another_one_to_try(letter: str) -> None:
    tried = list(islice(usernames_from(f"{letter * 64}@example.com"), 50))
    assert tried[1:5] == [f"{tried[0]}-{number}" for number in range(2, 6)]
    assert len(set(tried)) == 50
    assert max(map(len, tried)) <= LONGEST_USERNAME
    assert all(check_username(username) for username in tried)
