"""The wiring: the lifespan, CORS, and what stands around every route."""

from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app.bootstrap import EXPOSED_HEADERS, create_app
from app.core.config import Settings
from app.core.services import Services

FRIEND = "https://blog.example.com"


class Lifespanned:
    """The application as a server calls it: each request is given the lifespan's state."""

    def __init__(self, app: ASGIApp, state: Mapping[str, object]) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "state": dict(self.state)}, receive, send)


async def test_the_lifespan_makes_what_requests_need(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        transport = httpx.ASGITransport(Lifespanned(app, state))
        async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
            assert (await client.get("/health/ready")).status_code == 200
        services: Services = state["services"]
        assert services.settings is settings
        assert services.clock().tzinfo is not None


async def test_every_answer_has_a_name(client: httpx.AsyncClient) -> None:
    for path in ("/health", "/docs", "/nothing", "/api/v1/articles"):
        assert (await client.get(path)).headers["X-Request-ID"]


async def test_without_friends_nothing_is_said_to_other_origins(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/articles", headers={"Origin": FRIEND})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "Origin" not in answer.headers["Vary"]


class TestCors:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(settings.model_copy(update={"backend_cors_origins": (FRIEND,)}))

    async def test_a_known_origin_may_read_every_header_we_promise(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/api/v1/articles", headers={"Origin": FRIEND})
        assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.headers["Vary"]
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert set(exposed) == set(EXPOSED_HEADERS) == {
            "Link", "X-Total-Count", "ETag", "Location", "Retry-After", "X-Request-ID",
            "Idempotent-Replay", "RateLimit", "RateLimit-Policy",
        }  # fmt: skip

    async def test_a_known_origin_may_read_errors_too(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/articles/1", headers={"Origin": FRIEND})
        assert answer.status_code == 404
        assert answer.headers["Access-Control-Allow-Origin"] == FRIEND

    async def test_a_known_origin_may_read_even_of_a_crash(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app)  # Without the lifespan's state, nothing works.
        async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
            answer = await client.get("/api/v1/articles", headers={"Origin": FRIEND})
        assert answer.status_code == 500
        assert answer.headers["Access-Control-Allow-Origin"] == FRIEND

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", f"{FRIEND}.evil.example", FRIEND.upper(), f"{FRIEND}:443",
         "http://blog.example.com", "https://x.blog.example.com"],
    )  # fmt: skip
    async def test_any_other_origin_may_not(self, client: httpx.AsyncClient, origin: str) -> None:
        answer = await client.get("/api/v1/articles", headers={"Origin": origin})
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
        preflight = await self._preflight(client, origin)
        assert "Access-Control-Allow-Origin" not in preflight.headers

    @pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
    async def test_a_known_origin_may_write(self, client: httpx.AsyncClient, method: str) -> None:
        answer = await self._preflight(client, FRIEND, method)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
        assert method in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert "idempotency-key" in allowed

    async def _preflight(
        self, client: httpx.AsyncClient, origin: str, method: str = "POST"
    ) -> httpx.Response:
        asked = "authorization, content-type, idempotency-key, if-match"
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": asked,
        }
        return await client.options("/api/v1/articles", headers=headers)


async def test_without_settings_no_origin_is_known(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/articles", headers={"Origin": FRIEND})
    assert "Access-Control-Allow-Origin" not in answer.headers
