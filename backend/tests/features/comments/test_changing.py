"""Changing and deleting: who may, for how long, and what is left."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.models import AuditEvent, Comment, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.comments.conftest import ARTICLE, ClientWith, Headers, Say

COMMENTS = f"{ARTICLE}/comments"


def at(comment: dict[str, Any]) -> str:
    return f"/api/v1/comments/{comment['id']}"


async def change(
    client: httpx.AsyncClient, comment: dict[str, Any], headers: Headers | None, **body: object
) -> httpx.Response:
    return await client.patch(at(comment), headers=headers, json=body or {"content": "Changed"})


async def test_who_wrote_it_changes_it_for_some_minutes(
    client: httpx.AsyncClient, say: Say, reader: User, sign_in: SignIn, clock: MovableClock
) -> None:
    comment = await say("Hello")
    clock.move(timedelta(minutes=14, seconds=59))
    answer = await change(client, comment, sign_in(reader), content="Hello *again*")
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["content_html"] == "<p>Hello <em>again</em></p>\n"
    assert (changed["version"], changed["edited_at"]) == (2, "2026-01-15T12:14:59Z")
    assert (await client.get(at(comment))).json() == changed
    clock.move(timedelta(seconds=1))
    answer = await change(client, comment, sign_in(reader))
    assert (answer.status_code, answer.json()["code"]) == (403, "too_late_to_edit")


async def test_where_the_time_is_none_nobody_changes_their_own(
    client_with: ClientWith, say: Say, as_reader: Headers, as_editor: Headers
) -> None:
    async with client_with(comment_edit_minutes=0) as client:
        comment = await say("Hello", at=client)
        assert (await change(client, comment, as_reader)).status_code == 403
        assert (await change(client, comment, as_editor)).status_code == 200


async def test_editors_change_any_comment_at_any_time_and_that_is_written_down(
    client: httpx.AsyncClient,
    session: AsyncSession,
    say: Say,
    editor: User,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    comment = await say("Hello")
    clock.move(timedelta(days=100))
    assert (await change(client, comment, sign_in(editor))).json()["content"] == "Changed"
    [event] = await session.scalars(select(AuditEvent).filter_by(event="comment.moderated"))
    assert event.subject_id == comment["author"]["id"]
    assert event.details == {
        "comment_id": comment["id"], "fields": ["content"], "status": "visible"
    }  # fmt: skip


async def test_nobody_else_changes_it(
    client: httpx.AsyncClient, say: Say, as_other: Headers, as_author: Headers
) -> None:
    comment = await say("Hello")
    for headers, status in ((as_other, 403), (as_author, 403), (None, 401)):
        assert (await change(client, comment, headers)).status_code == status
    assert (await client.get(at(comment))).json() == comment


async def test_a_change_of_nothing_is_none(
    client: httpx.AsyncClient, say: Say, as_reader: Headers
) -> None:
    comment = await say("Hello")
    for body in ({"content": "Hello"}, {}):
        answer = await client.patch(at(comment), headers=as_reader, json=body)
        assert (answer.status_code, answer.json()) == (200, comment)


@pytest.mark.parametrize(
    "body",
    [{"content": ""}, {"content": None}, {"content": "![](x)"}, {"status": "visible"}, {"id": 1}],
)
async def test_a_change_that_cannot_be_is_refused(
    client: httpx.AsyncClient, say: Say, as_reader: Headers, body: dict[str, object]
) -> None:
    comment = await say("Hello")
    assert (await change(client, comment, as_reader, **body)).status_code == 422
    assert (await client.get(at(comment))).json() == comment


async def test_nothing_is_done_to_what_has_changed_meanwhile(
    client: httpx.AsyncClient, say: Say, as_reader: Headers, as_author: Headers
) -> None:
    comment = await say("Hello")
    etag = (await client.get(at(comment))).headers["ETag"]
    fresh = {**as_reader, "If-Match": etag}
    assert (await change(client, comment, fresh)).status_code == 200
    stale = await change(client, comment, fresh, content="Again")
    assert stale.status_code == 412
    assert (await client.delete(at(comment), headers=fresh)).status_code == 412
    moderation = await client.patch(
        f"{at(comment)}/status", headers={**as_author, "If-Match": etag}, json={"status": "spam"}
    )
    assert moderation.status_code == 412
    read = (await client.get(at(comment))).json()
    assert (read["content"], read["version"]) == ("Changed", 2)


async def test_what_nobody_has_answered_is_gone_when_it_is_deleted(
    client: httpx.AsyncClient, session: AsyncSession, say: Say, as_reader: Headers
) -> None:
    comment = await say("Hello")
    assert (await client.delete(at(comment), headers=as_reader)).status_code == 204
    assert (await client.get(COMMENTS)).json() == []
    for headers in (as_reader, None):
        assert (await client.get(at(comment), headers=headers)).status_code == 404
    assert (await client.delete(at(comment), headers=as_reader)).status_code == 404
    assert (await change(client, comment, as_reader)).status_code == 404
    texts = select(Comment.content, Comment.content_html).filter_by(id=comment["id"])
    assert (await session.execute(texts)).one() == ("", "")


async def test_what_has_answers_leaves_its_place_without_text_and_author(
    client: httpx.AsyncClient, say: Say, as_reader: Headers, as_editor: Headers
) -> None:
    comment = await say("Hello")
    await say("Hi", below=comment)
    assert (await client.delete(at(comment), headers=as_reader)).status_code == 204
    for headers in (None, as_reader, as_editor):
        [thread] = (await client.get(COMMENTS, headers=headers)).json()
        assert thread["status"] == "deleted"
        shown = {thread[name] for name in ("content", "content_html", "author", "edited_at")}
        assert shown == {None}
        assert [reply["content"] for reply in thread["replies"]] == ["Hi"]
        read = await client.get(at(comment), headers=headers)
        assert (read.status_code, read.json()["status"]) == (200, "deleted")
    assert (await change(client, comment, as_reader)).status_code == 404
    assert (await change(client, comment, as_editor)).status_code == 404


async def test_a_place_between_is_kept_as_long_as_something_is_below_it(
    client: httpx.AsyncClient, say: Say, as_reader: Headers
) -> None:
    one = await say("One")
    two = await say("Two", below=one)
    three = await say("Three", below=two)
    for comment in (two, one):
        await client.delete(at(comment), headers=as_reader)
    [thread] = (await client.get(COMMENTS)).json()
    places = [(reply["status"], reply["content"]) for reply in thread["replies"]]
    assert places == [("deleted", None), ("visible", "Three")]
    assert (thread["status"], thread["replies_count"]) == ("deleted", 2)
    await client.delete(at(three), headers=as_reader)
    assert (await client.get(COMMENTS)).json() == []


async def test_who_may_delete_it(
    client: httpx.AsyncClient,
    session: AsyncSession,
    say: Say,
    make: Factory,
    reader: User,
    author: User,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    other, editor = await make.user(), await make.user(Role.EDITOR)
    first, second, third = [await say(content) for content in ("One", "Two", "Three")]
    clock.move(timedelta(days=100))
    assert (await client.delete(at(first))).status_code == 401
    assert (await client.delete(at(first), headers=sign_in(other))).status_code == 403
    for comment, user in ((first, author), (second, editor), (third, reader)):
        assert (await client.delete(at(comment), headers=sign_in(user))).status_code == 204
    events = await session.scalars(select(AuditEvent).filter_by(event="comment.deleted"))
    assert {event.details["comment_id"] for event in events} == {first["id"], second["id"]}
