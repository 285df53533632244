"""What an article is followed by: others with its tags, whatever else has them."""

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import User
from tests.factories import Factory

ARTICLES = "/api/v1/articles"

# More drafts than articles of one tag are looked at.
MANY_DRAFTS = (
    """
    INSERT INTO articles
        (author_id, author_ids, slug, title, tags, published, content, plain_text,
         created_at, updated_at, version)
    SELECT author_id, author_ids, 'draft-' || n, 'A draft', tags, false, '', '',
        created_at, updated_at, 1
    FROM articles, generate_series(1, 300) AS n WHERE slug = 'here'
    """,
    """
    INSERT INTO article_tags (article_id, tag_id, position)
    SELECT articles.id, tags.id, 0 FROM articles JOIN tags ON tags.name = articles.tags[1]
    WHERE NOT published
    """,
)


async def test_drafts_do_not_hide_what_is_related(
    client: httpx.AsyncClient, make: Factory, author: User, session: AsyncSession
) -> None:
    here = await make.article(author, slug="here", tags=["rivers"])
    await make.article(author, title="public", tags=["rivers"])
    for statement in MANY_DRAFTS:
        await session.execute(text(statement))
    await session.commit()
    page = (await client.get(f"{ARTICLES}/{here.id}?include=related")).json()
    assert [article["title"] for article in page["related"]] == ["public"]
