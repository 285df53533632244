"""What tests of races share: requests that run at once, and what has to hold after them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any

import httpx
from sqlalchemy import func, select

from app.core.db import Sessions
from app.models import Address, Article, Revision

ARTICLES = "/api/v1/articles"
CROWD = 20
ROUNDS = 8
NEW = {"title": "Down the river", "content": "We set out at *five*."}


async def at_once(*requests: Awaitable[httpx.Response]) -> list[httpx.Response]:
    """Answer these requests together; none of them may crash, wait too long or deadlock."""
    answers = await asyncio.gather(*requests)
    assert [answer.text for answer in answers if answer.status_code >= 500] == []
    return answers


def statuses(answers: Sequence[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def assert_consistent(sessions: Sessions) -> None:
    """Each slug is an address of its own article, and each version is remembered as it was."""
    async with sessions() as session:
        rows = await session.execute(
            select(Article.id, Address.article_id)
            .outerjoin(Address, Address.address == Article.slug)
            .where(Article.deleted_at.is_(None))
        )
        assert [row for row in rows if row[0] != row[1]] == []
        newest = select(Revision.article_id, func.max(Revision.version), func.count())
        found = {row[0]: row[1:] for row in await session.execute(newest.group_by("article_id"))}
        for article in await session.scalars(select(Article)):
            assert found[article.id] == (article.version, article.version)
            query = select(Revision.state).filter_by(article_id=article.id, version=article.version)
            assert await session.scalar(query) == article.state()


def patch(
    client: httpx.AsyncClient,
    ref: object,
    headers: dict[str, str],
    query: str = "",
    **changes: Any,  # noqa: ANN401 - of any field
) -> Awaitable[httpx.Response]:
    return client.patch(f"{ARTICLES}/{ref}{query}", headers=headers, json=changes)
