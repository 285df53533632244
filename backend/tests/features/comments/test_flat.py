"""All comments on an article in one statement, for interfaces that know no threads."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.errors import Unauthenticated
from app.core.services import Services
from app.features.comments.schemas import CommentCreate
from app.features.comments.service import MOST_AT_ONCE, CommentService
from app.features.pages.errors import ArticleNotFound
from app.models import Article, Comment, User, UserFollow
from tests.factories import EARLY_2026, Factory
from tests.features.comments.conftest import Headers, Say
from tests.statements import statements

AT: datetime = EARLY_2026


async def test_all_that_is_seen_comes_oldest_first_with_authors_and_whether_they_are_followed(
    session: AsyncSession,
    services: Services,
    engine: AsyncEngine,
    say: Say,
    article: Article,
    reader: User,
    other: User,
    as_other: Headers,
) -> None:
    first = await say("One")
    await say("Two", as_other, below=first)
    await say("Three")
    session.add(UserFollow(follower_id=other.id, followed_id=reader.id, created_at=AT))
    await session.flush()
    service = CommentService(session, services)
    with statements(engine) as sent:
        found = await service.flat(article.slug, reader=other, at=AT)
    assert len(sent) == 3  # the article, the site, and the comments
    assert [comment.content for comment in found] == ["One", "Two", "Three"]
    authors = [comment.author for comment in found if comment.author]
    assert [user.id for user in authors] == [reader.id, other.id, reader.id]
    assert [user.is_followed for user in authors] == [True, False, True]
    assert [user.bio for user in authors] == [None] * 3
    anonymous = await service.flat(str(article.id), reader=None, at=AT)
    assert [comment.content for comment in anonymous] == ["One", "Two", "Three"]


async def test_of_more_than_a_thousand_the_newest_come_oldest_first(
    session: AsyncSession, services: Services, article: Article, reader: User
) -> None:
    said = {"article_id": article.id, "author_id": reader.id, "depth": 1, "status": "visible"}
    for number in range(MOST_AT_ONCE + 2):
        words = f"Number {number}"
        moment = AT + timedelta(seconds=number // 2)  # Each two have been written at once.
        comment = Comment(**said, content=words, content_html=words)
        comment.created_at = comment.updated_at = moment
        session.add(comment)
    await session.flush()
    found = await CommentService(session, services).flat(article.slug, reader=None, at=AT)
    expected = [f"Number {number}" for number in range(2, MOST_AT_ONCE + 2)]
    assert [comment.content for comment in found] == expected


async def test_a_comment_that_has_just_been_written_has_its_author(
    session: AsyncSession, services: Services, article: Article, make: Factory
) -> None:
    person = await make.user()
    author = await session.get_one(User, person.id)
    comment = await CommentService(session, services).write(
        article.slug, CommentCreate(content="Hello"), author=author, at=AT
    )
    assert (comment.author, comment.status, comment.id > 0) == (author, "visible", True)


async def test_what_is_for_members_or_not_there_is_refused(
    session: AsyncSession, services: Services, make: Factory, author: User
) -> None:
    article = await make.article(author, comment_policy="members")
    service = CommentService(session, services)
    with pytest.raises(Unauthenticated):
        await service.flat(article.slug, reader=None, at=AT)
    with pytest.raises(ArticleNotFound):
        await service.flat("nowhere", reader=None, at=AT)
