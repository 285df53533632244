"""Articles that were written with the foundation keep everything when the writing desk comes."""

import re
from typing import Any

from sqlalchemy import text

from tests.migrations.conftest import AUTHOR, Alembic

FOUNDATION = "706ffebca65b"

ARTICLES = """
    INSERT INTO articles (author_id, slug, title, content, tags, published, published_at,
        created_at, updated_at, version)
    SELECT users.id, slug, 'Down the river', 'We set out at five.', tags::text[], true, now(),
        now() + number * interval '1 s', now(), number
    FROM users, (VALUES
        ('down-the-river', '{Rivers,C++}', 1), ('the-lock', '{rivers,C,"---"}', 3)
    ) AS written (slug, tags, number)
"""


async def _answer(alembic: Alembic, question: str) -> list[Any]:
    async with alembic.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(question))]


async def test_they_keep_their_tags_authors_addresses_and_history(alembic: Alembic) -> None:
    await alembic.upgrade(FOUNDATION)
    async with alembic.engine.begin() as connection:
        for statement in (AUTHOR, ARTICLES):
            await connection.execute(text(statement))
    await alembic.upgrade()

    tags = dict(await _answer(alembic, "SELECT name, slug FROM tags ORDER BY id"))
    assert sorted(tags) == ["---", "C", "C++", "Rivers"]
    assert (tags["Rivers"], tags["C++"]) == ("rivers", "c")
    assert tags["C"].startswith("tag-c-")
    assert tags["---"].startswith("tag-")

    of_articles = """
        SELECT articles.slug, array_agg(tags.name ORDER BY position)
        FROM articles JOIN article_tags ON article_id = articles.id JOIN tags ON tag_id = tags.id
        GROUP BY articles.slug ORDER BY articles.slug
    """
    assert await _answer(alembic, of_articles) == [
        ("down-the-river", ["Rivers", "C++"]),
        ("the-lock", ["Rivers", "C", "---"]),
    ]
    assert await _answer(alembic, "SELECT address FROM addresses ORDER BY 1") == [
        ("down-the-river",),
        ("the-lock",),
    ]
    authors = "SELECT author_ids = ARRAY[author_id] FROM articles"
    assert await _answer(alembic, authors) == [(True,), (True,)]
    assert await _answer(alembic, "SELECT count(*) FROM article_authors") == [(2,)]
    revisions = "SELECT version, state->>'title', state->'tags' FROM revisions ORDER BY version"
    assert await _answer(alembic, revisions) == [
        (1, "Down the river", ["Rivers", "C++"]),
        (3, "Down the river", ["Rivers", "C", "---"]),
    ]
    found = "SELECT count(*) FROM articles WHERE words @@ search_query('rivers', 'en')"
    assert await _answer(alembic, found) == [(2,)]

    await alembic.downgrade(FOUNDATION)
    assert await _answer(alembic, "SELECT slug FROM articles ORDER BY 1") == [
        ("down-the-river",),
        ("the-lock",),
    ]


async def test_what_the_previous_release_writes_meanwhile_is_whole(alembic: Alembic) -> None:
    await alembic.upgrade()
    async with alembic.engine.begin() as connection:
        for statement in (AUTHOR, ARTICLES):
            await connection.execute(text(statement))

    whole = """
        SELECT articles.slug, tags, author_ids = ARRAY[author_id], address, user_id = author_id,
            revisions.version, editor_id = author_id,
            state->'tags' = to_jsonb(tags) AND state->'authors' = to_jsonb(author_ids)
        FROM articles
            JOIN addresses ON addresses.article_id = articles.id
            JOIN article_authors ON article_authors.article_id = articles.id
            JOIN revisions ON revisions.article_id = articles.id
        ORDER BY articles.id
    """
    assert await _answer(alembic, whole) == [
        ("down-the-river", ["Rivers", "C++"], True, "down-the-river", True, 1, True, True),
        ("the-lock", ["Rivers", "C", "---"], True, "the-lock", True, 3, True, True),
    ]
    tagged = """
        SELECT array_agg(name ORDER BY position) FROM article_tags JOIN tags ON tag_id = tags.id
        GROUP BY article_id ORDER BY article_id
    """
    assert await _answer(alembic, tagged) == [(["Rivers", "C++"],), (["Rivers", "C", "---"],)]
    slugs = "SELECT count(DISTINCT slug) FROM tags"
    assert await _answer(alembic, slugs) == [(4,)]


async def test_a_search_path_that_finds_nothing_is_no_obstacle(alembic: Alembic) -> None:
    await alembic.upgrade()
    async with alembic.engine.begin() as connection:
        await connection.execute(text("SELECT set_config('search_path', '', true)"))
        for statement in (AUTHOR, ARTICLES):
            qualified = re.sub(r"\b(INTO|FROM) (users|articles)\b", r"\1 public.\2", statement)
            await connection.execute(text(qualified))
    assert await _answer(alembic, "SELECT count(*) FROM addresses") == [(2,)]
