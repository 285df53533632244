"""GET /users/me/export: all that is kept about somebody, in one document."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.privacy.repository import SOURCES
from app.features.privacy.schemas import SECTIONS, Export
from app.models import (
    ApiKey,
    Article,
    AuditEvent,
    Authenticator,
    Base,
    Bookmark,
    Comment,
    CommentReport,
    Favorite,
    FeedMark,
    Identity,
    ImportedArticle,
    Invitation,
    Notification,
    NotificationSettings,
    Passkey,
    Preview,
    Proof,
    RecoveryCode,
    RefreshToken,
    Tag,
    TagFollow,
    User,
    UserFollow,
    WorkingCopy,
)
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory

EXPORT = "/api/v1/users/me/export"
DAY = timedelta(days=1)
SECRET = b"a secret of 32 bytes, hashed ..."

# Tables that hold something about a person and are in no export, and why.
LEFT_OUT = {
    "article_authors": "stands in the articles",
    "challenges": "live for minutes, and have nothing but a secret",
    "invitations.account_id": "is the inviter's to show",
    "provider_visits": "live for minutes, and have nothing but secrets",
    "stored_answers": "repeat, for a day, what has been answered before",
}


@pytest.fixture
async def anna(make: Factory) -> User:
    """Whose export it is."""
    return await make.user(username="anna", email="anna@example.com")


@pytest.fixture
def headers(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's."""
    return sign_in(anna)


async def export(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """Return the export, which is the shape that the document describes, to the letter."""
    answer = await client.get(EXPORT, headers=headers)
    assert answer.status_code == 200, answer.text
    Export.model_validate_json(answer.content, extra="forbid")
    found: dict[str, Any] = answer.json()
    return found


def _belongings(user: User, article_id: int, session_id: int) -> list[Base]:
    """Return something of everything that an account can have besides what factories make."""
    since: dict[str, Any] = {"user_id": user.id, "created_at": EARLY_2026}
    until: dict[str, Any] = {"created_at": EARLY_2026, "expires_at": EARLY_2026 + DAY}
    return [
        ApiKey(name="Builds", prefix="gly_abcd", secret_hash=SECRET, scopes=["public:read"],
               **since),
        Authenticator(sealed_secret=SECRET.decode(), confirmed_at=EARLY_2026, last_step=7, **since),
        RecoveryCode(code_hash=SECRET, **since),
        RecoveryCode(code_hash=SECRET[::-1], **since),
        Passkey(name="Phone", credential_id=SECRET, public_key=SECRET, transports=["hybrid"],
                **since),
        Identity(issuer="https://id.example.com", subject="4711", email="a@example.net", **since),
        RefreshToken(token_hash=SECRET, session_id=session_id, created_at=EARLY_2026),
        Proof(purpose="verify_email", email=user.email, user_id=user.id, **until),
        Invitation(email="bert@example.com", role="author", inviter_id=user.id, **until),
        Preview(id="a-preview", article_id=article_id, maker_id=user.id, **until),
        WorkingCopy(article_id=article_id, editor_id=user.id, changes={"title": "Waiting"},
                    seen={}, note="Soon", created_at=EARLY_2026, updated_at=EARLY_2026),
        ImportedArticle(article_id=article_id, author_id=user.id, source="posts/a.md", digest="x",
                        metadata_={"layout": "post"}, imported_at=EARLY_2026),
    ]  # fmt: skip


async def _talk(session: AsyncSession, user: User, other: User, article: Article, tag: Tag) -> None:
    """Have somebody talk about an article, like it and keep it, follow, and be told of things."""
    since: dict[str, Any] = {"user_id": user.id, "created_at": EARLY_2026}
    about: dict[str, Any] = {"article_id": article.id, "created_at": EARLY_2026}
    comment = Comment(
        author_id=user.id, depth=1, content="I was *there*.", content_html="", status="visible",
        updated_at=EARLY_2026, **about,
    )  # fmt: skip
    session.add(comment)
    await session.flush()
    session.add_all([
        CommentReport(comment_id=comment.id, reporter_id=user.id, reason="A slip",
                      created_at=EARLY_2026),
        Favorite(article_id=article.id, **since),
        Bookmark(article_id=article.id, **since),
        UserFollow(follower_id=user.id, followed_id=other.id, created_at=EARLY_2026),
        TagFollow(tag_id=tag.id, **since),
        FeedMark(user_id=user.id, seen_at=EARLY_2026),
        Notification(kind="mention", actor_id=other.id, article_id=article.id,
                     comment_id=comment.id, **since),
        NotificationSettings(user_id=user.id, mailed=["reply"]),
    ])  # fmt: skip


async def test_a_new_account_is_itself_and_a_sign_in(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, make: Factory
) -> None:
    found = await export(client, headers)
    assert (found["format"], found["exported_at"]) == (1, "2026-01-15T12:00:00+00:00")
    assert found["account"]["email"] == "anna@example.com"
    assert [each["id"] for each in found["sessions"]] == [make.sessions_of[anna.id]]
    assert {name for name in SECTIONS if found[name]} == {"sessions"}
    assert found["activity"] == []


async def test_it_has_something_of_everything_and_no_secret(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    article = await make.article(anna, content="Down the river.", seo={"title": "River"})
    await make.series(anna, title="A year")
    bert, tag = await make.user(), await make.tag("rivers")
    async with session.begin():
        session.add_all(_belongings(anna, article.id, make.sessions_of[anna.id]))
        await _talk(session, anna, bert, article, tag)
    answer = await client.get(EXPORT, headers=headers)
    found = answer.json()
    assert {name for name in SECTIONS if not found[name]} == set()
    assert found["articles"][0]["content"] == "Down the river."
    assert found["articles"][0]["meta"] == {"title": "River"}
    assert found["working_copies"][0]["changes"] == {"title": "Waiting"}
    assert found["imports"][0]["metadata"] == {"layout": "post"}
    assert found["invitations"][0]["email"] == "bert@example.com"
    assert len(found["recovery_codes"]) == 2
    assert found["comments"][0]["content"] == "I was *there*."
    assert found["comment_reports"][0]["reason"] == "A slip"
    assert found["follows"] == [{"user_id": bert.id, "created_at": "2026-01-15T12:00:00Z"}]
    assert (found["tag_follows"][0]["tag_id"], found["tag_follows"][0]["tag"]) == (tag.id, "rivers")
    assert found["notifications"][0]["actor_id"] == bert.id
    assert found["notification_settings"] == [{"mailed": ["reply"], "digested_at": None}]
    assert anna.password_hash not in answer.text
    assert SECRET.decode() not in answer.text
    assert "hash" not in answer.text


async def test_articles_are_there_in_whatever_state(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, make: Factory
) -> None:
    bert = await make.user()
    mine = [
        await make.article(anna),
        await make.draft(anna),
        await make.article(anna, published_at=EARLY_2026 + DAY),
        await make.article(anna, deleted_at=EARLY_2026),
        await make.article(bert, with_authors=[anna]),
    ]
    await make.article(bert)
    found = await export(client, headers)
    assert [each["id"] for each in found["articles"]] == [each.id for each in mine]
    assert found["articles"][4]["author_ids"] == [bert.id, anna.id]


async def test_of_what_was_edited_elsewhere_it_has_the_fact_and_not_the_text(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, make: Factory, sign_in: SignIn
) -> None:
    article = await make.article(await make.user(), with_authors=[anna], title="Theirs")
    path = f"/api/v1/articles/{article.id}"
    await client.patch(path, headers=headers, json={"title": "Ours", "note": "Better"})
    (revision,) = (await export(client, headers))["revisions"]
    assert revision == {
        "article_id": article.id,
        "version": 2,
        "made_at": "2026-01-15T12:00:00Z",
        "note": "Better",
        "fields": ["title"],
        "published": True,
    }


async def test_what_is_other_peoples_is_not_in_it(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    bert, tag = await make.user(), await make.tag("rivers")
    article = await make.article(bert)
    await make.series(bert)
    async with session.begin():
        session.add_all(_belongings(bert, article.id, make.sessions_of[bert.id]))
        await _talk(session, bert, anna, article, tag)
    found = await export(client, headers)
    assert {name for name in SECTIONS if found[name]} == {"sessions"}
    assert len(found["sessions"]) == 1


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_it_is_the_same_however_it_is_read(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    tags = [await make.tag(name) for name in ("rivers", "locks", "weirs")]
    for tag in tags:
        article = await make.article(anna)
        other = await make.user()
        async with session.begin():
            session.add_all(
                [
                    Favorite(user_id=anna.id, article_id=article.id, created_at=EARLY_2026),
                    UserFollow(follower_id=anna.id, followed_id=other.id, created_at=EARLY_2026),
                    TagFollow(user_id=anna.id, tag_id=tag.id, created_at=EARLY_2026),
                ]
            )
    whole = await export(client, headers)
    for name, source in SOURCES.items():
        monkeypatch.setitem(SOURCES, name, replace(source, size=size))
    again = await export(client, headers)
    lengths = [len(again[name]) for name in ("articles", "favorites", "follows", "tag_follows")]
    assert lengths == [3, 3, 3, 3]
    assert {**again, "activity": []} == {**whole, "activity": []}


async def test_it_is_a_file_that_nobody_keeps_on_the_way(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get(EXPORT, headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="anna.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.content)


async def test_exporting_is_written_down_and_in_the_next_one(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, session: AsyncSession
) -> None:
    await export(client, headers)
    (entry,) = await session.scalars(select(AuditEvent))
    assert (entry.event, entry.actor_id, entry.subject_id) == ("account.exported", anna.id, anna.id)
    (known,) = (await export(client, headers))["activity"]
    assert (known["event"], known["by_me"]) == ("account.exported", True)


async def test_it_is_for_people_who_are_signed_in(client: httpx.AsyncClient) -> None:
    assert (await client.get(EXPORT)).status_code == 401


def test_whatever_names_an_account_is_in_the_export_or_left_out_on_purpose() -> None:
    exported = {source.model.__tablename__ for source in SOURCES.values()} | {"users"}
    naming = {
        f"{table.name}.{key.parent.name}" if table.name == "invitations" else table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "users"
    }
    missing = naming - exported - LEFT_OUT.keys() - {"invitations.inviter_id"}
    assert missing == set(), "give it a section, or say in LEFT_OUT why it has none"
