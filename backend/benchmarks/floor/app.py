"""The bare application: no validation, no middleware, no log; a statement, and its bytes."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.db import PLANNING
from benchmarks.floor.inserts import Inserts
from benchmarks.floor.learn import Answered, Headers, ask
from benchmarks.floor.pages import Recipe, recipe

settings = Settings.load_or_exit()
product = create_app(settings)


class Floor:
    """What one process has learnt from the product, and its own connections."""

    def __init__(self, pool: asyncpg.Pool, state: Any) -> None:  # noqa: ANN401 - of the product
        self.pool, self.state = pool, state
        self.pages: dict[tuple[str, bytes], Recipe] = {}
        self.written: tuple[Answered, Inserts] | None = None
        self.learning = Lock()

    async def page(self, scope: Scope) -> Recipe:
        """Return how the product answers a page, which it is asked once."""
        place = scope["path"], scope["query_string"]
        if place not in self.pages:
            async with self.learning:
                self.pages[place] = recipe(await ask(product, scope, self.state))
        return self.pages[place]

    async def creation(self, request: Request) -> tuple[Answered, Inserts]:
        """Return how it answers a new article, which it is given once, and what it writes."""
        async with self.learning:
            if self.written is None:
                answered = await ask(product, request.scope, self.state, await request.body())
                article = int(dict(answered.headers)[b"location"].rpartition(b"/")[2])
                async with self.pool.acquire() as connection:
                    name = f"bare-{token_hex(4)}"
                    inserts = await Inserts.of(connection, article, answered.asked, name)
                self.written = answered, inserts
        return self.written


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Floor]]:
    """Open as many connections as the product has for reading, and the product beside them."""
    url = settings.database_url
    async with (
        product.router.lifespan_context(product) as state,
        asyncpg.create_pool(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.database,
            min_size=settings.db_read_pool_size,
            max_size=settings.db_read_pool_size,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=64 * 1024,
            reset=_keep,
            server_settings=PLANNING | {"plan_cache_mode": "force_generic_plan"},
        ) as pool,
    ):
        yield {"floor": Floor(pool, state)}


async def _keep(_: asyncpg.Connection) -> None:
    """Leave a connection as it is, which spares a round trip for each request."""


async def read(request: Request) -> Response:
    """Answer a page by the statement that the product takes for it."""
    floor: Floor = request.state.floor
    page = await floor.page(request.scope)
    async with floor.pool.acquire() as connection:
        rows = await connection.fetch(page.sql, *page.arguments)
    return _answer(page.body(rows), 200, page.headers)


async def write(request: Request) -> Response:
    """Insert the rows that the product inserts for a new article."""
    floor: Floor = request.state.floor
    answered, inserts = floor.written or await floor.creation(request)
    async with floor.pool.acquire() as connection:
        await inserts.write(connection)
    return _answer(answered.body, answered.status, answered.headers)


def _answer(body: bytes, status: int, headers: Headers) -> Response:
    response = Response(body, status)
    response.raw_headers += headers
    return response


app = Starlette(
    routes=[Route("/{path:path}", read), Route("/{path:path}", write, methods=["POST"])],
    lifespan=lifespan,
)
