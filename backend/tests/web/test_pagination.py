"""Pages on the wire, as every list of the API has them."""

import re
from datetime import timedelta

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

ARTICLES = "/api/v1/articles"


@pytest.fixture
async def author(make: Factory) -> User:
    """Somebody with seven articles, the oldest of which is called 1."""
    author = await make.user()
    for number in range(1, 8):
        published_at = make._clock() - timedelta(hours=8 - number)
        await make.article(author, title=str(number), published_at=published_at)
    return author


def links(answer: httpx.Response) -> dict[str, str]:
    """Return the addresses of the `Link` header by their relation."""
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"])}


def titles(answer: httpx.Response) -> str:
    assert answer.status_code == 200
    return "".join(article["title"] for article in answer.json())


@pytest.mark.usefixtures("author")
async def test_a_list_is_a_plain_array_newest_first(client: httpx.AsyncClient) -> None:
    answer = await client.get(ARTICLES)
    assert titles(answer) == "7654321"
    assert links(answer) == {"first": ARTICLES}
    assert "X-Total-Count" not in answer.headers


@pytest.mark.usefixtures("author")
async def test_next_leads_to_the_end_and_prev_back_again(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ARTICLES}?limit=3")
    walked = [titles(answer)]
    while "next" in links(answer):
        answer = await client.get(links(answer)["next"])
        walked.append(titles(answer))
    assert walked == ["765", "432", "1"]
    while "prev" in links(answer):
        answer = await client.get(links(answer)["prev"])
        walked.append(titles(answer))
    assert walked[3:] == ["432", "765"]
    assert titles(await client.get(links(answer)["first"])) == "765"


async def test_a_walk_is_stable_while_others_write(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    answer = await client.get(f"{ARTICLES}?limit=3")
    seen = titles(answer)
    while "next" in links(answer):
        await make.article(author, title="new")
        answer = await client.get(links(answer)["next"])
        seen += titles(answer)
    assert seen == "7654321"


async def test_items_with_the_same_date_are_each_seen_once(
    client: httpx.AsyncClient, make: Factory, clock: MovableClock
) -> None:
    author = await make.user()
    for number in range(1, 8):
        await make.article(author, title=str(number), published_at=clock())
    answer = await client.get(f"{ARTICLES}?limit=2")
    seen = titles(answer)
    while "next" in links(answer):
        answer = await client.get(links(answer)["next"])
        seen += titles(answer)
    assert seen == "7654321"


@pytest.mark.parametrize(
    "title", ["\U0001f469\u200d\U0001f680", "non\u00a0breaking", "\U0001f469" * 200, "\\" * 200]
)
async def test_a_title_of_any_kind_is_a_place_to_go_on_from(
    client: httpx.AsyncClient, make: Factory, title: str
) -> None:
    author = await make.user()
    for _ in range(2):
        await make.article(author, title=title)
    answer = await client.get(f"{ARTICLES}?limit=1&sort=title")
    answer = await client.get(links(answer)["next"])
    assert titles(answer) == title
    assert titles(await client.get(links(answer)["prev"])) == title


@pytest.mark.parametrize(
    ("sort", "order"),
    [("title", "1234567"), ("-title", "7654321"), ("published_at", "1234567"),
     ("-published_at", "7654321"), ("created_at", "1234567"), ("-created_at", "7654321"),
     ("updated_at", "1234567"), ("-updated_at", "7654321")],
)  # fmt: skip
@pytest.mark.usefixtures("author")
async def test_every_order_is_walked_alike(
    client: httpx.AsyncClient, sort: str, order: str
) -> None:
    answer = await client.get(f"{ARTICLES}?limit=4&sort={sort}")
    rest = await client.get(links(answer)["next"])
    assert titles(answer) + titles(rest) == order
    assert titles(await client.get(links(rest)["prev"])) == order[:4]


@pytest.mark.usefixtures("author")
async def test_links_keep_every_other_parameter(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ARTICLES}/?limit=3&sort=title&total=true")
    for url in links(answer).values():
        parameters = httpx.URL(url).params
        assert httpx.URL(url).is_relative_url
        assert httpx.URL(url).path == ARTICLES
        assert {"limit": "3", "sort": "title", "total": "true"}.items() <= dict(parameters).items()


@pytest.mark.usefixtures("author")
async def test_skip_is_linked_by_skip(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ARTICLES}?limit=2&skip=3")
    assert titles(answer) == "43"
    assert links(answer) == {
        "first": f"{ARTICLES}?limit=2",
        "prev": f"{ARTICLES}?limit=2&skip=1",
        "next": f"{ARTICLES}?limit=2&skip=5",
    }
    assert "next" not in links(await client.get(f"{ARTICLES}?limit=2&skip=5"))


@pytest.mark.usefixtures("author")
async def test_pages_by_skip_do_not_overlap(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ARTICLES}?limit=3&skip=2")
    assert titles(answer) == "543"
    assert titles(await client.get(links(answer)["prev"])) == "76"


@pytest.mark.usefixtures("author")
async def test_beyond_the_end_only_the_first_page_is_known(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ARTICLES}?limit=3&skip=7")
    assert titles(answer) == ""
    assert links(answer) == {"first": f"{ARTICLES}?limit=3"}


@pytest.mark.usefixtures("author")
async def test_beyond_what_skip_can_reach_a_cursor_goes_on(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.pagination.MAX_SKIP", 4)
    answer = await client.get(f"{ARTICLES}?limit=2&skip=4")
    assert "cursor" in httpx.URL(links(answer)["next"]).params
    assert titles(answer) + titles(await client.get(links(answer)["next"])) == "321"


@pytest.mark.parametrize("place", ["", "&skip=5", "&skip=10000"])
@pytest.mark.usefixtures("author")
async def test_the_total_counts_everything_when_asked(
    client: httpx.AsyncClient, place: str
) -> None:
    answer = await client.get(f"{ARTICLES}?limit=2&total=true{place}")
    assert answer.headers["X-Total-Count"] == "7"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=9223372036854775808", "limit=ten", "limit=",
     "skip=-1", "skip=10001", "skip=1.5", "cursor=", "cursor=nonsense", "cursor=%00",
     f"cursor={'a' * 2049}", "total=perhaps"],
)  # fmt: skip
@pytest.mark.parametrize("path", [ARTICLES, "/api/v1/users/{author}/articles", "/api/v1/users"])
async def test_a_page_that_cannot_be_is_refused_and_never_bent(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, path: str, query: str
) -> None:
    admin = await make.user(Role.ADMIN)
    address = f"{path.format(author=admin.id)}?{query}"
    answer = await client.get(address, headers=sign_in(admin))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1


@pytest.mark.usefixtures("author")
async def test_cursor_and_skip_exclude_each_other(client: httpx.AsyncClient) -> None:
    following = links(await client.get(f"{ARTICLES}?limit=2"))["next"]
    answer = await client.get(f"{following}&skip=2")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_and_skip")


@pytest.mark.usefixtures("author")
async def test_a_cursor_belongs_to_its_order(client: httpx.AsyncClient) -> None:
    following = links(await client.get(f"{ARTICLES}?limit=2"))["next"]
    answer = await client.get(f"{following}&sort=title")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.usefixtures("author")
async def test_a_limit_of_100_is_served(client: httpx.AsyncClient) -> None:
    assert titles(await client.get(f"{ARTICLES}?limit=100")) == "7654321"


async def test_a_query_that_would_make_links_too_long_is_refused(client: httpx.AsyncClient) -> None:
    for query in ('"' * 2_100, "%FF" * 600 + "x" * 700):
        refused = await client.get(f"/api/v1/articles?{query}")
        assert (refused.status_code, refused.json()["code"]) == (422, "query_too_long")
    assert (await client.get(f"/api/v1/articles?{'x' * 1_900}")).status_code == 200
