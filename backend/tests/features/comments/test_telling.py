"""Who is told of a comment: each for the strongest of the reasons, and once it is visible."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Notification, User
from tests.factories import Factory
from tests.features.comments.conftest import ClientWith, Headers, Say

Told = Callable[[], Awaitable[set[tuple[str, str, str]]]]


@pytest.fixture
def told(session: AsyncSession) -> Told:
    """Returns what reads who was told of what by whom."""

    async def read() -> set[tuple[str, str, str]]:
        names = dict((await session.execute(select(User.id, User.username))).all())
        rows = await session.scalars(select(Notification))
        return {(names[row.user_id], row.kind, names[row.actor_id]) for row in rows}

    return read


async def test_the_articles_authors_are_told_of_comments_but_not_of_their_own(
    say: Say, told: Told, as_author: Headers
) -> None:
    await say("Mine", as_author)
    assert await told() == set()
    await say("Theirs")
    assert await told() == {("anna", "comment", "rita")}


async def test_who_is_answered_is_told_and_the_authors_too(
    say: Say, told: Told, as_other: Headers
) -> None:
    await say("Hi", as_other, below=await say("Hello"))
    assert await told() == {
        ("anna", "comment", "rita"),
        ("anna", "comment", "otto"),
        ("rita", "reply", "otto"),
    }


async def test_who_is_answered_is_told_even_where_the_answer_stands_beside(
    say: Say, told: Told, as_other: Headers, as_author: Headers
) -> None:
    one = await say("One", as_author)
    two = await say("Two", as_author, below=one)
    three = await say("Three", below=two)
    await say("Four", as_other, below=three)
    assert ("rita", "reply", "otto") in await told()
    assert ("anna", "reply", "otto") not in await told()


async def test_who_is_mentioned_is_told(say: Say, told: Told, make: Factory) -> None:
    await make.user(username="bert")
    await make.user(username="carl.x")
    await make.user(username="dora", is_active=False)
    await say("@BERT, @carl.x. @dora @nobody me@otto.example `@edith`\n\n    @otto in code")
    assert await told() == {
        ("anna", "comment", "rita"),
        ("bert", "mention", "rita"),
        ("carl.x", "mention", "rita"),
    }


async def test_nobody_is_told_twice_of_one_comment(
    say: Say, told: Told, as_author: Headers, other: User
) -> None:
    comment = await say("Hello", as_author)
    await say(f"@anna @rita @{other.username} see this", below=comment)
    assert await told() == {("anna", "reply", "rita"), ("otto", "mention", "rita")}
    await say("Once more, @anna")
    assert ("anna", "mention", "rita") in await told()


async def test_the_first_ten_who_are_mentioned_are_told(
    say: Say, told: Told, make: Factory
) -> None:
    names = [f"friend{number}" for number in range(12)]
    for name in names:
        await make.user(username=name)
    await say(" ".join(f"@{name} @{name}" for name in names))
    assert {name for name, kind, _ in await told() if kind == "mention"} == set(names[:10])


async def test_nobody_is_told_before_it_is_visible(
    client_with: ClientWith,
    say: Say,
    told: Told,
    as_author: Headers,
    as_other: Headers,
) -> None:
    async with client_with(comments="moderated") as client:
        comment = await say("Question", as_author, at=client)
        waiting = await say("Hello @rita", as_other, below=comment, at=client)
        assert await told() == set()
        address = f"/api/v1/comments/{waiting['id']}/status"
        for status in ("hidden", "visible", "hidden", "visible"):
            await client.patch(address, headers=as_author, json={"status": status})
        assert await told() == {("anna", "reply", "otto"), ("rita", "mention", "otto")}


async def test_what_is_told_names_the_comment_and_the_article(
    client: httpx.AsyncClient, session: AsyncSession, say: Say
) -> None:
    comment = await say("Hello")
    [row] = await session.scalars(select(Notification))
    assert (row.comment_id, row.article_id) == (comment["id"], comment["article_id"])
    assert (await client.get(f"/api/v1/comments/{row.comment_id}")).status_code == 200
