"""Whom a provider's claims describe, and where a browser goes next."""

from typing import Any

import pytest

from app.features.oidc.errors import BadAnswer
from app.features.oidc.rules import destination, person_of, same_address

ISSUER = "https://id.example.com"
ANNA = {"sub": "1", "email": "Anna@example.com", "email_verified": True, "name": " Anna  "}


def test_claims_describe_a_person() -> None:
    person = person_of(ISSUER, ANNA)
    assert person.model_dump() == {
        "issuer": ISSUER,
        "subject": "1",
        "email": "Anna@example.com",
        "name": "Anna",
    }


@pytest.mark.parametrize("verified", [False, None, 1, 0, "True", "false", "", [True], {}])
def test_an_address_counts_only_if_it_is_confirmed(verified: object) -> None:
    assert person_of(ISSUER, ANNA | {"email_verified": verified}).email is None


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": ""},
        {"sub": None},
        {"sub": 1},
        {"sub": "a\n"},
        {"sub": "a\x00"},
        {"sub": "é"},
        {"sub": "x" * 256},
    ],
    ids=str,
)
def test_a_person_has_a_subject(claims: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        person_of(ISSUER, claims)


def test_an_address_is_the_same_whatever_its_case() -> None:
    assert same_address("Anna@Example.com", "anna@example.COM")
    assert not same_address("anna@example.com", "anna@example.co")


@pytest.mark.parametrize(
    ("return_to", "error", "challenge", "address"),
    [
        ("/", None, None, "/"),
        ("/a?b=c", None, None, "/a?b=c"),
        ("/a", "x_y", None, "/a?sign_in_error=x_y"),
        ("/a?b=c", "x_y", None, "/a?b=c&sign_in_error=x_y"),
        (
            "/a?b=c",
            None,
            "s-e_c",
            "/a?b=c#second_factor_challenge=s-e_c&second_factor_methods=totp,passkey",
        ),
    ],
)
def test_a_page_is_told_how_it_went(
    return_to: str, error: str | None, challenge: str | None, address: str
) -> None:
    site, methods = "https://blog.example", ["totp", "passkey"]
    told = destination(site, return_to, error=error, challenge=challenge, methods=methods)
    assert told == site + address
