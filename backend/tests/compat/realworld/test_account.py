"""One's own account, and changes to it, as RealWorld has them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.services import Services
from tests.compat.realworld.conftest import API, PASSWORD, Conduit
from tests.conftest import client_of
from tests.factories import MovableClock

ANNA = {"username": "anna", "email": "anna@test.com", "password": PASSWORD}
BLANK = ["can't be blank"]
TAKEN = ["has already been taken"]


async def test_only_what_is_given_changes(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    await conduit.ask("PUT", "/user", {"user": {"bio": "Rivers"}}, token=token)
    image = "https://example.com/anna.jpg"
    answer = await conduit.ask("PUT", "/user", {"user": {"image": image}}, token=token)

    assert answer["user"] == {
        "email": "anna@test.com",
        "username": "anna",
        "bio": "Rivers",
        "image": image,
        "token": token,
    }
    assert await conduit.ask("GET", "/user", token=token) == answer
    assert await conduit.ask("PUT", "/user", {"user": {}}, token=token) == answer


@pytest.mark.parametrize("field", ["bio", "image"])
@pytest.mark.parametrize("empty", ["", " ", None])
async def test_a_bio_or_image_is_taken_away(
    field: str, empty: str | None, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    given = {"bio": "Rivers", "image": "https://example.com/anna.jpg"}
    await conduit.ask("PUT", "/user", {"user": given}, token=token)
    answer = await conduit.ask("PUT", "/user", {"user": {field: empty}}, token=token)

    assert answer["user"][field] is None
    assert (await conduit.ask("GET", "/user", token=token))["user"][field] is None


@pytest.mark.parametrize("field", ["username", "email", "password"])
@pytest.mark.parametrize("empty", ["", None])
async def test_nobody_loses(field: str, empty: str | None, conduit: Conduit) -> None:
    token = await conduit.join("anna")

    errors = await conduit.refused(
        "PUT", "/user", {"user": {field: empty}}, token=token, status=422
    )
    assert errors == {field: BLANK}


async def test_a_picture_is_an_address(conduit: Conduit) -> None:
    token = await conduit.join("anna")

    errors = await conduit.refused(
        "PUT", "/user", {"user": {"image": "javascript:alert(1)"}}, token=token, status=422
    )
    assert list(errors) == ["image"]


async def test_a_new_name_and_address_count_at_once(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    new = {"username": "anne", "email": "anne@test.com"}
    answer = await conduit.ask("PUT", "/user", {"user": new}, token=token)

    assert answer["user"] == {**new, "bio": None, "image": None, "token": token}
    assert await conduit.ask("GET", "/user", token=token) == answer
    login = {"user": {"email": "anne@test.com", "password": PASSWORD}}
    assert (await conduit.ask("POST", "/users/login", login))["user"]["username"] == "anne"
    await conduit.refused("POST", "/users/login", {"user": ANNA}, status=401)


async def test_the_old_address_is_told_of_a_new_one(
    conduit: Conduit, session: AsyncSession
) -> None:
    token = await conduit.join("anna")
    await conduit.ask("PUT", "/user", {"user": {"email": "anne@test.com"}}, token=token)

    [letter] = await session.scalars(text("SELECT payload FROM pgqueuer"))
    assert b'"anna@test.com"' in letter


async def test_nobodys_mailbox_is_filled_by_that(app: ASGIApp, services: Services) -> None:
    few = services.settings.model_copy(update={"attempts_per_account": 3})
    async with client_of(app, replace(services, settings=few)) as client:
        conduit = Conduit(client)
        token = await conduit.join("anna")
        statuses = []
        for email in [*["anne@test.com", "anna@test.com"] * 3, "anne@test.com"]:
            user = {"user": {"email": email}}
            headers = {"Authorization": f"Token {token}"}
            answer = await client.put(f"{API}/user", json=user, headers=headers)
            statuses.append(answer.status_code)

    assert statuses == [200] * 6 + [429]


@pytest.mark.parametrize(("field", "value"), [("username", "Bert"), ("email", "BERT@test.com")])
async def test_what_another_has_cannot_be_taken(field: str, value: str, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    await conduit.join("bert")

    errors = await conduit.refused(
        "PUT", "/user", {"user": {field: value}}, token=token, status=409
    )
    assert errors == {field: TAKEN}
    assert (await conduit.ask("GET", "/user", token=token))["user"]["username"] == "anna"


async def test_a_new_password_signs_others_out(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    other = (await conduit.ask("POST", "/users/login", {"user": ANNA}))["user"]["token"]
    await conduit.ask("PUT", "/user", {"user": {"password": "new-pass-word"}}, token=token)

    await conduit.refused("GET", "/user", token=other, status=401)
    await conduit.ask("GET", "/user", token=token)
    await conduit.refused("POST", "/users/login", {"user": ANNA}, status=401)
    await conduit.ask("POST", "/users/login", {"user": {**ANNA, "password": "new-pass-word"}})


@pytest.mark.parametrize("secret", [{"password": "new-pass-word"}, {"email": "new@test.com"}])
async def test_secrets_change_only_for_who_has_just_signed_in(
    secret: dict[str, str], conduit: Conduit, clock: MovableClock
) -> None:
    token = await conduit.join("anna")
    clock.move(timedelta(minutes=20))

    errors = await conduit.refused("PUT", "/user", {"user": secret}, token=token, status=403)
    assert list(errors) == ["token"]
    same = {"email": "anna@test.com", "username": "anna", "bio": "Rivers"}
    answer = await conduit.ask("PUT", "/user", {"user": same}, token=token)
    assert answer["user"]["bio"] == "Rivers"


async def test_where_addresses_are_proven_a_new_one_waits(app: ASGIApp, services: Services) -> None:
    wary = services.settings.model_copy(update={"email_verification": "publish"})
    async with client_of(app, replace(services, settings=wary)) as client:
        conduit = Conduit(client)
        token = await conduit.join("anna")
        new = {"user": {"email": "new@test.com"}}
        answer = await conduit.ask("PUT", "/user", new, token=token)

    assert answer["user"]["email"] == "anna@test.com"
