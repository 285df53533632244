"""Sessions that are renewed and ended at once, in one process and in several."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from passlib.hash import bcrypt
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.db import Sessions, make_engine, make_sessions
from app.core.passwords import PasswordHasher, Verdict
from app.core.policy import Role
from app.core.services import Services
from app.models import AuditEvent, LoginSession, RefreshToken, User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory, MovableClock
from tests.races.crowd import CROWD, ROUNDS, at_once, statuses

AUTH = "/api/v1/auth"
ME = "/api/v1/users/me"


class SlowHasher(PasswordHasher):
    """Takes so long to verify that something else happens first."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    @override
    async def verify(self, password: str, stored: str | None) -> Verdict:
        verdict = await super().verify(password, stored)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return verdict


@pytest.fixture
def passwords() -> Iterator[SlowHasher]:
    """The hasher of the application."""
    hasher = SlowHasher()
    yield hasher
    hasher.close()


def sign_in_with_password(client: httpx.AsyncClient, user: User) -> Awaitable[httpx.Response]:
    form = {"username": user.username, "password": PASSWORD, "delivery": "body"}
    return client.post(f"{AUTH}/login", data=form)


def refresh(client: httpx.AsyncClient, token: str) -> Awaitable[httpx.Response]:
    return client.post(f"{AUTH}/refresh", json={"refresh_token": token})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def is_refused(client: httpx.AsyncClient, opened: httpx.Response) -> bool:
    """Say whether neither token of an opened session works any more."""
    used = await client.get(ME, headers=bearer(opened))
    renewed = await refresh(client, opened.json()["refresh_token"])
    return used.status_code == renewed.status_code == 401


async def test_twenty_tabs_that_refresh_at_once_all_go_on_in_one_session(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession
) -> None:
    user = await make.user()
    token = (await sign_in_with_password(client, user)).json()["refresh_token"]
    answers = await at_once(*(refresh(client, token) for _ in range(CROWD)))
    assert statuses(answers) == {200: CROWD}
    assert len({answer.json()["refresh_token"] for answer in answers}) == CROWD
    query = select(func.count(RefreshToken.session_id.distinct()))
    assert await session.scalar(query) == 1
    renewed = await at_once(*(refresh(client, each.json()["refresh_token"]) for each in answers))
    assert statuses(renewed) == {200: CROWD}


async def test_a_stolen_token_that_comes_back_twenty_times_ends_the_session_once(
    client: httpx.AsyncClient, make: Factory, clock: MovableClock, session: AsyncSession
) -> None:
    opened = await sign_in_with_password(client, await make.user())
    token = opened.json()["refresh_token"]
    renewed = await refresh(client, token)
    clock.move(timedelta(seconds=11))
    answers = await at_once(*(refresh(client, token) for _ in range(CROWD)))
    assert statuses(answers) == {401: CROWD}
    assert await is_refused(client, renewed)
    stolen = select(func.count()).select_from(AuditEvent).filter_by(event="session.stolen")
    assert await session.scalar(stolen) == 1


async def test_after_signing_out_everywhere_nothing_works_that_was_renewed_meanwhile(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    for _ in range(ROUNDS):
        user = await make.user()
        opened = [await sign_in_with_password(client, user) for _ in range(4)]
        tokens = [each.json()["refresh_token"] for each in opened]
        left, *renewed = await at_once(
            client.post(f"{AUTH}/logout-everywhere", headers=sign_in(user)),
            *(refresh(client, token) for token in tokens * 2),
        )
        assert left.status_code == 204
        assert statuses(renewed).keys() <= {200, 401}
        went_on = [each for each in renewed if each.status_code == 200]
        assert [await is_refused(client, each) for each in (*opened, *went_on)] == [True] * (
            len(opened) + len(went_on)
        )
        count = select(func.count()).select_from(LoginSession).filter_by(user_id=user.id)
        assert await session.scalar(count) == 0


async def test_signing_out_many_times_at_once_is_no_error(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession
) -> None:
    opened = await sign_in_with_password(client, await make.user())
    token = opened.json()["refresh_token"]
    answers = await at_once(
        *(
            client.post(f"{AUTH}/logout", headers=bearer(opened), json={"refresh_token": token})
            for _ in range(CROWD)
        )
    )
    assert statuses(answers) == {204: CROWD}
    assert await is_refused(client, opened)
    ended = select(func.count()).select_from(AuditEvent).filter_by(event="session.ended")
    assert await session.scalar(ended) == 1


async def test_signing_out_everywhere_from_everywhere_is_no_deadlock(
    client: httpx.AsyncClient, make: Factory
) -> None:
    for _ in range(ROUNDS):
        user = await make.user()
        opened = [await sign_in_with_password(client, user) for _ in range(6)]
        answers = await at_once(
            *(client.post(f"{AUTH}/logout-everywhere", headers=bearer(each)) for each in opened),
            *(refresh(client, each.json()["refresh_token"]) for each in opened),
        )
        assert statuses(answers).keys() <= {200, 204, 401}
        assert [await is_refused(client, each) for each in opened] == [True] * len(opened)


# What happens while a password is being verified


async def test_who_is_switched_off_while_signing_in_gets_nowhere(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    passwords: SlowHasher,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    user = await make.user()
    headers = sign_in(await make.user(Role.ADMIN))
    path = f"/api/v1/users/{user.id}"

    async def switch_off() -> None:
        answer = await client.patch(path, headers=headers, json={"is_active": False})
        assert answer.status_code == 200

    passwords.meanwhile = switch_off
    answer = await sign_in_with_password(client, user)
    assert (answer.status_code, answer.json()["code"]) == (400, "inactive_user")
    count = select(func.count()).select_from(LoginSession).filter_by(user_id=user.id)
    assert await session.scalar(count) == 0


async def test_a_password_that_is_changed_meanwhile_opens_no_session(
    client: httpx.AsyncClient,
    make: Factory,
    passwords: SlowHasher,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    """Else whoever has the old one would stay signed in after its owner has changed it."""
    user = await make.user()
    new_hash = await passwords.hash("another-long-pass-phrase")

    async def change() -> None:
        async with sessions.begin() as other:
            changed = update(User).filter_by(id=user.id).values(password_hash=new_hash)
            await other.execute(changed)

    passwords.meanwhile = change
    answer = await sign_in_with_password(client, user)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_login")


async def test_sign_ins_and_switching_off_at_once_leave_no_session(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    headers = sign_in(await make.user(Role.ADMIN))
    for _ in range(ROUNDS):
        user = await make.user()
        path = f"/api/v1/users/{user.id}"
        switched, *opened = await at_once(
            client.patch(path, headers=headers, json={"is_active": False}),
            *(sign_in_with_password(client, user) for _ in range(4)),
        )
        assert switched.status_code == 200
        assert statuses(opened).keys() <= {200, 400}
        went_in = [each for each in opened if each.status_code == 200]
        assert [await is_refused(client, each) for each in went_in] == [True] * len(went_in)
        count = select(func.count()).select_from(LoginSession).filter_by(user_id=user.id)
        assert await session.scalar(count) == 0


async def test_signing_in_many_times_at_once_works_each_time(
    client: httpx.AsyncClient, make: Factory
) -> None:
    user = await make.user()
    answers = await at_once(*(sign_in_with_password(client, user) for _ in range(8)))
    assert statuses(answers) == {200: 8}
    assert [await is_refused(client, each) for each in answers] == [False] * 8


async def test_signing_in_at_once_with_an_old_hash_works_each_time(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession
) -> None:
    """One of them replaces the hash, and the others find a new one of the same password."""
    user = await make.user(password_hash=bcrypt.using(rounds=4).hash(PASSWORD))
    answers = await at_once(*(sign_in_with_password(client, user) for _ in range(6)))
    assert statuses(answers) == {200: 6}
    stored = await session.scalar(select(User.password_hash).filter_by(id=user.id))
    assert str(stored).startswith("$argon2id$")


# Several workers


@pytest.fixture
async def other_worker(settings: Settings, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a second worker: its own application and its own connections."""
    engine = make_engine(settings)
    theirs = replace(services, sessions=make_sessions(engine))
    app: ASGIApp = create_app(settings)

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"services": theirs}}, receive, send)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
        yield client
    await engine.dispose()


@dataclass(frozen=True, slots=True)
class Ending:
    """A request that ends a session: somebody's own, or an administrator's about them."""

    method: str
    path: str
    by_administrator: bool = False
    changes: Mapping[str, object] | None = None


ENDINGS = {
    "signing out": Ending("POST", f"{AUTH}/logout"),
    "signing out everywhere": Ending("POST", f"{AUTH}/logout-everywhere"),
    "deleting the account": Ending("DELETE", ME),
    "switching off": Ending("PATCH", "/api/v1/users/{id}", True, {"is_active": False}),
    "another role": Ending("PATCH", "/api/v1/users/{id}", True, {"role": "reader"}),
    "another password": Ending(
        "PATCH", "/api/v1/users/{id}", True, {"password": "another-long-pass-phrase"}
    ),
}


@pytest.mark.parametrize("how", ENDINGS)
async def test_what_one_worker_ends_the_other_refuses_at_its_next_request(
    client: httpx.AsyncClient,
    other_worker: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    how: str,
) -> None:
    user, admin = await make.user(), sign_in(await make.user(Role.ADMIN))
    opened = await sign_in_with_password(client, user)
    assert (await other_worker.get(ME, headers=bearer(opened))).status_code == 200
    ending = ENDINGS[how]
    ended = await client.request(
        ending.method,
        ending.path.format(id=user.id),
        headers=admin if ending.by_administrator else bearer(opened),
        json=ending.changes,
    )
    assert ended.status_code in {200, 204}
    assert await is_refused(other_worker, opened)
    assert await is_refused(client, opened)
