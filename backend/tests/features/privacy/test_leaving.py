"""DELETE /users/me: what becomes of what somebody said, liked and followed."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import (
    Article,
    ArticleCounts,
    Base,
    Bookmark,
    Comment,
    CommentReport,
    Favorite,
    FeedMark,
    Notification,
    NotificationSettings,
    TagFollow,
    User,
    UserFollow,
)
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory

ME = "/api/v1/users/me"
SINCE: Mapping[str, Any] = {"created_at": EARLY_2026}


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who leaves."""
    return await make.user(username="anna")


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who stays."""
    return await make.user(username="bert")


@pytest.fixture
async def theirs(make: Factory, bert: User) -> Article:
    """An article that stays."""
    return await make.article(bert)


def comment(article: Article, author: User, **fields: object) -> Comment:
    values = {
        "content": "Yes.",
        "content_html": "<p>Yes.</p>\n",
        "status": "visible",
        "depth": 1,
        "updated_at": EARLY_2026,
    }
    return Comment(article_id=article.id, author_id=author.id, **{**values, **SINCE, **fields})


async def save(sessions: Sessions, *rows: Base) -> None:
    async with sessions.begin() as session:
        session.add_all(rows)


async def leave(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.delete(ME, headers=headers)
    assert answer.status_code == 204, answer.text


async def counts(session: AsyncSession) -> dict[int, tuple[int, int]]:
    """Return the counts of articles: favourites, comments."""
    rows = await session.scalars(select(ArticleCounts))
    return {row.article_id: (row.favorites, row.comments) for row in rows}


async def number(session: AsyncSession, kind: type[Base]) -> int:
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_comments_stay_in_their_threads_without_an_author(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    bert: User,
    theirs: Article,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    first = comment(theirs, anna)
    await save(sessions, first, comment(theirs, anna, status="hidden"))
    below = {"parent_id": first.id, "thread_id": first.id, "depth": 2}
    await save(sessions, comment(theirs, bert, **below))
    await leave(client, sign_in(anna))
    rows = await session.scalars(select(Comment).order_by(Comment.id))
    found = [(row.author_id, row.content, row.parent_id) for row in rows]
    assert found == [(None, "Yes.", None), (None, "Yes.", None), (bert.id, "Yes.", first.id)]
    assert await counts(session) == {theirs.id: (0, 2)}


async def test_favourites_go_and_are_counted_no_more(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    bert: User,
    theirs: Article,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    likes = [Favorite(user_id=each.id, article_id=theirs.id, **SINCE) for each in (anna, bert)]
    await save(sessions, *likes)
    assert await counts(session) == {theirs.id: (2, 0)}
    await leave(client, sign_in(anna))
    session.expire_all()
    assert await counts(session) == {theirs.id: (1, 0)}
    assert (await session.scalars(select(Favorite.user_id))).all() == [bert.id]


async def test_with_articles_goes_what_was_said_of_them_and_all_counts(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    bert: User,
    make: Factory,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    hers = await make.article(anna)
    await save(
        sessions,
        comment(hers, anna),
        comment(hers, bert),
        Favorite(user_id=anna.id, article_id=hers.id, **SINCE),
        Favorite(user_id=bert.id, article_id=hers.id, **SINCE),
    )
    await leave(client, sign_in(anna))
    for kind in (Article, Comment, Favorite, ArticleCounts):
        assert await number(session, kind) == 0


async def test_an_article_with_other_authors_keeps_its_counts(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    bert: User,
    make: Factory,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    ours = await make.article(anna, with_authors=[bert])
    likes = [Favorite(user_id=each.id, article_id=ours.id, **SINCE) for each in (anna, bert)]
    await save(sessions, comment(ours, anna), *likes)
    await leave(client, sign_in(anna))
    assert await counts(session) == {ours.id: (1, 1)}


async def test_nothing_else_of_them_is_left(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    bert: User,
    theirs: Article,
    make: Factory,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    tag, said = await make.tag("rivers"), comment(theirs, bert)
    await save(sessions, said)
    await save(
        sessions,
        UserFollow(follower_id=anna.id, followed_id=bert.id, **SINCE),
        UserFollow(follower_id=bert.id, followed_id=anna.id, **SINCE),
        TagFollow(user_id=anna.id, tag_id=tag.id, **SINCE),
        FeedMark(user_id=anna.id, seen_at=EARLY_2026),
        Bookmark(user_id=anna.id, article_id=theirs.id, **SINCE),
        CommentReport(reporter_id=anna.id, comment_id=said.id, reason="Rude", **SINCE),
        Notification(user_id=anna.id, actor_id=bert.id, kind="follower", **SINCE),
        Notification(user_id=bert.id, actor_id=anna.id, kind="follower", **SINCE),
        NotificationSettings(user_id=anna.id, mailed=["reply"]),
    )
    kinds = (
        UserFollow,
        TagFollow,
        FeedMark,
        Bookmark,
        CommentReport,
        Notification,
        NotificationSettings,
    )
    assert [await number(session, kind) for kind in kinds] == [2, 1, 1, 1, 1, 2, 1]
    await leave(client, sign_in(anna))
    assert [await number(session, kind) for kind in kinds] == [0] * len(kinds)
    assert await number(session, Comment) == 1
