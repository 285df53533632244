"""What the database refuses, said in the words of the domain."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.writing.errors import SlugTaken
from app.features.writing.repository import WritingRepository
from app.features.writing.schemas import Edit, Record
from app.models import Article, User
from tests.factories import EARLY_2026, Factory


def _article(author: User, **fields: object) -> Article:
    values = {
        "author_id": author.id,
        "author_ids": [author.id],
        "tag_names": [],
        "title": "New",
        "locale": "en",
        "content": "We set out at five.",
        "content_format": "markdown",
        "content_html": "",
        "made_excerpt": "",
        "plain_text": "",
        "toc": [],
        "seo": {},
        "word_count": 0,
        "reading_minutes": 1,
        "renderer_version": 0,
        "featured": False,
        "pinned": False,
        "published": False,
        "created_at": EARLY_2026,
        "updated_at": EARLY_2026,
        "version": 1,
    }
    return Article(**{**values, **fields})


@pytest.fixture
def record(author: User) -> Record:
    """What is kept of the first edit."""
    return Record(["title", "content"], Edit(author, EARLY_2026))


async def test_a_taken_slug_leaves_the_transaction_usable(
    session: AsyncSession, make: Factory, author: User, record: Record
) -> None:
    await make.article(author, slug="taken")
    writing, article = WritingRepository(session, "en"), _article(author)
    with pytest.raises(SlugTaken):
        await writing.add_as(article, "taken", record)
    await writing.add_as(article, "new", record)
    written = await writing.lock(article.id)
    assert written is not None
    assert written.slug == "new"


async def test_what_breaks_a_rule_of_no_words_is_a_mistake_of_ours(
    session: AsyncSession, author: User, record: Record
) -> None:
    undated = _article(author, published=True)
    with pytest.raises(IntegrityError, match="published_is_dated"):
        await WritingRepository(session, "en").add_as(undated, "new", record)


async def test_what_was_added_can_be_changed_at_once(
    session: AsyncSession, author: User, record: Record
) -> None:
    writing, article = WritingRepository(session, "en"), _article(author)
    await writing.add_as(article, "new", record)
    added = await writing.lock(article.id)
    assert added is not None
    added.title = "Newer"
    added.version = 2
    await writing.save(added, record)
    found = await writing.find("new")
    assert found is added
    assert (found.title, found.version) == ("Newer", 2)
