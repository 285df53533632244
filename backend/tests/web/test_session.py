"""One request, one transaction; and what a caller hears when the database does not play along."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from starlette.types import ASGIApp

from app.core.config import Settings
from app.core.db import Sessions, make_engine, make_sessions
from app.core.reading import Reads, open_reads
from app.core.services import Services
from app.models import Article
from tests.conftest import SignIn, client_of
from tests.factories import Factory
from tests.road import Road

NEW_ARTICLE = {"title": "Down the river", "content": "We set out at five."}
REFUSAL = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'refused at the commit' USING ERRCODE = '{code}'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON articles
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
"""
ENDED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'galley-reads' AND datname = current_database()
"""


async def _run(engine: AsyncEngine, statements: str) -> None:
    async with engine.begin() as connection:
        for statement in statements.split(";\n"):
            await connection.execute(text(statement))


def _is_busy(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("Retry-After"), answer.json()["code"]) == (
        503,
        "1",
        "unavailable",
    )


async def test_an_error_leaves_nothing_behind(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    author = await make.user()
    await make.article(author, slug="taken")
    taken = {**NEW_ARTICLE, "slug": "taken"}
    answer = await client.post("/api/v1/articles", headers=sign_in(author), json=taken)
    assert answer.status_code == 400
    assert await session.scalar(select(func.count()).select_from(Article)) == 1


class TestACommitThatFails:
    """These transactions really commit, because a savepoint runs no deferred constraint."""

    @pytest.fixture
    async def sessions(
        self, committing_sessions: Sessions, engine: AsyncEngine
    ) -> AsyncIterator[Sessions]:
        yield committing_sessions
        await _run(engine, "DROP FUNCTION IF EXISTS refuse CASCADE")

    @pytest.mark.parametrize(("code", "status"), [("23514", 500), ("40001", 503)])
    async def test_is_an_error_and_not_a_201(
        self,
        client: httpx.AsyncClient,
        engine: AsyncEngine,
        make: Factory,
        sign_in: SignIn,
        code: str,
        status: int,
    ) -> None:
        headers = sign_in(await make.user())
        await _run(engine, REFUSAL.replace("{code}", code))
        answer = await client.post("/api/v1/articles", headers=headers, json=NEW_ARTICLE)
        assert answer.status_code == status
        assert "Location" not in answer.headers
        assert "refused" not in answer.text
        assert (await client.get("/api/v1/articles", headers=headers)).json() == []

    async def test_is_not_the_rule(
        self, client: httpx.AsyncClient, engine: AsyncEngine, make: Factory, sign_in: SignIn
    ) -> None:
        headers = sign_in(await make.user())
        answer = await client.post("/api/v1/articles", headers=headers, json=NEW_ARTICLE)
        async with engine.connect() as elsewhere:
            stored = await elsewhere.scalar(select(Article.title))
        assert (answer.status_code, stored) == (201, NEW_ARTICLE["title"])


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
async def test_a_statement_that_waits_too_long_is_given_up(
    client: httpx.AsyncClient, connection: AsyncConnection, engine: AsyncEngine, limit: str
) -> None:
    async with engine.connect() as somebody_else:
        await somebody_else.execute(text("LOCK TABLE articles IN ACCESS EXCLUSIVE MODE"))
        await connection.execute(text(f"SET LOCAL {limit} = '20ms'"))
        assert _is_busy(await client.get("/api/v1/articles"))


class TestWhenEveryConnectionIsTaken:
    @pytest.fixture
    def scarce(self, settings: Settings) -> Settings:
        """Settings with one connection, for which nobody waits long."""
        one = {"db_pool_size": 1, "db_read_pool_size": 1, "db_pool_timeout": 0.01}
        return settings.model_copy(update=one)

    @pytest.fixture
    async def sessions(self, scarce: Settings) -> AsyncIterator[Sessions]:
        engine = make_engine(scarce)
        async with engine.connect():
            yield make_sessions(engine)
        await engine.dispose()

    @pytest.fixture
    async def reads(self, scarce: Settings) -> AsyncIterator[Reads]:
        async with open_reads(scarce) as reads, reads._pool.acquire():
            yield reads

    @pytest.mark.parametrize(
        "path", ["/articles", "/articles?q=river&total=true", "/users/1/articles", "/tags"]
    )
    async def test_a_caller_is_told_to_come_back(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        answer = await client.get(f"/api/v1{path}")
        assert _is_busy(answer)
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await client.get("/health/live")).status_code == 200


async def test_whoever_waits_a_moment_for_a_connection_is_answered(
    app: ASGIApp, services: Services, settings: Settings
) -> None:
    patient = settings.model_copy(update={"db_read_pool_size": 1})
    async with open_reads(patient) as reads, client_of(app, replace(services, reads=reads)) as all_:
        answers = await asyncio.gather(*(all_.get("/api/v1/articles") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


class TestWhenTheDatabaseGoesAway:
    @pytest.fixture
    async def road(self, settings: Settings) -> AsyncIterator[Road]:
        road = Road(settings)
        await road.open()
        yield road
        await road.close()

    @pytest.fixture
    async def sessions(self, road: Road) -> AsyncIterator[Sessions]:
        engine = make_engine(road.settings)
        yield make_sessions(engine)
        await engine.dispose()

    @pytest.fixture
    async def reads(self, road: Road) -> AsyncIterator[Reads]:
        async with open_reads(road.settings) as reads:
            yield reads

    async def test_callers_are_told_to_come_back_until_it_is_there_again(
        self, client: httpx.AsyncClient, road: Road
    ) -> None:
        assert (await client.get("/api/v1/articles")).status_code == 200
        await road.close()
        for path in ("/api/v1/articles", "/api/v1/articles/1", "/api/v1/tags", "/health/ready"):
            assert _is_busy(await client.get(path)), path
        assert (await client.get("/health/live")).status_code == 200
        await road.open()
        for path in ("/api/v1/articles", "/api/v1/tags", "/health/ready"):
            assert (await client.get(path)).status_code == 200, path

    async def test_a_restart_between_two_requests_goes_unnoticed(
        self, client: httpx.AsyncClient, road: Road
    ) -> None:
        paths = ("/api/v1/articles", "/api/v1/articles?q=river", "/api/v1/tags")
        for path in paths:
            assert (await client.get(path)).status_code == 200, path
        await road.close()
        await road.open()
        for path in paths:
            assert (await client.get(path)).status_code == 200, path

    @pytest.mark.parametrize("query", ["", "q=river", "total=true"])
    async def test_a_restart_of_which_nobody_has_heard_yet_costs_a_read_nothing(
        self, client: httpx.AsyncClient, engine: AsyncEngine, query: str
    ) -> None:
        """The server ends a session, and the news of it is still on its way."""
        path = f"/api/v1/articles?{query}"
        assert (await client.get(path)).status_code == 200
        await _run(engine, ENDED)
        answers = [await client.get(path) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
