"""Lists of tags: what is in them, for whom, in which order, and what is counted."""

import re
from datetime import timedelta

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

TAGS = "/api/v1/tags"
DAY = timedelta(days=1)


async def listed(
    client: httpx.AsyncClient, query: str = "", headers: dict[str, str] | None = None
) -> dict[str, int]:
    """Return the names of a list with their counts; there must be as many as its total says."""
    answer = await client.get(f"{TAGS}?total=true&{query}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == str(len(answer.json()))
    return {tag["name"]: tag["article_count"] for tag in answer.json()}


@pytest.fixture
async def _shelf(make: Factory, author: User) -> None:
    """Articles of every status, each with a tag of its own and one that all have."""
    await make.article(author, tags=["all", "public"])
    await make.article(author, tags=["all", "scheduled"], published_at=EARLY_2026 + DAY)
    await make.draft(author, tags=["all", "draft"])
    await make.article(author, tags=["all", "binned"], deleted_at=EARLY_2026)
    await make.tag("unused")


@pytest.mark.usefixtures("_shelf")
async def test_only_public_articles_are_counted(
    client: httpx.AsyncClient, as_editor: dict[str, str]
) -> None:
    found = await listed(client, headers=as_editor)
    assert found == {
        "all": 1, "binned": 0, "draft": 0, "public": 1, "scheduled": 0, "unused": 0
    }  # fmt: skip


@pytest.mark.usefixtures("_shelf")
async def test_a_scheduled_article_counts_when_its_time_comes(
    client: httpx.AsyncClient, clock: MovableClock
) -> None:
    assert await listed(client) == {"all": 1, "public": 1}
    clock.move(DAY)
    assert await listed(client) == {"all": 2, "public": 1, "scheduled": 1}


@pytest.mark.parametrize("query", ["", "q=d", "sort=-name", "skip=0"])
@pytest.mark.parametrize("role", [None, Role.READER, Role.AUTHOR])
@pytest.mark.usefixtures("_shelf")
async def test_nobody_learns_of_a_draft_by_its_tags(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role | None, query: str
) -> None:
    headers = sign_in(await make.user(role)) if role else None
    assert (await listed(client, query, headers)).keys() <= {"all", "public"}


@pytest.mark.usefixtures("_shelf")
async def test_administrators_see_what_editors_see(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, as_editor: dict[str, str]
) -> None:
    as_admin = sign_in(await make.user(Role.ADMIN))
    assert await listed(client, headers=as_admin) == await listed(client, headers=as_editor)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=name", ["banks", "Boats", "rivers", "\u00d6land"]),
        ("sort=-name", ["\u00d6land", "rivers", "Boats", "banks"]),
        ("q=b", ["banks", "Boats"]),
        ("q=B", ["banks", "Boats"]),
        ("q=RIVERS", ["rivers"]),
        ("q=%C3%B6", ["\u00d6land"]),
        ("q=oats", []),
        ("q=%25", []),
        ("q=_", []),
        ("q=%5C", []),
        ("q=/", []),
    ],
)
async def test_a_list_is_by_name_and_narrowed_by_its_beginning(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    query: str,
    found: list[str],
) -> None:
    for name in ("rivers", "Boats", "banks", "\u00d6land"):
        await make.tag(name)
    assert list(await listed(client, query, as_editor)) == found


@pytest.mark.parametrize("sort", ["name", "-name"])
async def test_a_walk_by_cursor_meets_each_tag_once(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory, sort: str
) -> None:
    names = ["a", "B", "c", "D", "\u00c9ire", "\u0130stanbul", "\u1e9e"]
    for name in names:
        await make.tag(name)
    walked, query = list[str](), f"{TAGS}?sort={sort}&limit=2"
    while query:
        answer = await client.get(query, headers=as_editor)
        walked += [tag["name"] for tag in answer.json()]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        query = following[1] if following else ""
    assert sorted(walked) == sorted(names)
    back = await client.get(re.findall(r'<([^>]+)>; rel="prev"', answer.headers["Link"])[0],
                            headers=as_editor)  # fmt: skip
    assert [tag["name"] for tag in back.json()] == walked[-3:-1]


@pytest.mark.parametrize(
    "query",
    ["sort=article_count", "limit=0", "limit=101", "cursor=x", "q=", f"q={'x' * 51}", "q=%00"],
)
async def test_a_list_that_makes_no_sense_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{TAGS}?{query}")).status_code == 422


async def test_a_cursor_of_the_other_order_is_refused(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory
) -> None:
    for name in ("a", "b"):
        await make.tag(name)
    answer = await client.get(f"{TAGS}?limit=1", headers=as_editor)
    query = re.findall(r'<([^>]+)>; rel="next"', answer.headers["Link"])[0]
    assert (await client.get(f"{query}&sort=-name", headers=as_editor)).status_code == 422


async def test_a_list_takes_as_many_statements_whatever_its_length(
    client: httpx.AsyncClient, make: Factory, author: User, statements: list[str]
) -> None:
    sent = []
    for number in range(3):
        await make.article(author, tags=[f"tag {number} {other}" for other in range(5)])
        statements.clear()
        assert len(await listed(client)) == 5 * (number + 1)
        sent.append(len([each for each in statements if "SAVEPOINT" not in each]))
    assert sent == [3, 3, 3]  # the page, its counts, and the total that was asked for
