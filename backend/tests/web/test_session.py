"""One request, one transaction; and what a caller hears when the database does not play along."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.core.config import Settings
from app.core.db import Sessions, make_engine, make_sessions
from app.models import Article
from tests.conftest import SignIn
from tests.factories import Factory

NEW_ARTICLE = {"title": "Down the river", "content": "We set out at five."}
REFUSAL = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'refused at the commit' USING ERRCODE = '{code}'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON articles
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
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
    async def sessions(self, settings: Settings) -> AsyncIterator[Sessions]:
        scarce = {"db_pool_size": 1, "db_pool_timeout": 0.01}
        engine = make_engine(settings.model_copy(update=scarce))
        async with engine.connect():
            yield make_sessions(engine)
        await engine.dispose()

    async def test_a_caller_is_told_to_come_back(self, client: httpx.AsyncClient) -> None:
        assert _is_busy(await client.get("/api/v1/articles"))
        assert (await client.get("/health/live")).status_code == 200


class Road:
    """A way to the database over a port of its own, which can be closed and opened again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: asyncio.Server | None = None
        self._traffic: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._traffic:
            writer.close()
        self._traffic.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._settings.db_host, self._settings.db_port
        if host.startswith("/"):
            ends = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            ends = await asyncio.open_connection(host, port)
        self._traffic |= {writer, ends[1]}
        await asyncio.gather(self._pour(reader, ends[1]), self._pour(ends[0], writer))

    async def _pour(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()


class TestWhenTheDatabaseGoesAway:
    @pytest.fixture
    async def road(self, settings: Settings) -> AsyncIterator[Road]:
        road = Road(settings)
        await road.open()
        yield road
        await road.close()

    @pytest.fixture
    async def sessions(self, settings: Settings, road: Road) -> AsyncIterator[Sessions]:
        password = settings.db_password.get_secret_value() or "not asked for"
        detour = {
            "db_host": "127.0.0.1",
            "db_port": road.port,
            "db_password": SecretStr(password),
        }
        engine = make_engine(settings.model_copy(update=detour))
        yield make_sessions(engine)
        await engine.dispose()

    async def test_callers_are_told_to_come_back_until_it_is_there_again(
        self, client: httpx.AsyncClient, road: Road
    ) -> None:
        assert (await client.get("/api/v1/articles")).status_code == 200
        await road.close()
        for path in ("/api/v1/articles", "/api/v1/articles/1", "/health/ready"):
            assert _is_busy(await client.get(path))
        assert (await client.get("/health/live")).status_code == 200
        await road.open()
        assert (await client.get("/api/v1/articles")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200

    async def test_a_restart_between_two_requests_goes_unnoticed(
        self, client: httpx.AsyncClient, road: Road
    ) -> None:
        assert (await client.get("/api/v1/articles")).status_code == 200
        await road.close()
        await road.open()
        assert (await client.get("/api/v1/articles")).status_code == 200
