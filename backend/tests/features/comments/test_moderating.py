"""Moderating: what waits, what is hidden, what readers report, and who decides."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AuditEvent, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.comments.conftest import ARTICLE, ClientWith, Headers, Say

COMMENTS = f"{ARTICLE}/comments"
QUEUE = "/api/v1/comments"


def at(comment: dict[str, Any]) -> str:
    return f"{QUEUE}/{comment['id']}"


async def decide(
    client: httpx.AsyncClient, comment: dict[str, Any], headers: Headers | None, status: str
) -> httpx.Response:
    return await client.patch(f"{at(comment)}/status", headers=headers, json={"status": status})


async def contents(client: httpx.AsyncClient, address: str, headers: Headers | None) -> list[str]:
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200
    return [comment["content"] for comment in answer.json()]


async def test_what_waits_is_seen_by_who_wrote_it_and_by_moderators(
    client_with: ClientWith,
    say: Say,
    as_reader: Headers,
    as_other: Headers,
    as_author: Headers,
    as_editor: Headers,
) -> None:
    async with client_with(comments="moderated") as client:
        comment = await say("May I?", at=client)
        assert comment["status"] == "pending"
        for headers in (as_reader, as_author, as_editor):
            assert await contents(client, COMMENTS, headers) == ["May I?"]
            assert (await client.get(at(comment), headers=headers)).status_code == 200
        for others in (as_other, None):
            assert await contents(client, COMMENTS, others) == []
            assert (await client.get(at(comment), headers=others)).status_code == 404
        answer = await decide(client, comment, as_author, "visible")
        assert (answer.status_code, answer.json()["status"]) == (200, "visible")
        assert await contents(client, COMMENTS, None) == ["May I?"]


@pytest.mark.parametrize("status", ["hidden", "spam", "pending"])
async def test_what_is_hidden_leaves_only_a_place_and_that_above_answers(
    client: httpx.AsyncClient, say: Say, as_author: Headers, as_other: Headers, status: str
) -> None:
    comment = await say("Buy this")
    answer = await say("No", as_other, below=comment)
    assert (await decide(client, comment, as_author, status)).json()["status"] == status
    [thread] = (await client.get(COMMENTS)).json()
    assert (thread["status"], thread["content"], thread["author"]) == ("deleted", None, None)
    [thread] = (await client.get(COMMENTS, headers=as_author)).json()
    assert (thread["status"], thread["content"]) == (status, "Buy this")
    await client.delete(at(answer), headers=as_other)
    assert (await client.get(COMMENTS)).json() == []


async def test_who_wrote_it_sees_what_was_decided_and_cannot_undo_it_by_a_change(
    client: httpx.AsyncClient, say: Say, as_author: Headers, as_reader: Headers
) -> None:
    comment = await say("Buy this")
    await decide(client, comment, as_author, "spam")
    answer = await client.patch(at(comment), headers=as_reader, json={"content": "Good morning"})
    assert (answer.status_code, answer.json()["status"]) == (200, "spam")
    assert await contents(client, COMMENTS, None) == []


async def test_only_moderators_decide(
    client: httpx.AsyncClient,
    session: AsyncSession,
    say: Say,
    as_reader: Headers,
    as_stranger: Headers,
    as_editor: Headers,
) -> None:
    comment = await say("Hello")
    for headers, status in ((None, 401), (as_reader, 403), (as_stranger, 403)):
        assert (await decide(client, comment, headers, "hidden")).status_code == status
    for body in ({}, {"status": "deleted"}, {"status": None}, {"status": "visible", "x": 1}):
        answer = await client.patch(f"{at(comment)}/status", headers=as_editor, json=body)
        assert answer.status_code == 422
    assert (await decide(client, comment, as_editor, "visible")).json()["version"] == 1
    assert (await decide(client, comment, as_editor, "hidden")).json()["version"] == 2
    [event] = await session.scalars(select(AuditEvent).filter_by(event="comment.moderated"))
    assert event.details["status"] == "hidden"
    missing = {"id": 999_999}
    assert (await decide(client, missing, as_editor, "hidden")).status_code == 404


async def test_moderators_find_what_waits_editors_all_and_authors_below_their_articles(
    client_with: ClientWith,
    make: Factory,
    sign_in: SignIn,
    say: Say,
    as_reader: Headers,
    as_author: Headers,
    as_editor: Headers,
) -> None:
    second = await make.user()
    elsewhere = await make.article(second, slug="elsewhere")
    async with client_with(comments="moderated") as client:
        here = await say("Here", at=client)
        address = f"/api/v1/articles/{elsewhere.id}/comments"
        await client.post(address, headers=as_reader, json={"content": "There"})
        assert await contents(client, QUEUE, as_editor) == ["There", "Here"]
        assert await contents(client, QUEUE, as_author) == ["Here"]
        assert await contents(client, QUEUE, sign_in(second)) == ["There"]
        assert await contents(client, QUEUE, as_reader) == []
        assert (await client.get(QUEUE)).status_code == 401
        [queued] = (await client.get(QUEUE, headers=as_author)).json()
        assert queued["article"]["slug"] == "down-the-river"
        assert queued["reports_count"] == 0
        await decide(client, here, as_author, "visible")
        assert await contents(client, QUEUE, as_author) == []
        assert await contents(client, f"{QUEUE}?status=visible", as_author) == ["Here"]
        assert await contents(client, f"{QUEUE}?status=all", as_editor) == ["There", "Here"]
        page = await client.get(f"{QUEUE}?status=all&limit=1&total=true", headers=as_editor)
        assert (page.headers["X-Total-Count"], "next" in page.links) == ("2", True)
        assert (await client.get(f"{QUEUE}?status=gone", headers=as_editor)).status_code == 422


async def test_reports_are_counted_once_for_each_person_and_for_moderators(
    client: httpx.AsyncClient,
    say: Say,
    reader: User,
    as_reader: Headers,
    as_other: Headers,
    as_author: Headers,
) -> None:
    comment = await say("Buy this")
    await say("Good morning")
    address, reason = f"{at(comment)}/report", {"reason": "An advertisement"}
    for headers in (as_other, as_other, as_reader):
        answer = await client.post(address, headers=headers, json=reason)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.post(address, json=reason)).status_code == 401
    for bad in ({}, {"reason": ""}, {"reason": "x" * 1001}):
        assert (await client.post(address, headers=as_other, json=bad)).status_code == 422
    counted = (await client.get(at(comment), headers=as_author)).json()
    assert (counted["reports_count"], counted["author"]["id"]) == (2, reader.id)
    assert (await client.get(at(comment), headers=as_reader)).json()["reports_count"] is None
    reported = await client.get(f"{QUEUE}?status=all&reported=true", headers=as_author)
    assert [(each["content"], each["reports_count"]) for each in reported.json()] == [
        ("Buy this", 2)
    ]


async def test_moderators_read_why_something_was_reported(
    client: httpx.AsyncClient,
    say: Say,
    other: User,
    as_reader: Headers,
    as_other: Headers,
    as_author: Headers,
) -> None:
    comment = await say("Buy this")
    for headers, reason in ((as_other, "An advertisement"), (as_reader, "It was me")):
        await client.post(f"{at(comment)}/report", headers=headers, json={"reason": reason})
    address = f"{at(comment)}/reports"
    for others, status in ((as_reader, 403), (None, 401)):
        assert (await client.get(address, headers=others)).status_code == status
    found = (await client.get(address, headers=as_author)).json()
    assert {report["reason"] for report in found} == {"An advertisement", "It was me"}
    assert other.username in {report["reporter"]["username"] for report in found}
    page = await client.get(f"{address}?limit=1&total=true", headers=as_author)
    assert (page.headers["X-Total-Count"], len(page.json())) == ("2", 1)
    following = await client.get(page.links["next"]["url"], headers=as_author)
    assert following.json() + page.json() == found[::-1]
    assert (await client.get(f"{QUEUE}/999999/reports", headers=as_author)).status_code == 404


async def test_what_is_not_seen_is_not_reported(
    client: httpx.AsyncClient, say: Say, as_author: Headers, as_other: Headers
) -> None:
    comment = await say("Buy this")
    await say("No", below=comment)
    await decide(client, comment, as_author, "hidden")
    for address in (f"{at(comment)}/report", f"{QUEUE}/999999/report"):
        answer = await client.post(address, headers=as_other, json={"reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (404, "comment_not_found")


async def test_authors_who_share_an_article_moderate_it_together(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, author: User, as_reader: Headers
) -> None:
    second = await make.user()
    article = await make.article(author, with_authors=[second])
    address = f"/api/v1/articles/{article.id}/comments"
    answer = await client.post(address, headers=as_reader, json={"content": "Hello"})
    assert (await decide(client, answer.json(), sign_in(second), "hidden")).status_code == 200
