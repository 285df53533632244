"""Being known again: by the access token of a session that goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.config import Settings
from app.core.db import Sessions
from app.core.reading import PooledReads, open_reads
from app.models import LoginSession
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.statements import statements

ARTICLES = "/api/v1/articles"
ME = "/api/v1/users/me"
SESSIONS = "/api/v1/auth/sessions"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Bearer a.b.c", "Basic YW5uYTpwYXNz",
     "nonsense", "Bearer \u00e9.b.c", "Bearer gly_nonsense"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ME), ("PATCH", ME), ("DELETE", ME), ("GET", "/api/v1/users"),
     ("PATCH", "/api/v1/users/1"), ("POST", ARTICLES), ("PATCH", f"{ARTICLES}/1"),
     ("DELETE", f"{ARTICLES}/1"), ("GET", SESSIONS), ("DELETE", f"{SESSIONS}/1"),
     ("POST", "/api/v1/auth/logout-everywhere")],
)  # fmt: skip
async def test_without_a_good_token_nothing_private_is_done(
    client: httpx.AsyncClient, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    answer = await client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Could not validate credentials"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ARTICLES), ("GET", "/api/v1/users/1"), ("POST", "/api/v1/auth/logout")],
)
async def test_a_bad_token_is_an_error_even_where_none_is_needed(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_the_scheme_is_bearer_in_whatever_case(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    token = sign_in(await make.user())["Authorization"].removeprefix("Bearer ")
    answer = await client.get(ME, headers={"Authorization": f"bearer {token}"})
    assert answer.status_code == 200


async def test_a_token_ends_after_a_quarter_of_an_hour(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, clock: MovableClock
) -> None:
    headers = sign_in(await make.user())
    clock.move(timedelta(minutes=15, seconds=-1))
    assert (await client.get(ME, headers=headers)).status_code == 200
    clock.move(timedelta(seconds=1))
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_a_token_ends_with_its_account(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    leaving, inactive = await make.user(), await make.user(is_active=False)
    headers = sign_in(leaving)
    assert (await client.delete(ME, headers=headers)).status_code == 204
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await client.get(ME, headers=sign_in(inactive))).status_code == 401


async def test_a_token_ends_with_its_session(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    user = await make.user()
    row = await session.get_one(LoginSession, make.sessions_of[user.id])
    row.expires_at = clock() + timedelta(seconds=30)
    await session.commit()
    assert (await client.get(ME, headers=sign_in(user))).status_code == 200
    clock.move(timedelta(seconds=30))
    assert (await client.get(ME, headers=sign_in(user))).status_code == 401


async def test_a_session_is_good_for_its_own_account_only(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    anna, other = await make.user(), await make.user()
    make.sessions_of[anna.id] = make.sessions_of[other.id]
    assert (await client.get(ME, headers=sign_in(anna))).status_code == 401


# What it costs


async def test_one_query_finds_the_account_and_knows_that_the_session_goes_on(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, engine: AsyncEngine
) -> None:
    headers = sign_in(await make.user())
    with statements(engine) as sent:
        assert (await client.get(ME, headers=headers)).status_code == 200
    (only,) = (each for each in sent if "users" in each)
    assert "login_sessions" in only
    assert only.startswith("SELECT")


class TestWhenAllConnectionsAreReadOn:
    @pytest.fixture
    def sessions(self, committing_sessions: Sessions) -> Sessions:
        """Commit, so that others see it."""
        return committing_sessions

    @pytest.fixture
    async def reads(self, settings: Settings) -> AsyncIterator[PooledReads]:
        """The reads of production, on one connection that is not waited for."""
        scarce = {"db_read_pool_size": 1, "db_pool_timeout": 0.1}
        async with open_reads(settings.model_copy(update=scarce)) as reads:
            yield reads

    async def test_nothing_is_done_before_it_is_known_for_whom(
        self, client: httpx.AsyncClient, make: Factory, sign_in: SignIn, reads: PooledReads
    ) -> None:
        headers = sign_in(await make.user())
        async with reads._pool.acquire():
            answer = await client.delete(ME, headers=headers)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert (await client.get(ME, headers=headers)).status_code == 200


@pytest.mark.parametrize("path", [ME, SESSIONS, f"{ARTICLES}?status=draft"])
async def test_what_only_its_owner_may_see_is_kept_by_no_shared_cache(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, path: str
) -> None:
    answer = await client.get(path, headers=sign_in(await make.user()))
    assert answer.status_code == 200
    cached = answer.headers.get("Cache-Control", "")
    assert "private" in cached or "no-store" in cached
    assert "public" not in cached
