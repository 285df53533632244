"""Secrets as they are kept: hashed, or sealed so that only who has the signing key reads them."""

import base64
import hashlib

import pytest

from app.core.sealing import Broken, Sealer, secret_hash

CURRENT = "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w"
PREVIOUS = "4wE8rT1yU6iO3pA9sD2fG7hJ5kL0zX8c"
SECRET = "JBSWY3DPEHPK3PXP"


def test_what_is_sealed_can_be_opened() -> None:
    sealer = Sealer(CURRENT)
    assert sealer.open(sealer.seal(SECRET)) == SECRET


@pytest.mark.parametrize("text", ["", "Zürich 東京", "x" * 10_000])
def test_any_text_can_be_sealed(text: str) -> None:
    sealer = Sealer(CURRENT)
    assert sealer.open(sealer.seal(text)) == text


def test_what_is_sealed_shows_nothing_of_itself() -> None:
    sealed = Sealer(CURRENT).seal(SECRET)
    assert SECRET not in sealed
    assert SECRET.encode() not in base64.urlsafe_b64decode(sealed)
    assert sealed != Sealer(CURRENT).seal(SECRET)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Broken):
        Sealer(PREVIOUS).open(Sealer(CURRENT).seal(SECRET))


@pytest.mark.parametrize("damage", [0, 1, 20, -10])
def test_what_was_changed_cannot_be_opened(damage: int) -> None:
    sealed = list(Sealer(CURRENT).seal(SECRET))
    sealed[damage] = "A" if sealed[damage] != "A" else "B"
    with pytest.raises(Broken):
        Sealer(CURRENT).open("".join(sealed))


@pytest.mark.parametrize("text", ["", "nonsense", "Z\u00fcrich", "gAAAAA"])
def test_what_was_never_sealed_cannot_be_opened(text: str) -> None:
    with pytest.raises(Broken):
        Sealer(CURRENT).open(text)
    with pytest.raises(Broken):
        Sealer(CURRENT).renew(text)


def test_what_the_previous_key_sealed_can_be_opened_beside_the_current_one() -> None:
    assert Sealer(CURRENT, PREVIOUS).open(Sealer(PREVIOUS).seal(SECRET)) == SECRET


def test_new_secrets_are_sealed_with_the_current_key() -> None:
    assert Sealer(CURRENT).open(Sealer(CURRENT, PREVIOUS).seal(SECRET)) == SECRET


def test_a_secret_can_be_renewed_before_the_previous_key_goes() -> None:
    renewed = Sealer(CURRENT, PREVIOUS).renew(Sealer(PREVIOUS).seal(SECRET))
    assert Sealer(CURRENT).open(renewed) == SECRET
    with pytest.raises(Broken):
        Sealer(PREVIOUS).open(renewed)


def test_a_hash_is_always_the_same_and_as_long_as_sha_256_makes_it() -> None:
    assert secret_hash(SECRET) == secret_hash(SECRET) == hashlib.sha256(SECRET.encode()).digest()
    assert secret_hash(SECRET) != secret_hash(SECRET.lower())
