"""What a key opens: every alias of auth/dependencies.py, with every kind of key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Annotated, get_origin

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from app.core.keys import make_key as any_key
from app.core.policy import Role
from app.core.services import Services
from app.features.auth import dependencies
from app.models import ApiKey, User
from app.web import problems
from app.web.routing import Route
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.features.keys.conftest import KEYS, MakeKey, bearing, codes

SCOPES = ["public:read", "articles:read", "articles:write", "media:write", "admin"]
WRONG, MISSING, PEOPLE_ONLY = (
    (401, "unauthenticated"),
    (403, "scope_missing"),
    (403, "key_not_allowed"),
)
# What each scope opens, and whether whoever comes in by it is known.
FOR_KEYS = {
    "OptionalReader": {"public:read": False, "articles:read": True},
    "Reader": {"articles:read": True},
    "Writer": {"articles:write": True},
    "Manager": {"admin": True},
    "Administrator": {"admin": True},
    "Auditor": {"admin": True},
}
FOR_PEOPLE = (
    "CurrentUser", "CurrentPerson", "RecentUser",
    "EnrollingUser", "EnrollingPerson", "EnrollingSession", "RecentEnrollingUser",
)  # fmt: skip
ALIASES = (*FOR_KEYS, *FOR_PEOPLE)
NO_GUARDS = {"Auth", "DbSession", "Enrolled", "Known", "Now", "Parts", "UserRef"}


def _door(alias: str) -> Callable[..., Awaitable[bool]]:
    """Return an operation that says whether it knows who is asking."""

    async def operation(who: object) -> bool:
        return who is not None

    operation.__annotations__["who"] = vars(dependencies)[alias]
    return operation


def test_every_alias_is_tried() -> None:
    shared = {name for name, value in vars(dependencies).items() if get_origin(value) is Annotated}
    assert {name for name in shared if not name.startswith("_")} - NO_GUARDS == set(ALIASES)


@pytest.fixture
async def doors(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has one operation behind each alias."""
    app = FastAPI()
    app.router.route_class = Route
    problems.install(app)
    for alias in ALIASES:
        app.add_api_route(f"/{alias}", _door(alias))

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
        yield client


@pytest.fixture
async def owner(make: Factory) -> User:
    """An administrator, who can make every kind of key."""
    return await make.user(Role.ADMIN, username="admin")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("alias", FOR_KEYS)
async def test_a_key_opens_what_its_scope_is_for(
    doors: httpx.AsyncClient, make_key: MakeKey, alias: str, scope: str
) -> None:
    answer = await doors.get(f"/{alias}", headers=bearing(await make_key(scope)))
    if scope in FOR_KEYS[alias]:
        assert (answer.status_code, answer.json()) == (200, FOR_KEYS[alias][scope])
    else:
        assert codes([answer]) == [MISSING]


@pytest.mark.parametrize("alias", FOR_PEOPLE)
async def test_no_key_does_anything_about_its_owners_account(
    doors: httpx.AsyncClient, make_key: MakeKey, alias: str
) -> None:
    for scopes in (SCOPES[:1], SCOPES[1:]):
        answer = await doors.get(f"/{alias}", headers=bearing(await make_key(*scopes)))
        assert codes([answer]) == [PEOPLE_ONLY]


@pytest.mark.parametrize("alias", ALIASES)
async def test_somebody_signed_in_needs_no_scope(
    doors: httpx.AsyncClient, owner: User, sign_in: SignIn, alias: str
) -> None:
    assert (await doors.get(f"/{alias}", headers=sign_in(owner))).status_code == 200


@pytest.mark.parametrize("alias", ALIASES)
async def test_without_a_key_or_a_sign_in_only_what_is_public_opens(
    doors: httpx.AsyncClient, alias: str
) -> None:
    expected = [(200, None)] if alias == "OptionalReader" else [WRONG]
    assert codes([await doors.get(f"/{alias}")]) == expected


# What is no good

ENDINGS = {
    "expired": update(ApiKey).values(expires_at=EARLY_2026),
    "revoked": delete(ApiKey),
    "deactivated": update(User).values(is_active=False),
    "gone": delete(User),
}


def _spoilt(key: str) -> dict[str, str]:
    return {
        "another one": any_key(),
        "a wrong checksum": key[:-1] + ("a" if key[-1] != "a" else "b"),
        "in capitals": key.upper(),
        "without its prefix": key.removeprefix("gly_"),
        "its beginning": key[:10],
        "the prefix alone": "gly_",
        "with something behind it": key + "x",
        "huge": "gly_" + "x" * 7000,
        "with marks": f"gly_{'é' * 36}",
        "with a null": key[:-1] + "\x00",
        "with SQL": "gly_' OR 1=1 --",
    }


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("kind", _spoilt(any_key()))
async def test_what_is_no_key_of_ours_is_refused_everywhere(
    doors: httpx.AsyncClient, make_key: MakeKey, alias: str, kind: str
) -> None:
    made = await make_key(*SCOPES[1:])
    header = f"Bearer {_spoilt(made['key'])[kind]}".encode()
    answer = await doors.get(f"/{alias}", headers={b"Authorization": header})
    assert codes([answer]) == [WRONG]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("why", ENDINGS)
async def test_what_is_good_no_more_is_refused_everywhere(
    doors: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession, alias: str, why: str
) -> None:
    made = await make_key(*SCOPES[1:])
    await session.execute(ENDINGS[why])
    await session.commit()
    answer = await doors.get(f"/{alias}", headers=bearing(made))
    assert codes([answer]) == [WRONG]


async def test_a_key_is_sent_in_the_header_and_nowhere_else(
    doors: httpx.AsyncClient, make_key: MakeKey
) -> None:
    key = (await make_key("articles:read"))["key"]
    for query, headers in (
        ({"access_token": key}, {}),
        ({"key": key}, {"X-API-Key": key}),
        ({}, {"Authorization": key}),
        ({}, {"Authorization": f"Basic {key}"}),
        ({}, {"Cookie": f"access_token={key}"}),
    ):
        answer = await doors.get("/Reader", params=query, headers=headers)
        assert codes([answer]) == [WRONG]


# What its owner becomes


async def test_a_key_of_somebody_demoted_does_no_more_than_they_may(
    doors: httpx.AsyncClient, owner: User, make_key: MakeKey, session: AsyncSession
) -> None:
    headers = bearing(await make_key("admin", "articles:write"))
    assert (await doors.get("/Administrator", headers=headers)).status_code == 200
    await session.execute(update(User).filter_by(id=owner.id).values(role=Role.AUTHOR))
    await session.commit()
    answers = [await doors.get(f"/{alias}", headers=headers) for alias in FOR_KEYS]
    open_, refused = (200, None), (403, "not_an_administrator")
    assert codes(answers) == [MISSING, MISSING, open_, open_, refused, refused]


class TestWhileAdministratorsNeedASecondFactor:
    @pytest.fixture
    def services(self, services: Services) -> Services:
        wanted = {"second_factor_roles": (Role.ADMIN,)}
        return replace(services, settings=services.settings.model_copy(update=wanted))

    @pytest.fixture
    async def owner(self, make: Factory) -> User:
        return await make.user(Role.ADMIN, second_factor=True)

    async def test_the_key_of_one_who_lacks_it_waits_for_it(
        self, doors: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession
    ) -> None:
        headers = bearing(await make_key(*SCOPES[1:]))
        assert (await doors.get("/Administrator", headers=headers)).status_code == 200
        await session.execute(update(User).values(second_factor=False))
        await session.commit()
        answers = [await doors.get(f"/{alias}", headers=headers) for alias in FOR_KEYS]
        assert codes(answers) == [(403, "second_factor_enrolment_required")] * len(FOR_KEYS)


# On the real addresses


async def test_a_public_key_reads_what_everybody_reads(
    client: httpx.AsyncClient, make: Factory, owner: User, make_key: MakeKey
) -> None:
    public, draft = await make.article(owner), await make.draft(owner)
    headers = bearing(await make_key("public:read"))
    listed = await client.get("/api/v1/articles", headers=headers)
    assert [article["id"] for article in listed.json()] == [public.id]
    assert (await client.get(f"/api/v1/articles/{draft.id}", headers=headers)).status_code == 404
    written = {"title": "Mine", "content": "Ten characters"}
    answer = await client.post("/api/v1/articles", headers=headers, json=written)
    assert codes([answer]) == [MISSING]


async def test_a_reading_key_reads_drafts_and_writes_nothing(
    client: httpx.AsyncClient, make: Factory, owner: User, make_key: MakeKey
) -> None:
    draft = await make.draft(owner)
    headers = bearing(await make_key("articles:read"))
    address = f"/api/v1/articles/{draft.id}"
    assert (await client.get(address, headers=headers)).status_code == 200
    assert codes([await client.delete(address, headers=headers)]) == [MISSING]


@pytest.mark.parametrize("scope", SCOPES)
async def test_only_a_key_that_administers_reads_more_than_a_public_profile(
    client: httpx.AsyncClient, make: Factory, owner: User, make_key: MakeKey, scope: str
) -> None:
    anna = await make.user()
    headers = bearing(await make_key(scope))
    for user in (anna, owner):
        answer = await client.get(f"/api/v1/users/{user.username}", headers=headers)
        assert (answer.status_code, answer.json()["id"]) == (200, user.id)
        assert ("email" in answer.json()) is (scope == "admin")


async def test_keys_do_nothing_about_keys(client: httpx.AsyncClient, make_key: MakeKey) -> None:
    made = await make_key(*SCOPES[1:])
    new = {"name": "Another", "scopes": ["admin"]}
    answers = [
        await client.post(KEYS, headers=bearing(made), json=new),
        await client.get(KEYS, headers=bearing(made)),
        await client.get(f"{KEYS}/{made['id']}", headers=bearing(made)),
        await client.delete(f"{KEYS}/{made['id']}", headers=bearing(made)),
        await client.get("/api/v1/users/me", headers=bearing(made)),
        await client.get("/api/v1/auth/sessions", headers=bearing(made)),
    ]
    assert codes(answers) == [PEOPLE_ONLY] * len(answers)
