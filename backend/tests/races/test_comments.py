"""However many talk at once: the counts are exact, and nothing breaks."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.models import Article, ArticleCounts, Comment, Notification, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

CROWD = 50
Headers = dict[str, str]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who has written the article."""
    return await make.user()


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """What they all talk about."""
    return await make.article(author)


@pytest.fixture
async def crowd(make: Factory, sign_in: SignIn) -> list[Headers]:
    """Those who talk."""
    return [sign_in(await make.user(Role.READER)) for _ in range(CROWD)]


def saying(
    client: httpx.AsyncClient,
    article: Article,
    headers: Headers,
    content: str,
    below: Any = None,  # noqa: ANN401 - an id or None
) -> Awaitable[httpx.Response]:
    body = {"content": content, "parent_id": below}
    return client.post(f"/api/v1/articles/{article.id}/comments", headers=headers, json=body)


def deciding(
    client: httpx.AsyncClient, comment_id: int, headers: Headers, status: str
) -> Awaitable[httpx.Response]:
    address = f"/api/v1/comments/{comment_id}/status"
    return client.patch(address, headers=headers, json={"status": status})


async def counted(session: AsyncSession, article: Article) -> int:
    """Return the count of an article, after a look that it is right."""
    count = await session.scalar(select(ArticleCounts.comments).filter_by(article_id=article.id))
    visible = select(func.count()).where(
        Comment.article_id == article.id,
        Comment.status == "visible",
        Comment.deleted_at.is_(None),
    )
    assert (count or 0) == await session.scalar(visible)
    return count or 0


async def test_everybody_who_speaks_at_once_is_counted(
    client: httpx.AsyncClient, session: AsyncSession, article: Article, crowd: list[Headers]
) -> None:
    answers = await asyncio.gather(
        *(saying(client, article, headers, "Hello") for headers in crowd)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await counted(session, article) == CROWD


async def test_of_the_same_words_said_at_once_one_comment_is_made(
    client: httpx.AsyncClient, session: AsyncSession, article: Article, crowd: list[Headers]
) -> None:
    answers = await asyncio.gather(
        *(saying(client, article, crowd[0], "Hello") for _ in range(CROWD))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * (CROWD - 1)
    assert await counted(session, article) == 1


async def test_an_answer_to_what_is_being_deleted_is_refused_or_stays_below_its_place(
    client: httpx.AsyncClient, session: AsyncSession, article: Article, crowd: list[Headers]
) -> None:
    for round_ in range(5):
        above = (await saying(client, article, crowd[0], f"Hello {round_}")).json()
        before = await counted(session, article)
        address = f"/api/v1/comments/{above['id']}"
        answers = [saying(client, article, each, f"{round_}", above["id"]) for each in crowd[1:]]
        answers.insert(
            random.Random(round_).randrange(20), client.delete(address, headers=crowd[0])
        )
        done = await asyncio.gather(*answers)
        statuses = [answer.status_code for answer in done]
        assert statuses.count(204) == 1
        assert set(statuses) <= {201, 204, 404}
        said = statuses.count(201)
        assert await counted(session, article) == before - 1 + said
        read = await client.get(f"{address}/replies?limit=100")
        if said:
            assert len(read.json()) == said
            assert (await client.get(address)).json()["status"] == "deleted"
        else:
            assert read.status_code == 404


async def test_a_comment_is_deleted_once(
    client: httpx.AsyncClient, session: AsyncSession, article: Article, crowd: list[Headers]
) -> None:
    comment = (await saying(client, article, crowd[0], "Hello")).json()
    address = f"/api/v1/comments/{comment['id']}"
    answers = await asyncio.gather(
        *(client.delete(address, headers=crowd[0]) for _ in range(CROWD))
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * (CROWD - 1)
    assert await counted(session, article) == 0


async def test_of_changes_to_the_same_version_one_is_made(
    client: httpx.AsyncClient, article: Article, crowd: list[Headers]
) -> None:
    comment = (await saying(client, article, crowd[0], "Hello")).json()
    address, headers = f"/api/v1/comments/{comment['id']}", {**crowd[0], "If-Match": '"1"'}
    answers = await asyncio.gather(
        *(
            client.patch(address, headers=headers, json={"content": f"Number {number}"})
            for number in range(CROWD)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (CROWD - 1)


async def test_moderators_who_disagree_are_counted_right_and_people_are_told_once(
    client: httpx.AsyncClient,
    session: AsyncSession,
    article: Article,
    author: User,
    sign_in: SignIn,
    crowd: list[Headers],
) -> None:
    comment = (await saying(client, article, crowd[0], "Hello")).json()
    statuses = ["visible", "hidden", "spam", "pending", "visible"] * 10
    answers = await asyncio.gather(
        *(deciding(client, comment["id"], sign_in(author), status) for status in statuses)
    )
    assert {answer.status_code for answer in answers} == {200}
    await counted(session, article)
    assert await session.scalar(select(func.count(Notification.id))) == 1


async def test_in_a_storm_of_everything_the_count_is_exact_and_nobody_is_locked_out(
    client: httpx.AsyncClient,
    session: AsyncSession,
    article: Article,
    author: User,
    sign_in: SignIn,
    crowd: list[Headers],
) -> None:
    chance = random.Random(4711)
    made = [
        (each, (await saying(client, article, each, "One")).json()["id"]) for each in crowd[:20]
    ]
    moderator = sign_in(author)

    def something(number: int) -> Awaitable[httpx.Response]:
        owner, comment_id = chance.choice(made)
        kind = number % 5
        if kind == 0:
            return client.delete(f"/api/v1/comments/{comment_id}", headers=owner)
        if kind in {1, 2}:
            status = chance.choice(["visible", "hidden", "spam", "pending"])
            return deciding(client, comment_id, moderator, status)
        below = comment_id if kind == 3 else None
        return saying(client, article, chance.choice(crowd), f"Number {number}", below)

    answers = await asyncio.gather(*(something(number) for number in range(4 * CROWD)))
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 400, 404}
    await counted(session, article)


async def test_whoever_deletes_the_account_meanwhile_leaves_nobody_waiting_in_a_circle(
    client: httpx.AsyncClient,
    session: AsyncSession,
    sessions: Sessions,
    make: Factory,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    """Authors speak below their own articles, moderators decide, and the accounts vanish."""

    async def vanish(user: User) -> None:
        async with sessions.begin() as own:
            await own.execute(delete(User).where(User.id == user.id))

    editor = sign_in(await make.user(Role.EDITOR))
    for _ in range(10):
        user = await make.user()
        article = await make.article(user)
        headers = sign_in(user)
        first = (await saying(client, article, headers, "Hello")).json()
        clock.move(timedelta(seconds=1))
        works = [saying(client, article, headers, f"Number {number}") for number in range(5)]
        works += [deciding(client, first["id"], editor, status) for status in ("hidden", "visible")]
        vanishing = asyncio.create_task(vanish(user))
        answers = await asyncio.gather(*works)
        await vanishing
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {200, 201, 401, 404}
        assert await counted(session, article) == 0


async def test_reports_that_come_at_once_are_counted_once_for_each_person(
    client: httpx.AsyncClient,
    article: Article,
    author: User,
    sign_in: SignIn,
    crowd: list[Headers],
) -> None:
    comment = (await saying(client, article, crowd[0], "Hello")).json()
    address = f"/api/v1/comments/{comment['id']}"
    reports = (
        client.post(f"{address}/report", headers=headers, json={"reason": "x"})
        for headers in crowd[:10] * 5
    )
    answers = await asyncio.gather(*reports)
    assert {answer.status_code for answer in answers} == {204}
    assert (await client.get(address, headers=sign_in(author))).json()["reports_count"] == 10
