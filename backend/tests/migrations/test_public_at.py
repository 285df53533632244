"""Articles that are there when the dates beside tags and authors come are given them."""

from sqlalchemy import text

from tests.migrations.conftest import AUTHOR, Alembic

BEFORE = "5b7c0de4a921"

THERE = (
    AUTHOR,
    """
    INSERT INTO tags (slug, name, created_at, updated_at, version)
    VALUES ('rivers', 'Rivers', now(), now(), 1)
    """,
    """
    INSERT INTO articles (author_id, author_ids, slug, title, content, published, published_at,
        deleted_at, created_at, updated_at, version)
    SELECT users.id, ARRAY[users.id], 'article-' || n, 'Down the river', 'We set out at five.',
        n % 5 <> 1, CASE WHEN n % 5 <> 1 THEN now() + (n - 2500) * interval '1 s' END,
        CASE WHEN n % 7 = 1 THEN now() END, now(), now(), 1
    FROM users, generate_series(1, 4500) AS n
    """,
    "INSERT INTO article_tags SELECT articles.id, tags.id, 0 FROM articles, tags",
    "INSERT INTO article_authors SELECT id, author_id, 0 FROM articles",
)
WRONG = """
    SELECT count(*)
    FROM articles
        JOIN article_tags ON article_tags.article_id = articles.id
        JOIN article_authors ON article_authors.article_id = articles.id,
        LATERAL (
            SELECT CASE WHEN published AND deleted_at IS NULL THEN published_at END AS public_at
        ) AS its
    WHERE article_tags.public_at IS DISTINCT FROM its.public_at
        OR article_authors.public_at IS DISTINCT FROM its.public_at
"""
DATED = "SELECT count(public_at) FROM article_tags"


async def test_they_are_dated_a_few_at_a_time(alembic: Alembic) -> None:
    await alembic.upgrade(BEFORE)
    async with alembic.engine.begin() as connection:
        for statement in THERE:
            await connection.execute(text(statement))
    await alembic.upgrade()
    async with alembic.engine.connect() as connection:
        assert await connection.scalar(text(WRONG)) == 0
        assert await connection.scalar(text(DATED)) == 3086
    await alembic.downgrade(BEFORE)
    await alembic.upgrade()
    async with alembic.engine.connect() as connection:
        assert await connection.scalar(text(WRONG)) == 0
