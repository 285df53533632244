"""Policies: who comments where, and what is held until somebody has looked."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from app.core.db import Sessions
from app.models import Article
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.comments.conftest import ARTICLE, ClientWith, Headers, Say

COMMENTS = f"{ARTICLE}/comments"
LINKS = "https://a.example https://b.example [c](https://c.example)"


async def set_policy(sessions: Sessions, article: Article, policy: str | None) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(Article).where(Article.id == article.id).values(comment_policy=policy)
        )


async def test_moderated_comments_wait_but_not_those_of_moderators(
    client_with: ClientWith, say: Say, as_author: Headers, as_editor: Headers
) -> None:
    async with client_with(comments="moderated") as client:
        assert (await say("Mine", as_author, at=client))["status"] == "visible"
        assert (await say("Mine", as_editor, at=client))["status"] == "visible"
        assert (await say("Theirs", at=client))["status"] == "pending"


async def test_a_moderated_comment_that_is_changed_waits_again(
    client_with: ClientWith, say: Say, as_reader: Headers, as_author: Headers
) -> None:
    async with client_with(comments="moderated") as client:
        comment = await say("Nice", at=client)
        address, visible = f"/api/v1/comments/{comment['id']}", {"status": "visible"}
        await client.patch(f"{address}/status", headers=as_author, json=visible)
        answer = await client.patch(address, headers=as_reader, json={"content": "Buy this"})
        assert answer.json()["status"] == "pending"
        assert (await client.get(COMMENTS)).json() == []


async def test_members_write_and_read_among_themselves(
    client_with: ClientWith, say: Say, as_other: Headers
) -> None:
    async with client_with(comments="members") as client:
        comment = await say("Between us", at=client)
        assert comment["status"] == "visible"
        address = f"/api/v1/comments/{comment['id']}"
        for where in (COMMENTS, address, f"{address}/replies"):
            assert (await client.get(where)).status_code == 401
            assert (await client.get(where, headers=as_other)).status_code == 200


async def test_where_comments_are_closed_there_are_no_new_ones_and_the_old_stay(
    client_with: ClientWith, say: Say, as_reader: Headers, as_editor: Headers
) -> None:
    comment = await say("In time")
    async with client_with(comments="closed") as client:
        for headers in (as_reader, as_editor):
            answer = await client.post(COMMENTS, headers=headers, json={"content": "Too late"})
            assert (answer.status_code, answer.json()["code"]) == (403, "comments_closed")
        [left] = (await client.get(COMMENTS)).json()
        assert left["content"] == "In time"
        address = f"/api/v1/comments/{comment['id']}"
        answer = await client.patch(address, headers=as_reader, json={"content": "Just in time"})
        assert answer.status_code == 200


async def test_what_the_article_says_goes_over_what_the_site_says(
    client: httpx.AsyncClient,
    client_with: ClientWith,
    sessions: Sessions,
    article: Article,
    say: Say,
    as_reader: Headers,
) -> None:
    await set_policy(sessions, article, "closed")
    answer = await client.post(COMMENTS, headers=as_reader, json={"content": "Hello"})
    assert answer.status_code == 403
    await set_policy(sessions, article, "open")
    async with client_with(comments="closed") as strict:
        assert (await say("Hello", at=strict))["status"] == "visible"
    await set_policy(sessions, article, None)
    async with client_with(comments="moderated") as strict:
        assert (await say("Hello again", at=strict))["status"] == "pending"


async def test_the_first_comment_of_an_account_is_held_until_one_was_let_through(
    client_with: ClientWith, say: Say, as_author: Headers, as_reader: Headers
) -> None:
    async with client_with(comments_hold_first=True) as client:
        first = await say("One", at=client)
        second = await say("Two", at=client)
        assert (first["status"], second["status"]) == ("pending", "pending")
        assert (await say("Mine", as_author, at=client))["status"] == "visible"
        address, visible = f"/api/v1/comments/{first['id']}", {"status": "visible"}
        await client.patch(f"{address}/status", headers=as_author, json=visible)
        assert (await say("Three", at=client))["status"] == "visible"


async def test_comments_on_ones_own_articles_make_nobody_known(
    client_with: ClientWith, say: Say, make: Factory, sign_in: SignIn
) -> None:
    spammer = await make.user()
    own, headers = await make.article(spammer), sign_in(spammer)
    async with client_with(comments_hold_first=True) as client:
        comment = {"content": "Look at this"}
        address = f"/api/v1/articles/{own.id}/comments"
        mine = await client.post(address, headers=headers, json=comment)
        assert mine.json()["status"] == "visible"
        assert (await say("And at this", headers, at=client))["status"] == "pending"


@pytest.mark.parametrize(("most", "status"), [(3, "visible"), (2, "pending"), (0, "pending")])
async def test_a_comment_with_many_links_is_held(
    client_with: ClientWith, say: Say, as_author: Headers, most: int, status: str
) -> None:
    async with client_with(comment_links=most) as client:
        assert (await say(LINKS, at=client))["status"] == status
        assert (await say(LINKS, as_author, at=client))["status"] == "visible"


async def test_links_that_come_with_a_change_count(
    client_with: ClientWith, say: Say, as_reader: Headers, clock: MovableClock
) -> None:
    async with client_with(comment_links=2) as client:
        comment = await say("Hello", at=client)
        clock.move(timedelta(minutes=1))
        address = f"/api/v1/comments/{comment['id']}"
        answer = await client.patch(address, headers=as_reader, json={"content": LINKS})
        assert answer.json()["status"] == "pending"
