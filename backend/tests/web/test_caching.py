"""Who may keep the answer to a read, and for how long."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.models import User
from app.web.caching import FOR_AN_OUTAGE, PERSONAL, PUBLIC, is_public, say_who_keeps
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]

API = "/api/v1"


def asked(method: str = "GET", **headers: str) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw})


def said(request: Request, status: int, **headers: str) -> tuple[str | None, str | None]:
    """Return what is said to all caches, and to nginx alone."""
    response = Response(status_code=status)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    say_who_keeps(response, request)
    assert "Authorization" in response.headers["Vary"]
    return response.headers.get("Cache-Control"), response.headers.get("X-Accel-Expires")


def test_nobody_in_particular_sends_no_credentials() -> None:
    assert is_public(asked())
    assert is_public(asked(cookie="past=cache"))
    assert not is_public(asked(authorization=""))
    assert not is_public(asked(authorization="Bearer x"))
    assert not is_public(asked("POST"))


@pytest.mark.parametrize("status", [200, 304])
def test_what_everybody_is_told_may_be_shared_for_a_second(status: int) -> None:
    assert said(asked(), status) == (PUBLIC, "@1")
    assert "s-maxage=1," in PUBLIC


@pytest.mark.parametrize("status", [308, 404, 410])
def test_that_something_is_gone_replaces_what_nginx_has_of_it(status: int) -> None:
    assert said(asked(), status)[1] == FOR_AN_OUTAGE["X-Accel-Expires"]


@pytest.mark.parametrize("status", [401, 403, 422, 500, 503])
def test_trouble_is_kept_by_nobody(status: int) -> None:
    assert said(asked(), status) == (None, None)


@pytest.mark.parametrize("status", [200, 304, 308, 404])
def test_what_is_somebodys_own_is_stored_nowhere(status: int) -> None:
    assert said(asked(authorization="Bearer x"), status) == (PERSONAL, None)
    assert PERSONAL == "private, no-store"


@pytest.mark.parametrize("own", ["no-store", "no-cache", "public, max-age=60"])
@pytest.mark.parametrize("status", [200, 304])
def test_whoever_has_said_it_already_has_the_last_word(own: str, status: int) -> None:
    for request in (asked(), asked(authorization="Bearer x")):
        assert said(request, status, Cache_Control=own) == (own, None)


def test_where_a_secret_has_moved_nginx_keeps_nothing_of_it() -> None:
    assert said(asked(), 308, Cache_Control="no-store") == ("no-store", None)


# As requests are answered


@pytest.fixture
async def author(make: Factory) -> User:
    """Somebody with an article, a draft and a series."""
    author = await make.user(username="anna")
    series = await make.series(author, slug="journey")
    await make.article(author, slug="river", tags=["rivers"], series_id=series.id)
    await make.draft(author, slug="plans")
    return author


FOR_EVERYBODY = [
    "/articles", "/articles?q=river", "/articles?status=all&total=true", "/users/anna/articles",
    "/articles/river", "/articles/river?include=previous,next,related", "/tags", "/tags/rivers",
    "/series/journey", "/users/anna",
]  # fmt: skip


@pytest.mark.parametrize("path", FOR_EVERYBODY)
@pytest.mark.usefixtures("author")
async def test_a_read_may_be_shared_by_those_who_are_not_signed_in(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(f"{API}{path}")
    again = await client.get(f"{API}{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    for answer in (first, again):
        assert answer.headers["Cache-Control"] == PUBLIC
        assert answer.headers["X-Accel-Expires"] == "@1"
        assert "Authorization" in answer.headers["Vary"]


@pytest.mark.parametrize("path", [*FOR_EVERYBODY, "/feed", "/users/me/bookmarks", "/users/me"])
async def test_to_one_person_it_is_told_in_private(
    client: httpx.AsyncClient, author: User, sign_in: SignIn, path: str
) -> None:
    answer = await client.get(f"{API}{path}", headers=sign_in(author))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == PERSONAL
    assert "X-Accel-Expires" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/articles/nothing", "/articles/plans", "/articles/1000000", "/users/nobody/articles",
             "/tags/nothing", "/series/nothing"],
)  # fmt: skip
async def test_what_is_not_there_replaces_what_was_kept_of_it_for_everybody(
    client: httpx.AsyncClient, author: User, sign_in: SignIn, path: str
) -> None:
    for anybodys in ({}, {"If-None-Match": '"other"'}):
        answer = await client.get(f"{API}{path}", headers=anybodys)
        assert answer.status_code == 404
        assert answer.headers["X-Accel-Expires"] == "@1"
        assert answer.headers["Cache-Control"] == "no-store"
    answer = await client.get(f"{API}{path}", headers=sign_in(author))
    assert "X-Accel-Expires" not in answer.headers


@pytest.mark.usefixtures("author")
async def test_a_bad_question_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    for query in ("limit=0", "cursor=nonsense", "fields=everything"):
        answer = await client.get(f"{API}/articles?{query}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (422, "no-store")
        assert "X-Accel-Expires" not in answer.headers


async def test_a_write_is_kept_by_nobody(
    client: httpx.AsyncClient, author: User, sign_in: SignIn
) -> None:
    new = {"title": "Down the river", "content": "We set out at five."}
    answer = await client.post(f"{API}/articles", headers=sign_in(author), json=new)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert "X-Accel-Expires" not in answer.headers


async def test_a_draft_is_shown_in_private_alone(
    client: httpx.AsyncClient, author: User, sign_in: SignIn
) -> None:
    for path in ("/articles/plans", "/articles/river?draft=true"):
        answer = await client.get(f"{API}{path}", headers=sign_in(author))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] in {PERSONAL, "no-store"}
        assert "X-Accel-Expires" not in answer.headers
