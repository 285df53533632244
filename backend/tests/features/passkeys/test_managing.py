"""People see, name and remove their own passkeys."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.policy import Role
from app.core.services import Services
from app.features.factors.errors import RequiredByRole
from app.features.passkeys.service import PasskeyService
from app.models import Passkey, RecoveryCode, User
from tests.conftest import SignIn
from tests.factories import MovableClock
from tests.features.factors.conftest import AUTH, Person, audited
from tests.features.passkeys.authenticator import Authenticator, Json
from tests.features.passkeys.conftest import Door, Register, count

RECENT = timedelta(minutes=15)


@pytest.fixture
async def passkey(anna: Person, device: Authenticator, register: Register) -> Json:
    """Anna's passkey."""
    await register(anna, device)
    [made] = (await anna("GET", "/passkeys")).json()
    found: Json = made
    return found


@pytest.fixture
def place(passkey: Json) -> str:
    """Where it is, below /auth."""
    return f"/passkeys/{passkey['id']}"


async def test_they_are_listed_the_newest_first(
    anna: Person, passkey: Json, register: Register, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=1))
    second = await register(anna, Authenticator())
    listed = (await anna("GET", "/passkeys")).json()
    assert [each["id"] for each in listed] == [second["id"], passkey["id"]]
    assert "public_key" not in listed[0]


async def test_when_one_was_used_is_shown(
    anna: Person, place: str, device: Authenticator, door: Door
) -> None:
    before = await anna("GET", place)
    await door.sign_in(device)
    after = await anna("GET", place)
    assert after.json()["last_used_at"] == "2026-01-15T12:00:00Z"
    assert before.headers["ETag"] != after.headers["ETag"]


async def test_one_can_be_renamed(anna: Person, place: str, passkey: Json) -> None:
    answer = await anna("PATCH", place, {"name": "  Old phone "})
    assert (answer.status_code, answer.json()) == (200, passkey | {"name": "Old phone"})
    read = await anna("GET", place)
    assert read.json() == answer.json()
    assert read.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(
    "body", [None, {}, {"name": ""}, {"name": None}, {"name": "x" * 101}, {"sign_count": 0}]
)
async def test_a_bad_name_changes_nothing(
    anna: Person, place: str, passkey: Json, body: object
) -> None:
    assert (await anna("PATCH", place, body)).status_code == 422
    assert (await anna("GET", place)).json() == passkey


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"name": "Mine"}), ("DELETE", None)])
async def test_a_change_can_be_tied_to_what_was_read(
    anna: Person,
    place: str,
    device: Authenticator,
    door: Door,
    session: AsyncSession,
    method: str,
    body: object,
) -> None:
    etag = (await anna("GET", place)).headers["ETag"]
    await anna("PATCH", place, {"name": "Other"})
    stale = await anna(method, place, body, If_Match=etag)
    assert (stale.status_code, await count(session, Passkey)) == (412, 1)
    assert (await anna("GET", place)).json()["name"] == "Other"
    etag = (await anna("GET", place)).headers["ETag"]
    await door.sign_in(device)
    assert (await anna(method, place, body, If_Match=etag)).status_code in {200, 204}


async def test_the_last_one_goes_with_the_recovery_codes(
    anna: Person, place: str, session: AsyncSession
) -> None:
    answer = await anna("DELETE", place)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [await count(session, kind) for kind in (Passkey, RecoveryCode)] == [0, 0]
    assert not await session.scalar(select(User.second_factor))
    assert (await audited(session, anna.user))[-1] == ("factor.removed", {"method": "passkey"})
    assert (await anna("DELETE", place)).status_code == 404


async def test_one_of_two_goes_alone(
    anna: Person, place: str, register: Register, session: AsyncSession
) -> None:
    await register(anna, Authenticator())
    assert (await anna("DELETE", place)).status_code == 204
    assert [await count(session, kind) for kind in (Passkey, RecoveryCode)] == [1, 10]
    assert await session.scalar(select(User.second_factor))


async def test_where_the_role_needs_it_the_last_one_stays(
    anna: Person, passkey: Json, services: Services, settings: Settings, session: AsyncSession
) -> None:
    demanding = settings.model_copy(update={"second_factor_roles": (Role.AUTHOR,)})
    async with services.sessions() as other:
        service = PasskeyService(other, demanding)
        with pytest.raises(RequiredByRole):
            await service.remove(
                anna.user, passkey["id"], check=lambda _: None, at=services.clock()
            )
    assert await count(session, Passkey) == 1


OPERATIONS = [("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)]


@pytest.mark.parametrize(("method", "body"), OPERATIONS)
async def test_to_others_it_is_not_there(
    anna: Person, bert: Person, place: str, passkey: Json, method: str, body: object
) -> None:
    answer = await bert(method, place, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "passkey_not_found")
    assert (await bert("GET", "/passkeys")).json() == []
    assert (await anna("GET", place)).json() == passkey


@pytest.mark.parametrize(("method", "body"), OPERATIONS)
async def test_strangers_are_asked_who_they_are(
    client: httpx.AsyncClient, place: str, method: str, body: object
) -> None:
    assert (await client.request(method, f"{AUTH}{place}", json=body)).status_code == 401
    assert (await client.get(f"{AUTH}/passkeys")).status_code == 401


@pytest.mark.parametrize("id_", ["0", "-1", "x", str(2**63), "%00"])
async def test_what_is_no_id_is_refused(anna: Person, id_: str) -> None:
    for method, body in OPERATIONS:
        assert (await anna(method, f"/passkeys/{id_}", body)).status_code == 422


async def test_removing_takes_somebody_who_has_just_signed_in(
    anna: Person, place: str, clock: MovableClock, sign_in: SignIn
) -> None:
    clock.move(RECENT)
    anna.headers = sign_in(anna.user)
    answer = await anna("DELETE", place)
    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")
    assert (await anna("PATCH", place, {"name": "Mine"})).status_code == 200
