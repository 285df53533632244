"""Password hashing: real hashes, made by the real library."""

import asyncio

import pytest
from passlib.hash import bcrypt

from app.core.errors import Unavailable
from app.core.passwords import WAITING, PasswordHasher, is_common

PASSWORD = "a-long-pass-phrase"


async def test_a_password_fits_its_own_hash_only(passwords: PasswordHasher) -> None:
    stored = await passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify(PASSWORD, stored)).valid
    assert not (await passwords.verify("another-pass-phrase", stored)).valid


async def test_an_up_to_date_hash_needs_no_replacement(passwords: PasswordHasher) -> None:
    verdict = await passwords.verify(PASSWORD, await passwords.hash(PASSWORD))
    assert verdict.replacement is None


async def test_a_bcrypt_hash_is_still_read_and_replaced(passwords: PasswordHasher) -> None:
    verdict = await passwords.verify(PASSWORD, bcrypt.using(rounds=4).hash(PASSWORD))
    assert verdict.valid
    assert verdict.replacement is not None
    assert verdict.replacement.startswith("$argon2id$")


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken", "$2b$04$short"])
async def test_no_password_fits_what_is_no_hash(
    passwords: PasswordHasher, stored: str | None
) -> None:
    assert not (await passwords.verify(PASSWORD, stored)).valid


async def test_a_full_queue_says_so_at_once_and_empties_again() -> None:
    hasher = PasswordHasher(threads=1)
    crowd = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(1 + WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="signing in at this moment"):
        await hasher.hash(PASSWORD)
    hasher.close()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher._places == 1 + WAITING


@pytest.mark.parametrize(
    ("password", "common"),
    [("password", True), ("PassWord", True), ("12345678", True), (PASSWORD, False)],
)
def test_the_commonest_passwords_are_known_in_whatever_case(password: str, common: bool) -> None:
    assert is_common(password) is common
