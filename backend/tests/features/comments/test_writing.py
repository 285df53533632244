"""Saying something: who may, what it may hold, and where it stands."""

from datetime import timedelta

import httpx
import pytest

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.comments.conftest import ARTICLE, ClientWith, Headers, Say

COMMENTS = f"{ARTICLE}/comments"
pytestmark = pytest.mark.usefixtures("article")


async def test_a_comment_is_shown_at_once_with_its_author_and_place(
    client: httpx.AsyncClient, article: Article, reader: User, as_reader: Headers
) -> None:
    answer = await client.post(COMMENTS, headers=as_reader, json={"content": "So *wide*!"})
    assert answer.status_code == 201
    comment = answer.json()
    assert comment == {
        "id": comment["id"],
        "article_id": article.id,
        "parent_id": None,
        "thread_id": None,
        "depth": 1,
        "status": "visible",
        "content": "So *wide*!",
        "content_html": "<p>So <em>wide</em>!</p>\n",
        "author": {
            "id": reader.id,
            "username": "rita",
            "full_name": reader.full_name,
            "avatar": None,
        },
        "reports_count": None,
        "version": 1,
        "created_at": "2026-01-15T12:00:00Z",
        "updated_at": "2026-01-15T12:00:00Z",
        "edited_at": None,
    }
    assert answer.headers["Location"] == f"/api/v1/comments/{comment['id']}"
    read = await client.get(answer.headers["Location"])
    assert (read.status_code, read.json()) == (200, comment)
    assert read.headers["ETag"] == answer.headers["ETag"]


async def test_who_is_not_signed_in_says_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post(COMMENTS, json={"content": "Hello"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert (await client.get(COMMENTS)).json() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": "  \n"},
        {"content": "x" * 10_001},
        {"content": "a\x00b"},
        {"content": None},
        {"content": "x", "parent_id": 0},
        {"content": "x", "parent_id": 2**63},
        {"content": "x", "parent_id": "1"},
        {"content": "x", "status": "visible"},
        {"content": "![](/a-picture.png)"},
        {"content": "---"},
    ],
)
async def test_what_is_no_comment_is_refused(
    client: httpx.AsyncClient, as_reader: Headers, body: dict[str, object]
) -> None:
    answer = await client.post(COMMENTS, headers=as_reader, json=body)
    assert answer.status_code == 422
    assert (await client.get(COMMENTS)).json() == []


async def test_what_is_not_public_is_not_talked_about(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: Headers, as_reader: Headers
) -> None:
    scheduled = await make.article(author, published_at=EARLY_2026 + timedelta(days=1))
    for article in (await make.draft(author), scheduled):
        address = f"/api/v1/articles/{article.slug}/comments"
        answer = await client.post(address, headers=as_author, json={"content": "Hello"})
        assert (answer.status_code, answer.json()["code"]) == (400, "article_not_public")
        answer = await client.post(address, headers=as_reader, json={"content": "Hello"})
        assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")
        assert (await client.get(address)).status_code == 404
        assert (await client.get(address, headers=as_author)).json() == []


async def test_an_answer_stands_below_what_it_answers(say: Say) -> None:
    above = await say("One")
    below = await say("Two", below=above)
    assert (below["parent_id"], below["thread_id"], below["depth"]) == (above["id"], above["id"], 2)
    deeper = await say("Three", below=below)
    assert (deeper["parent_id"], deeper["thread_id"]) == (below["id"], above["id"])
    assert deeper["depth"] == 3


async def test_too_deep_an_answer_stands_beside_what_it_answers(say: Say) -> None:
    one = await say("One")
    two = await say("Two", below=one)
    three = await say("Three", below=two)
    four = await say("Four", below=three)
    assert (four["parent_id"], four["depth"], four["thread_id"]) == (two["id"], 3, one["id"])


async def test_where_answers_no_longer_go_so_deep_they_climb(
    say: Say, client_with: ClientWith
) -> None:
    one = await say("One")
    three = await say("Three", below=await say("Two", below=one))
    async with client_with(comment_depth=2) as client:
        answer = await say("Four", below=three, at=client)
        assert (answer["parent_id"], answer["depth"]) == (one["id"], 2)
    async with client_with(comment_depth=1) as client:
        answer = await say("Five", below=three, at=client)
        assert (answer["parent_id"], answer["thread_id"], answer["depth"]) == (None, None, 1)


async def test_only_what_is_there_is_answered(
    client: httpx.AsyncClient, make: Factory, say: Say, author: User, as_reader: Headers
) -> None:
    comment = await say("Hello")
    elsewhere = await make.article(author)
    address = f"/api/v1/articles/{elsewhere.id}/comments"
    for where, parent in ((address, comment["id"]), (COMMENTS, 10**12)):
        body = {"content": "Hi", "parent_id": parent}
        answer = await client.post(where, headers=as_reader, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "comment_not_found")
    await client.delete(f"/api/v1/comments/{comment['id']}", headers=as_reader)
    body = {"content": "Hi", "parent_id": comment["id"]}
    answer = await client.post(COMMENTS, headers=as_reader, json=body)
    assert answer.status_code == 404


async def test_what_waits_for_a_moderator_is_not_answered(
    client_with: ClientWith, say: Say, as_reader: Headers, as_other: Headers
) -> None:
    async with client_with(comments="moderated") as client:
        waiting = await say("Hello", at=client)
        body = {"content": "Hi", "parent_id": waiting["id"]}
        answer = await client.post(COMMENTS, headers=as_reader, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "comment_not_visible")
        answer = await client.post(COMMENTS, headers=as_other, json=body)
        assert answer.status_code == 404


async def test_the_same_is_not_said_twice_within_a_minute(
    client: httpx.AsyncClient,
    say: Say,
    as_reader: Headers,
    as_other: Headers,
    clock: MovableClock,
) -> None:
    await say("First!")
    answer = await client.post(COMMENTS, headers=as_reader, json={"content": " First!\n"})
    assert (answer.status_code, answer.json()["code"]) == (409, "said_already")
    await say("First!", as_other)
    await say("Second!")
    clock.move(timedelta(minutes=1))
    await say("First!")


async def test_the_same_request_again_is_the_same_comment(
    client: httpx.AsyncClient, as_reader: Headers
) -> None:
    headers = {**as_reader, "Idempotency-Key": "one"}
    first, second = [
        await client.post(COMMENTS, headers=headers, json={"content": "Hello"}) for _ in range(2)
    ]
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replay"] == "true"
    assert len((await client.get(COMMENTS)).json()) == 1


async def test_who_comments_too_often_has_to_wait(
    client_with: ClientWith, say: Say, as_reader: Headers, as_other: Headers
) -> None:
    async with client_with(attempts_per_address=3) as client:
        for number in range(3):
            await say(f"Number {number}", at=client)
        answer = await client.post(COMMENTS, headers=as_reader, json={"content": "Four"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        await say("I say nothing else", as_other, at=client)


async def test_a_key_for_writing_will_do_and_one_for_reading_will_not(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    headers = sign_in(await make.user(Role.AUTHOR))
    for scopes, status in ((["articles:read", "articles:write"], 201), (["articles:read"], 403)):
        body = {"name": "CI", "scopes": scopes}
        key = (await client.post("/api/v1/auth/keys", headers=headers, json=body)).json()["key"]
        bearer = {"Authorization": f"Bearer {key}"}
        answer = await client.post(COMMENTS, headers=bearer, json={"content": "By a machine"})
        assert answer.status_code == status


async def test_an_account_that_is_gone_leaves_what_it_said(
    client: httpx.AsyncClient, say: Say, as_reader: Headers
) -> None:
    comment = await say("I was here")
    answer = await client.request(
        "DELETE", "/api/v1/users/me", headers=as_reader, json={"password": "a-long-pass-phrase"}
    )
    assert answer.status_code == 204, answer.text
    [left] = (await client.get(COMMENTS)).json()
    assert left["id"] == comment["id"]
    assert (left["content"], left["author"]) == ("I was here", None)


@pytest.mark.parametrize("content", ["\u200b", "\u200b \u2060", "&#x200b;"])
async def test_a_comment_shows_something(
    client: httpx.AsyncClient, as_reader: Headers, content: str
) -> None:
    address = f"{ARTICLE}/comments"
    answer = await client.post(address, headers=as_reader, json={"content": content})
    assert answer.status_code == 422
