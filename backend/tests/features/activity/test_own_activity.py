"""GET /users/me/activity: what an account did, and what was done to it."""

from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.features.audit.schemas import Event
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.activity.conftest import Happen

ACTIVITY = "/api/v1/users/me/activity"
USERS = "/api/v1/users"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Whose activity it is."""
    return await make.user()


@pytest.fixture
def headers(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's."""
    return sign_in(anna)


async def activity(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get(ACTIVITY, headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_what_the_account_did_is_shown_with_where_from(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, happen: Happen
) -> None:
    await happen(Event.KEY_MADE, actor_id=anna.id, subject_id=anna.id, key_id=7)
    (mine,) = await activity(client, headers)
    assert mine.pop("id") > 0
    assert mine == {
        "at": "2026-01-15T12:00:00Z",
        "event": "key.made",
        "by_me": True,
        "subject_id": anna.id,
        "address": "192.0.2.1",
        "user_agent": "A browser",
        "details": {"key_id": 7},
    }


async def test_what_an_administrator_did_is_shown_without_where_from(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    sign_in: SignIn,
) -> None:
    admin = await make.user(Role.ADMIN)
    change = {"bio": "Moderated."}
    asked = {**sign_in(admin), "User-Agent": "An administrator's browser"}
    answer = await client.patch(f"{USERS}/{anna.id}", headers=asked, json=change)
    assert answer.status_code == 200
    (theirs,) = await activity(client, headers)
    assert (theirs["event"], theirs["by_me"]) == ("account.changed", False)
    assert (theirs["address"], theirs["user_agent"]) == (None, None)
    assert theirs["details"] == {"fields": ["bio"]}
    assert str(admin.username) not in str(theirs)


async def test_a_stranger_who_failed_to_sign_in_is_not_shown(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, happen: Happen
) -> None:
    await happen(Event.SIGN_IN_FAILED, subject_id=anna.id, address="198.51.100.9")
    (attempt,) = await activity(client, headers)
    assert (attempt["by_me"], attempt["address"]) == (False, None)


async def test_what_is_between_others_is_not_shown(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, happen: Happen
) -> None:
    bert, cora = await make.user(), await make.user()
    await happen(Event.ROLE_CHANGED, actor_id=bert.id, subject_id=cora.id)
    await happen(Event.SITE_CHANGED, actor_id=bert.id)
    assert await activity(client, headers) == []


async def test_it_comes_in_pages(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, make: Factory, happen: Happen
) -> None:
    bert = await make.user()
    await happen(Event.SIGNED_IN, actor_id=anna.id, subject_id=anna.id)
    await happen(Event.ROLE_CHANGED, actor_id=bert.id, subject_id=anna.id)
    await happen(Event.INVITATION_MADE, actor_id=anna.id)
    first = await client.get(f"{ACTIVITY}?limit=2&total=true", headers=headers)
    assert first.headers["X-Total-Count"] == "3"
    second = await client.get(first.links["next"]["url"], headers=headers)
    pages = [each["event"] for each in [*first.json(), *second.json()]]
    assert pages == ["invitation.made", "role.changed", "sign_in.done"]


async def test_nobody_signed_in_has_none(client: httpx.AsyncClient) -> None:
    assert (await client.get(ACTIVITY)).status_code == 401
