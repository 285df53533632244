"""Making an account."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.policy import Role
from app.core.services import Services
from tests.conftest import SignIn, client_of
from tests.factories import Factory, MovableClock

NEW = {"email": "Anna@Example.com", "password": "a-long-pass-phrase"}
USERS = "/api/v1/users"


@pytest.mark.parametrize("path", [USERS, f"{USERS}/", "/api/v1/auth/register"])
async def test_anybody_can_make_an_account(
    client: httpx.AsyncClient, clock: MovableClock, path: str
) -> None:
    new = {**NEW, "username": "anna", "full_name": " Anna  Liffey "}
    answer = await client.post(path, json=new)
    assert answer.status_code == 201
    user = answer.json()
    assert answer.headers["Location"] == f"{USERS}/{user['id']}"
    assert user == {
        "id": user["id"],
        "email": "Anna@Example.com",
        "username": "anna",
        "full_name": "Anna  Liffey",
        "bio": None,
        "website": None,
        "avatar": None,
        "role": "author",
        "is_active": True,
        "is_superuser": False,
        "email_verified_at": None,
        "second_factor": False,
        "created_at": "2026-01-15T12:00:00Z",
        "updated_at": "2026-01-15T12:00:00Z",
    }


async def test_without_a_username_one_is_made_from_the_email(client: httpx.AsyncClient) -> None:
    names = []
    for domain in ("one.example", "two.example", "three.example"):
        answer = await client.post(USERS, json={**NEW, "email": f"Anna@{domain}"})
        names.append(answer.json()["username"])
    assert names == ["Anna", "Anna-2", "Anna-3"]


@pytest.mark.parametrize(
    ("taken", "detail", "code"),
    [
        ({"email": "ANNA@EXAMPLE.COM"}, "Email already registered", "email_taken"),
        ({"username": "ANNA"}, "Username already taken", "username_taken"),
    ],
)
async def test_names_are_taken_whatever_their_case(
    client: httpx.AsyncClient, make: Factory, taken: dict[str, Any], detail: str, code: str
) -> None:
    await make.user(**taken)
    answer = await client.post(USERS, json={**NEW, "username": "anna"})
    assert answer.status_code == 400
    assert (answer.json()["detail"], answer.json()["code"]) == (detail, code)


@pytest.mark.parametrize(
    "change",
    [
        {"email": None},
        {"email": "no-email"},
        {"email": "anna@example.com\x00"},
        {"email": 7},
        {"password": None},
        {"password": "seven77"},
        {"password": "x" * 129},
        {"password": "password1"},
        {"password": "Anna@Example.com"},
        {"password": "nul \x00 nul \x00"},
        {"username": None},
        {"username": "a"},
        {"username": "a" * 51},
        {"username": "two words"},
        {"username": "anna\n"},
        {"username": "caf\u00e9"},
        {"username": "12345"},
        {"username": "Me"},
        {"full_name": ""},
        {"full_name": "x" * 101},
        {"role": "admin"},
        {"is_superuser": True},
        {"is_active": True},
    ],
    ids=str,
)
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    answer = await client.post(USERS, json={**NEW, **change})
    assert answer.status_code == 422
    assert [problem["loc"][:2] for problem in answer.json()["errors"]] == [["body", *change]]


@pytest.mark.parametrize("missing", ["email", "password"])
async def test_email_and_password_are_needed(client: httpx.AsyncClient, missing: str) -> None:
    new = {name: value for name, value in NEW.items() if name != missing}
    answer = await client.post(USERS, json=new)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "missing"


async def test_a_password_is_kept_exactly_as_typed(client: httpx.AsyncClient) -> None:
    password = "  e\u0301 with spaces  "
    await client.post(USERS, json={**NEW, "password": password})
    for typed, status in ((password, 200), (password.strip(), 401)):
        form = {"username": NEW["email"], "password": typed}
        assert (await client.post("/api/v1/auth/login", data=form)).status_code == status


@pytest.mark.parametrize(("policy", "mails"), [("off", 0), ("publish", 1), ("sign_in", 1)])
async def test_a_link_is_mailed_where_addresses_are_to_be_proven(
    app: ASGIApp, services: Services, session: AsyncSession, policy: str, mails: int
) -> None:
    wanted = services.settings.model_copy(update={"email_verification": policy})
    async with client_of(app, replace(services, settings=wanted)) as client:
        assert (await client.post(USERS, json=NEW)).status_code == 201
    count = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'verification.send'")
    assert await session.scalar(count) == mails


async def test_by_invitation_says_so(app: ASGIApp, services: Services) -> None:
    by_invitation = services.settings.model_copy(update={"registration": "invite"})
    async with client_of(app, replace(services, settings=by_invitation)) as client:
        answer = await client.post(USERS, json=NEW)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
    assert "invitation" in answer.json()["detail"]


class TestWhileRegistrationIsClosed:
    @pytest.fixture
    def services(self, services: Services) -> Services:
        closed = services.settings.model_copy(
            update={"registration": "closed", "default_role": "reader"}
        )
        return replace(services, settings=closed)

    @pytest.mark.parametrize("path", [USERS, "/api/v1/auth/register"])
    @pytest.mark.parametrize("role", [None, Role.AUTHOR, Role.EDITOR])
    async def test_nobody_makes_an_account(
        self,
        client: httpx.AsyncClient,
        make: Factory,
        sign_in: SignIn,
        path: str,
        role: Role | None,
    ) -> None:
        headers = sign_in(await make.user(role)) if role else {}
        answer = await client.post(path, headers=headers, json=NEW)
        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")

    async def test_but_an_administrator_does(
        self, client: httpx.AsyncClient, make: Factory, sign_in: SignIn
    ) -> None:
        headers = sign_in(await make.user(Role.ADMIN))
        answer = await client.post(USERS, headers=headers, json=NEW)
        assert (answer.status_code, answer.json()["role"]) == (201, "reader")


async def test_a_place_makes_so_many_accounts_whoever_asks(
    app: ASGIApp, services: Services, make: Factory, sign_in: SignIn
) -> None:
    few = services.settings.model_copy(update={"attempts_per_address": 1})
    async with client_of(app, replace(services, settings=few)) as client:
        answers = [
            await client.post(
                USERS, json={**NEW, "email": f"newcomer{number}@example.com"}, headers=headers
            )
            for number, headers in enumerate([{}, sign_in(await make.user())] * 6)
        ]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 2
