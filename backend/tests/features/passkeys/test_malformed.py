"""Whatever is sent as a passkey that is none is refused, and changes nothing."""

import json
from collections.abc import Callable

import cbor2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.features.factors.conftest import Person
from tests.features.passkeys.authenticator import Authenticator, Json, encoded
from tests.features.passkeys.conftest import count, options_of, send


def attestation(**parts: object) -> str:
    return encoded(cbor2.dumps(parts))


@pytest.mark.parametrize(
    "text",
    [
        "AAAAA",
        encoded(b"\xff" * 100),
        encoded(b"\x81" * 8000 + b"\x00"),
        encoded(b"\x5b" + b"\xff" * 8),
        encoded(b"\x9b\x7f" + b"\xff" * 7),
        encoded(b"\xbb\x7f" + b"\xff" * 7),
        encoded(b"\xc5\x82\x1b\x7f" + b"\xff" * 7 + b"\x01"),
        encoded(b"\xd8\x1c\x81\xd8\x1d\x00"),
        encoded(b"\xa0"),
        encoded(b"\xf6"),
        attestation(fmt="none", attStmt={}, authData=b""),
        attestation(fmt="none", attStmt={}, authData=b"x" * 36),
        attestation(fmt="none", attStmt={}, authData=7),
        attestation(fmt="none", attStmt={}, authData=b"x" * 5000),
        attestation(fmt=None, attStmt=None, authData=None),
    ],
    ids=lambda text: text[:16],
)
async def test_an_attestation_that_is_none_is_refused(
    anna: Person, device: Authenticator, text: str
) -> None:
    credential = device.create(await options_of(anna))
    credential["response"]["attestationObject"] = text
    answer = await send(anna, credential)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_not_accepted")


@pytest.mark.parametrize(
    "key",
    [
        None,
        7,
        [],
        {},
        {1: 2},
        {1: 2, 3: -7, -1: 1, -2: b"", -3: b""},
        {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32},
        {1: 2, 3: -7, -1: 99, -2: b"\x01" * 32, -3: b"\x01" * 32},
        {1: 2, 3: -7, -1: 1, -2: "x", -3: []},
        {1: 3, 3: -257, -1: b"\x01", -2: b"\x01"},
        {1: 3, 3: -65535, -1: b"\xff" * 256, -2: b"\x01\x00\x01"},
        {1: 1, 3: -8, -1: 6, -2: b"short"},
        {1: 7, 3: -48, -1: b"\x00" * 1312},
        {1: 99, 3: -7},
        {1: [], 3: {}},
    ],
    ids=str,
)
async def test_a_key_that_nothing_can_be_verified_with_is_refused(
    anna: Person, device: Authenticator, key: object
) -> None:
    credential = device.create(await options_of(anna))
    attested = attestation(fmt="none", attStmt={}, authData=device.attested_data(key))
    credential["response"]["attestationObject"] = attested
    answer = await send(anna, credential)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_not_accepted")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"type": "webauthn.create"}',
        b'{"type": [], "challenge": {}, "origin": null}',
        b'{"type": "webauthn.create", "challenge": "\\ud800", "origin": "http://localhost:8080"}',
        json.dumps({"type": "webauthn.create", "challenge": "x" * 5000, "origin": 1}).encode(),
    ],
)
async def test_client_data_that_is_none_is_refused(
    anna: Person, device: Authenticator, said: bytes
) -> None:
    credential = device.create(await options_of(anna))
    credential["response"]["clientDataJSON"] = encoded(said) or "AA"
    answer = await send(anna, credential)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_not_accepted")


def without(credential: Json, *path: str) -> Json:
    *way, last = path
    place = credential
    for step in way:
        place = place[step]
    del place[last]
    return credential


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: None,
        lambda credential: [credential],
        json.dumps,
        lambda credential: without(credential, "id"),
        lambda credential: without(credential, "rawId"),
        lambda credential: without(credential, "type"),
        lambda credential: without(credential, "response"),
        lambda credential: without(credential, "response", "clientDataJSON"),
        lambda credential: without(credential, "response", "attestationObject"),
        lambda credential: credential | {"type": "password"},
        lambda credential: credential | {"id": "not base64url!"},
        lambda credential: credential | {"id": "A" * 1365},
        lambda credential: credential | {"rawId": "\u00e9"},
        lambda credential: credential | {"response": {"clientDataJSON": "A" * 8193}},
        lambda credential: credential | {"response": {"attestationObject": "A" * 32_769}},
        lambda credential: (
            credential | {"response": credential["response"] | {"transports": ["x"] * 21}}
        ),
        lambda credential: (
            credential | {"response": credential["response"] | {"transports": ["x" * 51]}}
        ),
    ],
)
async def test_what_no_browser_sends_is_refused(
    anna: Person, device: Authenticator, spoil: Callable[[Json], object], session: AsyncSession
) -> None:
    answer = await send(anna, spoil(device.create(await options_of(anna))))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert await count(session) == 0


@pytest.mark.parametrize("name", ["", " ", "x" * 101, None, 7, "\x00"])
async def test_a_name_is_a_line(anna: Person, device: Authenticator, name: object) -> None:
    answer = await send(anna, device.create(await options_of(anna)), name)
    assert answer.status_code == 422
