"""A passkey signs its owner in: for this site, for this challenge, and once."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.auth.errors import InactiveUser
from app.features.factors.errors import ChallengeGone
from app.features.passkeys.errors import PasskeyRefused
from app.models import Challenge, Passkey, User
from tests.factories import MovableClock
from tests.features.factors.conftest import Person, audited
from tests.features.passkeys.authenticator import (
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    decoded,
    encoded,
)
from tests.features.passkeys.conftest import Door, Register, options_of

LIFETIME = timedelta(minutes=5)


@pytest.fixture
async def annas(anna: Person, device: Authenticator, register: Register) -> Authenticator:
    """Anna's phone, with a passkey for this site."""
    await register(anna, device)
    return device


async def challenges(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Challenge)) or 0


async def test_options_name_nobody(door: Door) -> None:
    options = await door.options()
    assert len(decoded(options.pop("challenge"))) == 32
    assert options == {
        "timeout": 300_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    }


async def test_it_signs_in_whose_it_is_without_a_username(
    anna: Person, annas: Authenticator, door: Door, clock: MovableClock, session: AsyncSession
) -> None:
    clock.move(timedelta(days=1))
    assert await door.sign_in(annas) == anna.user.id
    passkey = (await session.scalars(select(Passkey))).one()
    assert (passkey.sign_count, passkey.last_used_at) == (1, clock())
    assert await challenges(session) == 0
    assert await door.sign_in(annas) == anna.user.id


async def test_each_of_somebodys_passkeys_does(
    anna: Person, annas: Authenticator, register: Register, door: Door
) -> None:
    laptop = Authenticator()
    await register(anna, laptop)
    for device in (annas, laptop, annas):
        assert await door.sign_in(device) == anna.user.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"origin": "http://sub.localhost:8080"},
        {"rp_id": "evil.example"},
        {"flags": USER_PRESENT},
        {"flags": USER_VERIFIED},
        {"flags": USER_PRESENT | USER_VERIFIED | 0x10},
        {"client_data": {"type": "webauthn.create"}},
        {"client_data": {"crossOrigin": True}},
        {"user_handle": None},
        {"user_handle": encoded(b"999999")},
        {"credential_id": b"another one"},
        pytest.param({"key": Authenticator().key}, id="another key"),
    ],
    ids=str,
)
async def test_what_proves_nothing_is_refused(
    annas: Authenticator, door: Door, session: AsyncSession, wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(annas, name, value)
    assert await door.refusal(annas.get(await door.options())) is PasskeyRefused
    assert (await session.scalars(select(Passkey.last_used_at))).one() is None


async def test_a_failure_uses_the_challenge_up_and_is_written_down(
    anna: Person, annas: Authenticator, door: Door, session: AsyncSession
) -> None:
    options = await door.options()
    good, key = annas.get(options), annas.key
    annas.key = Authenticator().key
    assert await door.refusal(annas.get(options)) is PasskeyRefused
    assert await door.refusal(good) is ChallengeGone
    event, details = (await audited(session, anna.user))[-1]
    assert (event, details["method"], details["trouble"]) == (
        "factor.failed",
        "passkey",
        "signature",
    )
    annas.key = key
    assert await door.sign_in(annas) == anna.user.id


# The challenge


async def test_an_answer_is_good_once(annas: Authenticator, door: Door) -> None:
    credential = annas.get(await door.options())
    await door.answer(credential)
    assert await door.refusal(credential) is ChallengeGone


async def test_a_challenge_is_good_for_five_minutes(
    annas: Authenticator, door: Door, clock: MovableClock
) -> None:
    credential = annas.get(await door.options())
    clock.move(LIFETIME)
    assert await door.refusal(credential) is ChallengeGone


async def test_a_challenge_of_ones_own_making_is_no_good(annas: Authenticator, door: Door) -> None:
    for challenge in (encoded(b"x" * 32), "", "AAAA"):
        options = await door.options() | {"challenge": challenge}
        assert await door.refusal(annas.get(options)) is ChallengeGone


async def test_a_challenge_for_registering_is_no_good(
    anna: Person, annas: Authenticator, door: Door
) -> None:
    challenge = (await options_of(anna))["challenge"]
    credential = annas.get({"rpId": "localhost", "challenge": challenge})
    assert await door.refusal(credential) is ChallengeGone


# The counter


@pytest.mark.parametrize("count", [0, 3, 6])
async def test_a_counter_that_does_not_rise_tells_of_a_copy(
    anna: Person, annas: Authenticator, door: Door, session: AsyncSession, count: int
) -> None:
    annas.count = 6
    await door.sign_in(annas)
    annas.count, annas.counts = count, False
    assert await door.refusal(annas.get(await door.options())) is PasskeyRefused
    event, details = (await audited(session, anna.user))[-1]
    assert (event, details["trouble"]) == ("factor.failed", "counter")
    annas.count, annas.counts = 7, True
    assert await door.sign_in(annas) == anna.user.id


async def test_a_counter_that_was_never_kept_is_none(
    anna: Person, annas: Authenticator, door: Door
) -> None:
    annas.counts = False
    for _ in "12":
        assert await door.sign_in(annas) == anna.user.id


# Whose it is


async def test_one_persons_passkey_signs_in_nobody_else(
    anna: Person, annas: Authenticator, bert: Person, register: Register, door: Door
) -> None:
    berts = Authenticator()
    await register(bert, berts)
    berts.user_handle = annas.user_handle
    assert await door.refusal(berts.get(await door.options())) is PasskeyRefused
    berts.credential_id = annas.credential_id
    assert await door.refusal(berts.get(await door.options())) is PasskeyRefused
    assert await door.sign_in(annas) == anna.user.id


async def test_one_that_was_removed_signs_in_nobody(
    anna: Person, annas: Authenticator, door: Door
) -> None:
    credential = annas.get(await door.options())
    [passkey] = (await anna("GET", "/passkeys")).json()
    assert (await anna("DELETE", f"/passkeys/{passkey['id']}")).status_code == 204
    assert await door.refusal(credential) is PasskeyRefused


async def test_who_was_switched_off_stays_out(
    annas: Authenticator, door: Door, session: AsyncSession
) -> None:
    await session.execute(update(User).values(is_active=False))
    await session.commit()
    assert await door.refusal(annas.get(await door.options())) is InactiveUser


# Malformed, huge and strange


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("authenticatorData", "AAAA"),
        ("authenticatorData", "AAAAA"),
        ("authenticatorData", encoded(b"\xff" * 6000)),
        ("authenticatorData", encoded(bytes(32) + b"\xc5" + bytes(4) + b"\x81" * 5000)),
        ("signature", "AA"),
        ("signature", "AAAAA"),
        ("signature", "A" * 4096),
        ("clientDataJSON", "AA"),
        ("clientDataJSON", "AAAAA"),
        ("clientDataJSON", encoded(b"[" * 5000)),
        ("userHandle", "AAAAA"),
    ],
)
async def test_what_is_malformed_is_refused(
    annas: Authenticator, door: Door, field: str, text: str
) -> None:
    credential = annas.get(await door.options())
    credential["response"][field] = text
    assert await door.refusal(credential) is PasskeyRefused


@pytest.mark.parametrize("text", ["", "not base64url!", "A" * 8193, "\u00e9", None, 7, ["AA"]])
@pytest.mark.parametrize("field", ["authenticatorData", "signature", "clientDataJSON"])
async def test_what_no_browser_sends_is_no_credential(
    annas: Authenticator, door: Door, field: str, text: object
) -> None:
    credential = annas.get(await door.options())
    credential["response"][field] = text
    with pytest.raises(ValidationError):
        await door.answer(credential)


@pytest.mark.parametrize("id_", ["AAAAA", "A" * 1364, "AA=="])
async def test_an_id_that_is_none_is_refused(annas: Authenticator, door: Door, id_: str) -> None:
    credential = annas.get(await door.options()) | {"id": id_, "rawId": id_}
    assert await door.refusal(credential) is PasskeyRefused
