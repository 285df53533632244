"""What the database refuses, said in the words of the domain."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.writing.errors import SlugTaken
from app.features.writing.repository import WritingRepository
from app.models import Article, User
from tests.factories import EARLY_2026, Factory


def _article(author: User, **fields: object) -> Article:
    values = {
        "author_id": author.id,
        "slug": "new",
        "title": "New",
        "content": "We set out at five.",
        "published": False,
        "created_at": EARLY_2026,
        "updated_at": EARLY_2026,
    }
    return Article(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "error"), [({"slug": "taken"}, SlugTaken), ({"published": True}, IntegrityError)]
)
async def test_a_refused_article_leaves_the_transaction_usable(
    session: AsyncSession,
    make: Factory,
    author: User,
    fields: dict[str, object],
    error: type[Exception],
) -> None:
    await make.article(author, slug="taken")
    writing, article = WritingRepository(session), _article(author)
    with pytest.raises(error):
        await writing.save(_article(author, **fields))
    await writing.save(article)
    assert await writing.lock(article.id) is article
