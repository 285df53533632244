"""A passkey is made by a device, for this site and this account, and kept by its public half."""

from datetime import timedelta
from typing import Any

import cbor2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Challenge, LoginSession, Passkey, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.factors.conftest import AUTH, Person, audited
from tests.features.passkeys.authenticator import (
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    decoded,
    encoded,
)
from tests.features.passkeys.conftest import Door, Register, count, options_of, send

LIFETIME = timedelta(minutes=5)
RECENT = timedelta(minutes=15)


# Options


async def test_options_are_as_browsers_take_them(anna: Person) -> None:
    options = await options_of(anna)
    challenge = options.pop("challenge")
    assert len(decoded(challenge)) == 32
    assert options == {
        "rp": {"id": "localhost", "name": "Galley"},
        "user": {
            "id": encoded(str(anna.user.id).encode()),
            "name": "anna",
            "displayName": "Anna Liffey",
        },
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


async def test_a_device_is_told_which_passkeys_there_are(
    anna: Person, device: Authenticator, register: Register
) -> None:
    await register(anna, device)
    assert (await options_of(anna))["excludeCredentials"] == [
        {
            "type": "public-key",
            "id": encoded(device.credential_id),
            "transports": ["internal", "hybrid"],
        }
    ]


# What is kept


async def test_the_first_one_brings_recovery_codes_and_ends_other_sessions(
    anna: Person,
    device: Authenticator,
    register: Register,
    make: Factory,
    session: AsyncSession,
) -> None:
    await make.login_session(anna.user)
    made = await register(anna, device)
    assert len(set(made.pop("recovery_codes"))) == 10
    assert made == {
        "id": made["id"],
        "name": "Phone",
        "transports": ["internal", "hybrid"],
        "created_at": "2026-01-15T12:00:00Z",
        "last_used_at": None,
    }
    sessions = await session.scalars(select(LoginSession.id))
    assert sessions.all() == [make.sessions_of[anna.user.id]]
    assert await session.scalar(select(User.second_factor))
    added = {"method": "passkey", "sessions_ended": 1}
    assert await audited(session, anna.user) == [("factor.added", added)]
    assert (await anna("GET", "/factors")).json() == {
        "totp_confirmed_at": None,
        "passkeys": 1,
        "recovery_codes_left": 10,
        "required": False,
    }


async def test_another_one_leaves_codes_and_sessions_alone(
    anna: Person, device: Authenticator, register: Register, make: Factory, session: AsyncSession
) -> None:
    await register(anna, device)
    other = await make.login_session(anna.user)
    made = await register(anna, Authenticator())
    assert made["recovery_codes"] is None
    assert await session.get(LoginSession, other.id) is not None
    assert (await anna("GET", "/factors")).json()["recovery_codes_left"] == 10


async def test_only_the_public_key_is_kept(
    anna: Person, device: Authenticator, register: Register, session: AsyncSession
) -> None:
    await register(anna, device)
    passkey = (await session.scalars(select(Passkey))).one()
    assert cbor2.loads(passkey.public_key) == device.cose_key()
    assert (passkey.credential_id, passkey.sign_count) == (device.credential_id, 0)
    assert await session.scalar(select(func.count()).select_from(Challenge)) == 0


async def test_it_can_be_read_where_it_was_made(anna: Person, device: Authenticator) -> None:
    made = await send(anna, device.create(await options_of(anna)))
    location = made.headers["Location"]
    assert location == f"{AUTH}/passkeys/{made.json()['id']}"
    read = await anna("GET", location.removeprefix(AUTH))
    assert read.json() == {key: made.json()[key] for key in read.json()}
    assert read.headers["ETag"] == made.headers["ETag"]
    assert made.headers["Cache-Control"] == "no-store"


async def test_self_attestation_is_taken(anna: Person, device: Authenticator, door: Door) -> None:
    """Some devices vouch for themselves although nobody asks them to."""
    device.attestation_format = "none"
    assert (await send(anna, device.create(await options_of(anna)))).status_code == 201
    assert await door.sign_in(device) == anna.user.id


# What is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8081"},
        {"origin": "https://localhost:8080"},
        {"origin": "http://localhost:8080/"},
        {"origin": "http://localhost.evil.example:8080"},
        {"rp_id": "evil.example"},
        {"flags": USER_PRESENT},
        {"flags": USER_VERIFIED},
        {"flags": 0},
        {"client_data": {"type": "webauthn.get"}},
        {"client_data": {"challenge": encoded(b"x" * 32)}},
        {"client_data": {"challenge": ""}},
        {"client_data": {"challenge": 7}},
        {"client_data": {"origin": ["http://localhost:8080"]}},
        {"client_data": {"crossOrigin": True}},
        {"attestation_format": "packed"},
        {"attestation_format": "android-safetynet"},
        {"attestation_format": "fido-u2f"},
        {"attestation_format": "of its own"},
        {"attestation_format": 7},
        {"statement": {"sig": b"x"}},
        {"credential_id": b""},
    ],
    ids=str,
)
async def test_one_that_was_not_made_for_this_is_not_accepted(
    anna: Person, device: Authenticator, session: AsyncSession, wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(device, name, value)
    answer = await send(anna, device.create(await options_of(anna)))
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"passkey_not_accepted", "registration_expired", "invalid"}
    assert await count(session) == 0
    assert not await session.scalar(select(User.second_factor).filter_by(id=anna.user.id))


async def test_a_challenge_is_good_once(
    anna: Person, device: Authenticator, register: Register, session: AsyncSession
) -> None:
    options = await options_of(anna)
    assert (await send(anna, device.create(options))).status_code == 201
    again = await send(anna, Authenticator().create(options))
    assert (again.status_code, again.json()["code"]) == (400, "registration_expired")
    assert await count(session) == 1


async def test_a_challenge_is_good_for_five_minutes(
    anna: Person, device: Authenticator, clock: MovableClock
) -> None:
    credential = device.create(await options_of(anna))
    clock.move(LIFETIME)
    answer = await send(anna, credential)
    assert (answer.status_code, answer.json()["code"]) == (400, "registration_expired")


async def test_somebody_elses_challenge_is_no_good(
    anna: Person, bert: Person, device: Authenticator, session: AsyncSession
) -> None:
    answer = await send(anna, device.create(await options_of(bert)))
    assert answer.json()["code"] == "registration_expired"
    assert await count(session) == 0


async def test_a_challenge_for_signing_in_is_no_good(
    anna: Person, device: Authenticator, door: Door
) -> None:
    options = await options_of(anna) | {"challenge": (await door.options())["challenge"]}
    answer = await send(anna, device.create(options))
    assert answer.json()["code"] == "registration_expired"


@pytest.mark.parametrize("who", ["anna", "bert"])
async def test_a_passkey_belongs_to_one_account_once(
    anna: Person,
    bert: Person,
    device: Authenticator,
    register: Register,
    session: AsyncSession,
    who: str,
) -> None:
    await register(anna, device)
    person = {"anna": anna, "bert": bert}[who]
    answer = await send(person, device.create(await options_of(person)))
    assert (answer.status_code, answer.json()["code"]) == (400, "passkey_taken")
    assert await count(session) == 1
    assert not await session.scalar(select(User.second_factor).filter_by(id=bert.user.id))


async def test_the_id_outside_is_the_id_inside(
    anna: Person, device: Authenticator, session: AsyncSession
) -> None:
    for other in ({"id": "AAAA"}, {"rawId": "AAAA"}, {"id": "AAAA", "rawId": "AAAA"}):
        credential = device.create(await options_of(anna)) | other
        assert (await send(anna, credential)).json()["code"] == "passkey_not_accepted"
    assert await count(session) == 0


async def test_an_account_has_room_for_twenty(
    anna: Person, register: Register, session: AsyncSession
) -> None:
    early = await options_of(anna)
    for _ in range(20):
        await register(anna, Authenticator())
    for answer in (
        await anna("POST", "/passkeys/options"),
        await send(anna, Authenticator().create(early)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "too_many_passkeys")
    assert await count(session) == 20


# Who may


@pytest.mark.parametrize("path", ["/passkeys/options", "/passkeys"])
async def test_it_takes_somebody_who_has_just_signed_in(
    anna: Person, device: Authenticator, clock: MovableClock, sign_in: SignIn, path: str
) -> None:
    credential = device.create(await options_of(anna))
    body = {"name": "Phone", "credential": credential} if path == "/passkeys" else None
    clock.move(RECENT)
    anna.headers = {}
    assert (await anna("POST", path, body)).status_code == 401
    anna.headers = sign_in(anna.user)
    answer = await anna("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")
