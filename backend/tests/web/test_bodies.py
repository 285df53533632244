"""A body is taken, and refused, as FastAPI itself would do it."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from app.web import problems
from app.web.routing import Route

KINDS = [
    None, "", "application/json", "Application/JSON; charset=utf-8", "application/problem+json",
    "application/json;q", "text/plain", "text/json", "json", "application/x-www-form-urlencoded",
]  # fmt: skip
BODIES = [
    b"", b'{"title": "One"}', b'\xef\xbb\xbf{"title": "One"}', b'{"title": 1}', b"{}", b"[]",
    b"null", b'"title"', b'{"title": "One"', b"title=One", b"\xff\xfe", b"[" * 100_000, b"NaN",
]  # fmt: skip


class Thing(BaseModel):
    """A body."""

    title: str


async def _needs(thing: Thing) -> dict[str, Any]:
    return {"title": thing.title}


async def _may_have(thing: Thing | None = None) -> dict[str, Any]:
    return {"title": thing and thing.title}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has each endpoint twice: as ours, and as FastAPI's."""
    app = FastAPI()
    problems.install(app)
    for path, endpoint in (("/needs", _needs), ("/may-have", _may_have)):
        app.add_api_route(f"/theirs{path}", endpoint, methods=["POST"])
        app.router.add_api_route(
            f"/ours{path}", endpoint, methods=["POST"], route_class_override=Route
        )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/needs", "/may-have"])
async def test_it_is_read_as_fastapi_reads_it(client: httpx.AsyncClient, path: str) -> None:
    for kind, body in product(KINDS, BODIES):
        headers = {} if kind is None else {"Content-Type": kind}
        ours, theirs = [
            await client.post(f"/{whose}{path}", content=body, headers=headers)
            for whose in ("ours", "theirs")
        ]
        assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json()), (kind, body)
