"""Lists of those who follow many are read from indexes, however much there is besides."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]
Ask = Callable[[User, str], Awaitable[list[dict[str, Any]]]]

PEOPLE = 1_000
TAGS = 1_000
ARTICLES = 20_000
FOLLOWED = 500
FOLLOWED_TAGS = 10

# Of the articles, every second is by somebody who is followed, and every hundredth has such a tag.
MUCH = (
    """
    INSERT INTO users
        (email, username, password_hash, role, is_active, created_at, updated_at, version)
    SELECT 'n' || n || '@example.com', 'n' || n, '', 'author', true, :now, :now, 1
    FROM generate_series(1, :people) AS n
    """,
    """
    INSERT INTO tags (slug, name, created_at, updated_at, version)
    SELECT 't' || n, 't' || n, :now, :now, 1 FROM generate_series(1, :tags) AS n
    """,
    """
    INSERT INTO articles
        (author_id, author_ids, slug, title, tags, published, published_at, content, plain_text,
         created_at, updated_at, version)
    SELECT author.id, ARRAY[author.id], 's-' || n, 'Title', ARRAY[tag.name], true,
        cast(:now AS timestamptz) - n * interval '1 minute', 'A text', 'A text', :now, :now, 1
    FROM generate_series(1, :articles) AS n
    JOIN users AS author ON author.username = 'n' || (1 + n % :people)
    JOIN tags AS tag ON tag.slug = 't' || (1 + n % :tags)
    """,
    """
    INSERT INTO article_authors (article_id, user_id, position)
    SELECT id, author_id, 0 FROM articles
    """,
    """
    INSERT INTO article_tags (article_id, tag_id, position)
    SELECT articles.id, tags.id, 0 FROM articles JOIN tags ON tags.name = articles.tags[1]
    """,
    """
    INSERT INTO user_follows (follower_id, followed_id, created_at)
    SELECT reader.id, writer.id, cast(:now AS timestamptz) + n * interval '1 second'
    FROM generate_series(1, :followed) AS n
    JOIN users AS writer ON writer.username = 'n' || 2 * n
    JOIN users AS reader ON reader.username = 'rita'
    """,
    """
    INSERT INTO user_follows (follower_id, followed_id, created_at)
    SELECT follower.id, followed.id, cast(:now AS timestamptz) + follower.id * interval '1 second'
    FROM users AS follower
    JOIN users AS followed
        ON followed.username IN ('anna', 'n1', 'n3') OR followed.id % 50 = follower.id % 50
    WHERE follower.username LIKE 'n%' AND follower.id <> followed.id
    """,
    """
    INSERT INTO tag_follows (user_id, tag_id, created_at)
    SELECT reader.id, tags.id, :now FROM tags JOIN users AS reader ON reader.username = 'rita'
    WHERE tags.slug IN ('t1', 't11', 't21', 't31', 't41', 't51', 't61', 't71', 't81', 't91')
    """,
    "ANALYZE",
)


@contextmanager
def sent_by(connection: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions that are sent, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        if str(given[2]).startswith(("SELECT", "WITH")):
            sent.append((str(given[2]), given[3]))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection.sync_connection, "before_cursor_execute", note)


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for below in plan.get("Plans", []):
        yield from steps(below)


@pytest.fixture
async def much(connection: AsyncConnection, make: Factory, anna: User, rita: User) -> None:
    """Twenty thousand articles of a thousand people; Rita follows half of those, and ten tags."""
    values = {
        "now": anna.created_at,
        "people": PEOPLE,
        "tags": TAGS,
        "articles": ARTICLES,
        "followed": FOLLOWED,
    }
    for statement in MUCH:
        asked = text(statement)
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(asked, named)


@pytest.fixture
def ask(client: httpx.AsyncClient, connection: AsyncConnection, sign_in: SignIn) -> Ask:
    """Returns the steps that the database takes to answer, with how many rows each has read."""

    async def ask(reader: User, address: str) -> list[dict[str, Any]]:
        with sent_by(connection) as sent:
            answer = await client.get(f"/api/v1{address}", headers=sign_in(reader))
        assert answer.status_code == 200
        assert answer.json() != []
        taken: list[dict[str, Any]] = []
        for statement, values in sent:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values
            )
            plan = explained.scalar_one()
            [whole] = json.loads(plan) if isinstance(plan, str) else plan
            taken += steps(whole["Plan"])
        return taken

    return ask


def most_read(taken: list[dict[str, Any]]) -> int:
    """Return how many rows the step with most of them has gone through."""
    return max(
        int(step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * int(step["Actual Loops"])
        for step in taken
    )


def whole_tables(taken: list[dict[str, Any]]) -> set[str]:
    """Return the tables that are read from their beginning to their end."""
    return {step["Relation Name"] for step in taken if step["Node Type"] == "Seq Scan"}


LARGE = {"articles", "article_authors", "article_tags", "user_follows", "users"}


async def test_of_each_that_is_followed_no_more_than_a_page_is_read_however_much_there_is(
    much: None, ask: Ask, client: httpx.AsyncClient, sign_in: SignIn, rita: User
) -> None:
    feed = await client.get("/api/v1/feed?limit=5", headers=sign_in(rita))
    deeper = feed.links["next"]["url"].removeprefix("/api/v1")
    for address, most_of_each in (
        ("/feed?limit=5", 6),
        (deeper, 6),
        ("/feed?limit=5&include=author,tags,mine", 6),
        ("/feed?limit=2&skip=3", 6),
        ("/feed/unread-count", 101),
    ):
        taken = await ask(rita, address)
        assert whole_tables(taken) & LARGE == set(), address
        assert most_read(taken) <= (FOLLOWED + FOLLOWED_TAGS) * most_of_each, address


async def test_a_page_of_people_is_read_from_an_index(much: None, ask: Ask, rita: User) -> None:
    for address in (
        "/users/anna/followers",
        "/users/rita/following",
        "/users/anna/followers?limit=100",
    ):
        taken = await ask(rita, address)
        assert whole_tables(taken) & LARGE == set(), address
        assert most_read(taken) <= 101, address


async def test_whoever_follows_one_of_many_has_no_more_read(
    much: None, ask: Ask, client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    reader = await make.user()
    await client.put("/api/v1/users/n7/follow", headers=sign_in(reader))
    for address in ("/feed", "/feed/unread-count"):
        taken = await ask(reader, address)
        assert whole_tables(taken) & LARGE == set(), address
        assert most_read(taken) <= ARTICLES / PEOPLE, address
