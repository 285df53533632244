"""A route's dependencies are solved once each, and what only the query says once for all."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from pydantic import BaseModel

from app.core.errors import Unauthenticated
from app.web import problems
from app.web.routing import Route, add_routes
from app.web.solving import LONGEST_REMEMBERED, MOST_REMEMBERED, Solver, of_query, solver_of

calls: list[str] = []


@of_query
async def _limit(limit: Annotated[int, Query(ge=1, le=100)] = 20) -> int:
    calls.append("limit")
    return limit


@of_query
async def _doubled(limit: Annotated[int, Depends(_limit)]) -> int:
    calls.append("doubled")
    return 2 * limit


async def _agent(agent: Annotated[str, Header(alias="User-Agent")] = "") -> str:
    calls.append("agent")
    return agent


async def _opened(agent: Annotated[str, Depends(_agent)]) -> AsyncIterator[str]:
    calls.append("opened")
    try:
        yield f"open for {agent}"
    finally:
        calls.append("closed")


class Answer(BaseModel):
    """All that was solved."""

    ref: int
    limit: int
    doubled: int
    agent: str


router = APIRouter(route_class=Route)


@router.get("/things/{ref}", response_model=Answer)
async def read_thing(
    ref: Annotated[int, Path(ge=1)],
    limit: Annotated[int, Depends(_limit)],
    doubled: Annotated[int, Depends(_doubled)],
    agent: Annotated[str, Depends(_agent)],
    request: Request,
    response: Response,
) -> dict[str, Any]:
    calls.append("endpoint")
    response.headers["X-Path"] = request.url.path
    return {"ref": ref, "limit": limit, "doubled": doubled, "agent": agent}


@router.get("/boxes/{ref}")
async def open_box(
    ref: int,
    opened: Annotated[str, Depends(_opened, scope="function")],
    fail: Annotated[bool, Query()] = False,
) -> dict[str, Any]:
    calls.append("endpoint")
    if fail:
        raise RuntimeError
    return {"ref": ref, "opened": opened}


@router.get("/kettles", status_code=202)
async def read_kettle(response: Response, hot: Annotated[bool, Query()] = False) -> dict[str, Any]:
    if hot:
        response.status_code = 203
    return {"hot": hot}


class Title(BaseModel):
    """A body."""

    title: str


async def _somebody(agent: Annotated[str, Depends(_agent)]) -> str:
    if not agent:
        raise Unauthenticated
    return agent


@router.post("/things")
async def make_thing(
    thing: Title, _: Annotated[str, Depends(_somebody)], limit: Annotated[int, Depends(_limit)]
) -> dict[str, Any]:
    return {"title": thing.title, "limit": limit}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has nothing but the route above."""
    app = FastAPI()
    problems.install(app)
    add_routes(app, [router])
    calls.clear()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    agent = {"User-Agent": "tester"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://galley.test", headers=agent
    ) as client:
        yield client


async def test_each_dependency_is_solved_once(client: httpx.AsyncClient) -> None:
    answer = await client.get("/things/7?limit=3")
    assert answer.json() == {"ref": 7, "limit": 3, "doubled": 6, "agent": "tester"}
    assert answer.headers["X-Path"] == "/things/7"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert calls == ["limit", "doubled", "agent", "endpoint"]


async def test_the_status_is_that_of_the_route_unless_the_endpoint_has_another(
    client: httpx.AsyncClient,
) -> None:
    statuses = [(await client.get(f"/kettles?hot={hot}")).status_code for hot in (0, 1)]
    assert statuses == [202, 203]


async def test_what_follows_from_the_query_is_remembered_and_nothing_else(
    client: httpx.AsyncClient,
) -> None:
    first = await client.get("/things/7?limit=3")
    calls.clear()
    second = await client.get("/things/8?limit=3")
    assert calls == ["agent", "endpoint"]
    assert second.json() == {**first.json(), "ref": 8}


async def test_another_query_is_another(client: httpx.AsyncClient) -> None:
    limits = [(await client.get(f"/things/7?limit={limit}")).json()["limit"] for limit in (3, 4, 3)]
    assert limits == [3, 4, 3]
    assert calls.count("limit") == 2


async def test_all_that_is_wrong_is_said_and_nothing_done(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        refused = await client.get("/things/0?limit=101")
        assert refused.status_code == 422
        assert {tuple(each["loc"]) for each in refused.json()["errors"]} == {
            ("path", "ref"),
            ("query", "limit"),
        }
    assert "endpoint" not in calls


async def test_what_is_opened_is_closed_before_the_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/boxes/7")).json() == {"ref": 7, "opened": "open for tester"}
    assert calls == ["agent", "opened", "endpoint", "closed"]


async def test_what_was_opened_is_closed_when_the_endpoint_fails(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/boxes/7?fail=1")).status_code == 500
    assert calls[-2:] == ["endpoint", "closed"]


async def test_only_so_much_is_remembered(client: httpx.AsyncClient) -> None:
    solver = Solver(Route("/things/{ref}", read_thing).dependant)
    for number in range(MOST_REMEMBERED + 10):
        solver._remember(str(number).encode(), [None] * len(solver._steps))
    assert len(solver._remembered) == MOST_REMEMBERED
    assert b"0" not in solver._remembered
    long = "x" * LONGEST_REMEMBERED
    for _ in range(2):
        await client.get(f"/things/7?other={long}")
    assert calls.count("limit") == 2


async def test_a_body_is_looked_at_after_everything_else(client: httpx.AsyncClient) -> None:
    made = await client.post("/things?limit=3", json={"title": "One"})
    assert made.json() == {"title": "One", "limit": 3}
    nobody = await client.post("/things", json={"title": 1}, headers={"User-Agent": ""})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    for body in ({"title": 1}, {}, None):
        refused = await client.post("/things", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["loc"][0]) == (422, "body")


def test_several_bodies_a_thread_or_what_is_closed_are_left_to_the_framework() -> None:
    async def with_two_bodies(one: Answer, other: Answer) -> None: ...

    def in_a_thread() -> None: ...

    for endpoint in (with_two_bodies, in_a_thread, open_box):
        assert solver_of(Route("/things", endpoint).dependant) is None
