"""What a list costs: counted on the wire, where nothing is forgotten that PostgreSQL is told."""

from functools import _lru_cache_wrapper
from itertools import combinations, islice

import httpx
import pytest

from app.core.db import Sessions
from app.core.policy import Role
from app.core.reading import Reads
from app.features.lists import repository
from app.features.lists.schemas import FIELDS, INCLUDES
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.road import Wire

Headers = dict[str, str]

ARTICLES = "/api/v1/articles"
READING = ("SELECT", "WITH")
LISTS = {
    "all": "",
    "oldest first": "sort=published_at",
    "by title": "sort=title",
    "a tag, by name": "tag=rivers",
    "a tag, by number": "tag=1",
    "an author, by name": "author=anna",
    "an author, by number": "author=1",
    "a series": "series=journey",
    "a language": "locale=en",
    "featured": "featured=true",
    "liked by somebody": "favorited_by=anna",
    "of a time": "published_after=2020-01-01T00:00:00Z&published_before=2030-01-01T00:00:00Z",
    "a tag, an author and a series": "tag=rivers&author=anna&series=journey",
    "what nobody has written": "author=nobody",
    "skipping": "skip=1&limit=1",
    "with everything": "include=author,content,mine,series,tags",
    "a field": "fields=title",
    "all that may be seen": "status=all",
}


@pytest.fixture
def sessions(wired_sessions: Sessions) -> Sessions:
    """Commit, over the wire."""
    return wired_sessions


@pytest.fixture
def reads(wired_reads: Reads) -> Reads:
    """Read as production does, over the wire."""
    return wired_reads


@pytest.fixture(autouse=True)
async def _shelf(make: Factory, author: User) -> None:
    """Three articles."""
    series = await make.series(author, slug="journey")
    for number in range(3):
        await make.article(author, title=f"River {number}", tags=["rivers"], series_id=series.id)


async def told(
    client: httpx.AsyncClient, wire: Wire, address: str, headers: Headers | None = None
) -> tuple[httpx.Response, list[str]]:
    """Return an answer, and what it took once the statement was prepared."""
    await client.get(address, headers=headers)
    wire.forget()
    answer = await client.get(address, headers=headers)
    return answer, wire.executed


@pytest.mark.parametrize("query", LISTS.values(), ids=LISTS)
async def test_a_list_for_anybody_is_one_prepared_statement_and_no_transaction(
    client: httpx.AsyncClient, wire: Wire, query: str
) -> None:
    answer, executed = await told(client, wire, f"{ARTICLES}?{query}")
    assert answer.status_code == 200
    (statement,) = executed
    assert statement.startswith(READING)
    assert wire.messages == {"B": 1, "E": 1, "S": 1}


async def test_so_is_every_page_of_a_walk(client: httpx.AsyncClient, wire: Wire) -> None:
    answer, _ = await told(client, wire, f"{ARTICLES}?limit=1")
    for rel in ("next", "next", "prev", "prev"):
        answer, executed = await told(client, wire, answer.links[rel]["url"])
        assert (len(answer.json()), len(executed), wire.round_trips) == (1, 1, 1)


async def test_so_is_a_list_of_one_author_who_has_written_something(
    client: httpx.AsyncClient, wire: Wire
) -> None:
    answer, executed = await told(client, wire, "/api/v1/users/anna/articles")
    assert (len(answer.json()), len(executed), wire.round_trips) == (3, 1, 1)


@pytest.mark.parametrize("include", ["", "mine,next,previous,related"])
async def test_so_is_the_page_of_an_article(
    client: httpx.AsyncClient, wire: Wire, include: str
) -> None:
    article = (await client.get(f"{ARTICLES}?fields=slug")).json()[1]
    for ref in article.values():
        answer, executed = await told(client, wire, f"{ARTICLES}/{ref}?include={include}")
        assert (answer.status_code, len(executed)) == (200, 1)
        assert wire.messages == {"B": 1, "E": 1, "S": 1}


@pytest.mark.parametrize(("path", "status"), [("nobody", 404), ("rita", 200)])
async def test_where_there_is_nothing_the_author_is_looked_for(
    client: httpx.AsyncClient, make: Factory, wire: Wire, path: str, status: int
) -> None:
    await make.user(username="rita")
    answer, executed = await told(client, wire, f"/api/v1/users/{path}/articles")
    assert (answer.status_code, len(executed), wire.round_trips) == (status, 2, 2)


@pytest.mark.parametrize("query", LISTS.values(), ids=LISTS)
async def test_that_a_client_has_it_already_is_one_tiny_statement(
    client: httpx.AsyncClient, wire: Wire, query: str
) -> None:
    address = f"{ARTICLES}?{query}"
    first = await client.get(address)
    if first.content == b"[]":
        return  # What of nothing has not changed is told by its bytes.
    known = {"If-None-Match": first.headers["ETag"]}
    answer, executed = await told(client, wire, address, known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert wire.messages == {"B": 1, "E": 1, "S": 1}
    assert "changes" in executed[0]
    assert not {"title", "row_to_json", "article_tags", "LIMIT"} & set(executed[0].split())


@pytest.mark.parametrize("query", ["total=true", "total=true&tag=rivers&limit=1"])
async def test_a_total_is_one_more(client: httpx.AsyncClient, wire: Wire, query: str) -> None:
    answer, executed = await told(client, wire, f"{ARTICLES}?{query}")
    assert answer.headers["X-Total-Count"] == "3"
    assert [statement for statement in executed if not statement.startswith(READING)] == []
    assert len(executed) == 2
    assert wire.round_trips == 2


@pytest.mark.parametrize("query", ["q=river", "q=river&tag=rivers", "q=river&sort=title"])
async def test_words_are_understood_first_and_then_found_without_a_transaction(
    client: httpx.AsyncClient, wire: Wire, query: str
) -> None:
    answer, executed = await told(client, wire, f"{ARTICLES}?{query}")
    assert len(answer.json()) == 3
    understood, found = executed
    assert "search_query" in understood
    assert "row_to_json" in found
    assert wire.messages == {"B": 2, "E": 2, "S": 2}


@pytest.mark.parametrize("query", ["", "include=author,content,mine,series,tags", "total=true"])
async def test_for_whoever_is_signed_in_there_is_one_more_which_says_who_that_is(
    client: httpx.AsyncClient, wire: Wire, make: Factory, sign_in: SignIn, query: str
) -> None:
    headers = sign_in(await make.user(Role.EDITOR))
    address = f"{ARTICLES}?{query}"
    _, for_anybody = await told(client, wire, address)
    of_the_list = len(for_anybody)
    answer, executed = await told(client, wire, address, headers)
    assert answer.status_code == 200
    selects = [statement for statement in executed if statement.startswith(READING)]
    assert len(selects) == of_the_list + 1
    assert sum("login_sessions" in statement for statement in selects) == 1
    assert executed == selects  # There is no transaction around them.


async def test_however_many_kinds_are_asked_for_only_so_many_are_remembered(
    client: httpx.AsyncClient,
) -> None:
    kept = [each for each in vars(repository).values() if isinstance(each, _lru_cache_wrapper)]
    assert kept
    for names in islice(combinations(sorted(FIELDS - INCLUDES["content"]), 2), 80):
        answer = await client.get(f"{ARTICLES}?fields={','.join(names)}&limit=1")
        assert answer.status_code == 200
    for each in kept:
        info = each.cache_info()
        assert info.maxsize is not None
        assert info.currsize <= info.maxsize <= 512
