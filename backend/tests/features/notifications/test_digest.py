"""The digest by mail: once a day, what was not read, to who wants it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.features.notifications import rules, service
from app.features.notifications.schemas import Kind
from app.models import Article, Notification, Site, User
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.notifications.conftest import (
    NO_OTHER_JOB,
    MakeComment,
    Morning,
    Tell,
    Want,
    body,
)

DAY = timedelta(days=1)


async def mailed(session: AsyncSession) -> list[bool]:
    """Whether each notification was mailed, in the order of ids."""
    query = select(Notification.mailed_at.is_not(None)).order_by(Notification.id)
    return list(await session.scalars(query))


async def test_it_tells_what_was_not_read_with_links(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    river: Article,
    make_comment: MakeComment,
    session: AsyncSession,
) -> None:
    await want(*Kind)
    await tell(Kind.FOLLOWER)
    await tell(Kind.FAVORITE, article=river)
    await tell(Kind.FAVORITE, article=river, actor=await make.user())
    for kind in (Kind.COMMENT, Kind.REPLY, Kind.MENTION):
        await tell(kind, article=river, comment=await make_comment(river))
    (message,) = await morning.pass_by()
    assert message["To"] == "person1@example.com"
    assert message["Subject"] == "6 new notifications at River"
    assert body(message) == (
        "What you have not read yet:\n"
        "\n"
        "- 1 mention of you below “Down the river”\n"
        "  https://blog.test/read/down-the-river/\n"
        "- 1 reply to you below “Down the river”\n"
        "  https://blog.test/read/down-the-river/\n"
        "- 1 new comment on “Down the river”\n"
        "  https://blog.test/read/down-the-river/\n"
        "- 2 people like “Down the river”\n"
        "  https://blog.test/read/down-the-river/\n"
        "- 1 person follows you\n"
        "\n"
        "You get this because your account at River asks for it, once a day at the most. "
        "Change that in the account:\n"
        "\n"
        "https://blog.test\n"
    )
    page = body(message, "html")
    assert 'href="https://blog.test/read/down-the-river/"' in page
    assert "2 people like" in page
    assert await mailed(session) == [True] * 6


async def test_the_site_gives_title_and_language(
    morning: Morning, want: Want, tell: Tell, sessions: Sessions
) -> None:
    edits = {"title": "The Lock", "locale": "pt-BR"}
    times = {"created_at": EARLY_2026, "updated_at": EARLY_2026}
    async with sessions.begin() as session:
        session.add(Site(id=1, edits=edits, **times))
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    (message,) = await morning.pass_by()
    assert message["Subject"] == "1 new notification at The Lock"
    # Nobody has written it in Portuguese.
    assert message["Content-Language"] == "en"


async def test_everything_is_mailed_once(
    morning: Morning, want: Want, tell: Tell, make: Factory, clock: MovableClock
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    assert len(await morning.pass_by()) == 1
    await tell(Kind.FOLLOWER, actor=await make.user())
    assert await morning.pass_by() == [], "one a day"
    clock.move(DAY)
    (message,) = await morning.pass_by()
    assert message["Subject"].startswith("1 new")
    clock.move(DAY)
    assert await morning.pass_by() == [], "nothing new"


async def test_a_job_that_is_done_again_mails_nothing_more(
    morning: Morning, want: Want, tell: Tell
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    await morning.begin()
    await morning.begin()
    ((_, name, payload),) = await morning.waiting()
    assert await morning.work() == ["notifications.digest_one", "mail.send"]
    await morning.perform(NO_OTHER_JOB * 2, name, payload)
    assert await morning.waiting() == []
    assert b"@" not in payload, "the address is looked up when it is needed"


async def test_the_same_digest_is_called_the_same(
    morning: Morning, want: Want, tell: Tell, anna: User
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    (message,) = await morning.pass_by()
    assert message["Message-ID"].startswith(f"<digest-{anna.id}-20260115@")


async def test_it_is_only_of_the_wanted_kinds_and_what_is_read_is_not_told(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    river: Article,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FAVORITE, article=river)
    await tell(Kind.FOLLOWER)
    async with sessions.begin() as other:
        for row in await other.scalars(select(Notification)):
            row.read_at = EARLY_2026
    await tell(Kind.FAVORITE, article=river, actor=await make.user())
    assert await morning.pass_by() == []
    await tell(Kind.FOLLOWER, actor=await make.user())
    (message,) = await morning.pass_by()
    assert message["Subject"] == "1 new notification at River"
    assert await mailed(session) == [False, False, False, True]


async def test_by_default_nobody_gets_one(morning: Morning, want: Want, tell: Tell) -> None:
    await tell(Kind.FOLLOWER)
    assert await morning.pass_by() == []
    await want()
    assert await morning.pass_by() == []


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"email_verified_at": None}], ids=["inactive", "unverified"]
)
async def test_who_is_inactive_or_has_not_confirmed_the_address_gets_none(
    morning: Morning,
    want: Want,
    tell: Tell,
    anna: User,
    sessions: Sessions,
    fields: dict[str, Any],
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    await morning.begin()
    async with sessions.begin() as session:
        user = await session.get_one(User, anna.id)
        for name, value in fields.items():
            setattr(user, name, value)
    assert await morning.work() == ["notifications.digest_one"], "not even when asked for before"
    assert await morning.pass_by() == []


async def test_who_has_left_gets_none(
    morning: Morning, want: Want, tell: Tell, anna: User, sessions: Sessions
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER)
    await morning.begin()
    async with sessions.begin() as session:
        await session.delete(await session.get_one(User, anna.id))
    assert await morning.work() == ["notifications.digest_one"]


async def test_it_tells_nothing_that_is_not_to_be_seen(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    anna: User,
    river: Article,
    make_comment: MakeComment,
    session: AsyncSession,
) -> None:
    await want(*Kind)
    await tell(Kind.FAVORITE, article=await make.draft(anna))
    await tell(Kind.COMMENT, article=river, comment=await make_comment(river, status="hidden"))
    assert await morning.pass_by() == []
    assert await mailed(session) == [False, False]


async def test_it_does_not_look_back_for_more_than_a_week(
    morning: Morning, want: Want, tell: Tell, make: Factory, clock: MovableClock
) -> None:
    await want(Kind.FOLLOWER)
    await tell(Kind.FOLLOWER, at=clock() - rules.LOOKS_BACK)
    assert await morning.pass_by() == []
    just_in = clock() - rules.LOOKS_BACK + timedelta(seconds=1)
    await tell(Kind.FOLLOWER, actor=await make.user(), at=just_in)
    (message,) = await morning.pass_by()
    assert message["Subject"].startswith("1 new")


async def test_each_account_has_one_job_however_many_there_are(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "ASKED_AT_ONCE", 2)
    people = [await make.user(email_verified_at=EARLY_2026) for _ in range(5)]
    for each in people:
        await want(Kind.FOLLOWER, of=each)
    await tell(Kind.FOLLOWER, to=tuple(people))
    await morning.begin()
    done = await morning.work()
    assert done.count("notifications.digests") == 2
    assert done.count("notifications.digest_one") == 5
    assert len(list(morning.folder.glob("*.eml"))) == 5


async def test_a_long_digest_ends_with_a_number(
    morning: Morning, want: Want, tell: Tell, make: Factory, anna: User
) -> None:
    await want(Kind.FAVORITE)
    for _ in range(rules.MOST_LINES + 3):
        await tell(Kind.FAVORITE, article=await make.article(anna))
    (message,) = await morning.pass_by()
    assert message["Subject"] == "23 new notifications at River"
    assert body(message).count("- 1 person likes") == rules.MOST_LINES
    assert "\nAnd 3 more.\n" in body(message)
    assert "<p>And 3 more.</p>" in body(message, "html")


NASTY = '<script>alert(1)</script>" onclick="x {{ total }} %0aBcc: eve@example.com'


async def test_of_strangers_there_are_only_titles_and_they_are_text(
    morning: Morning,
    want: Want,
    tell: Tell,
    make: Factory,
    anna: User,
    make_comment: MakeComment,
) -> None:
    await want(*Kind)
    article = await make.article(anna, title=NASTY)
    mallory = await make.user(username="mallory", full_name="Buy <b>this</b>")
    comment = await make_comment(article, author_id=mallory.id, content="spam.example")
    await tell(Kind.COMMENT, article=article, comment=comment, actor=mallory)
    await tell(Kind.FOLLOWER, actor=mallory)
    (message,) = await morning.pass_by()
    whole = message.as_string()
    assert message["Subject"] == "2 new notifications at River"
    assert message["Bcc"] is None
    for typed in ("mallory", "Buy", "spam.example"):
        assert typed not in whole
    assert "<script" not in body(message, "html")
    assert "&lt;script&gt;" in body(message, "html")
    assert not re.search(r"<[^>]* onclick=", body(message, "html"))
    assert NASTY in body(message)
