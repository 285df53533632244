"""A thing that has moved is answered 308, with where it is now, to whoever may read it."""

import httpx
import pytest
from starlette.requests import Request

from app.models import Article, User
from app.web.moved import moved
from tests.conftest import SignIn
from tests.factories import Factory

ARTICLES = "/api/v1/articles"


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
async def article(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> Article:
    """A public article that was at `old` and is at `fresh`."""
    article = await make.article(author, slug="old")
    answer = await client.patch(f"{ARTICLES}/old", headers=as_author, json={"slug": "fresh"})
    assert answer.status_code == 200
    return article


@pytest.mark.parametrize("slash", ["", "/"])
async def test_it_says_where_it_is_now_in_header_and_body(
    client: httpx.AsyncClient, article: Article, slash: str
) -> None:
    answer = await client.get(f"{ARTICLES}/old{slash}")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{ARTICLES}/fresh"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.json() == {"id": article.id, "slug": "fresh", "location": f"{ARTICLES}/fresh"}
    assert (await client.get(answer.headers["Location"])).json()["id"] == article.id


@pytest.mark.parametrize(
    "query", ["include=next", "include=previous,next&draft=false", "utm_source=%C3%A9&x=a%26b", "x"]
)
@pytest.mark.usefixtures("article")
async def test_the_query_is_kept(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"{ARTICLES}/old?{query}")
    assert answer.headers["Location"] == f"{ARTICLES}/fresh?{query}"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (b"x=a\r\nSet-Cookie: a=b", "x=a%0D%0ASet-Cookie:%20a=b"),
        ("x=\u00e9".encode(), "x=%C3%A9"),
        (b"x=\xff\xfe", "x=%FF%FE"),
        (b"x=<a>\"'", "x=%3Ca%3E%22'"),
        (b"x=%0d%0a", "x=%0d%0a"),
    ],
)
def test_no_query_breaks_out_of_the_header(query: bytes, kept: str) -> None:
    request = Request({"type": "http", "query_string": query})
    answer = moved(request, "articles", 7, "fresh")
    assert answer.headers["Location"] == f"{ARTICLES}/fresh?{kept}"


def test_a_private_one_is_kept_by_nobody() -> None:
    request = Request({"type": "http", "query_string": b"preview=secret"})
    answer = moved(request, "articles", 7, "fresh", is_private=True)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("article")
async def test_head_says_the_same_without_the_body(client: httpx.AsyncClient) -> None:
    get, head = await client.get(f"{ARTICLES}/old"), await client.head(f"{ARTICLES}/old")
    assert (head.status_code, head.content) == (308, b"")
    assert head.headers["Location"] == get.headers["Location"]


@pytest.mark.parametrize("tag", ["*", None])
@pytest.mark.usefixtures("article")
async def test_having_the_article_makes_it_no_304(
    client: httpx.AsyncClient, tag: str | None
) -> None:
    known = tag or (await client.get(f"{ARTICLES}/fresh")).headers["ETag"]
    answer = await client.get(f"{ARTICLES}/old", headers={"If-None-Match": known})
    assert answer.status_code == 308


async def test_who_may_not_read_it_hears_nothing_of_it(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str],
    sign_in: SignIn, article: Article,
) -> None:  # fmt: skip
    await client.patch(f"{ARTICLES}/{article.id}", headers=as_author, json={"published": False})
    for headers in ({}, sign_in(await make.user())):
        answer = await client.get(f"{ARTICLES}/old", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")
        assert "Location" not in answer.headers
    assert (await client.get(f"{ARTICLES}/old", headers=as_author)).status_code == 308


async def test_an_id_never_moves(client: httpx.AsyncClient, article: Article) -> None:
    assert (await client.get(f"{ARTICLES}/{article.id}")).status_code == 200
