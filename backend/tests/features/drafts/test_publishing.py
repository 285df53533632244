"""Publishing: everything that waits becomes public at once, or nothing of it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Revision, User, WorkingCopy
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.drafts.conftest import ARTICLES, Keep

NOW, TOMORROW = "2026-01-15T12:00:00Z", "2026-01-16T12:00:00Z"


async def test_all_of_it_moves_in_one_version(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    make: Factory,
    author: User,
    keep: Keep,
    address: str,
    session: AsyncSession,
) -> None:
    await make.series(author, slug="journey")
    await make.user(username="bert")
    await keep(title="Up", slug="up", content="We came back at **six**.", tags=["b", "a"])
    await keep(
        series="journey", authors=["anna", "bert"], meta={"title": "Short"}, note="Rewritten"
    )
    answer = await client.post(f"{address}/publish", headers=as_author)
    assert answer.status_code == 200
    assert (await client.get(f"{ARTICLES}/up")).headers["ETag"] != ""
    page = (await client.get(f"{ARTICLES}/up")).json()
    assert page == answer.json()
    assert (page["title"], page["version"], page["status"]) == ("Up", 2, "published")
    assert "<strong>six</strong>" in page["content_html"]
    assert [tag["name"] for tag in page["tags"]] == ["b", "a"]
    assert [each["username"] for each in page["authors"]] == ["anna", "bert"]
    assert (page["series"]["slug"], page["series"]["position"]) == ("journey", 1)
    assert page["seo"]["title"] == "Short"
    assert (await client.get(f"{ARTICLES}/river")).status_code == 308
    assert len((await client.get(f"{ARTICLES}?tag=b")).json()) == 1
    _, revision = (await session.scalars(select(Revision).order_by(Revision.version))).all()
    assert set(revision.fields) == {
        "title", "slug", "content", "tags", "series", "series_position", "authors", "meta",
    }  # fmt: skip
    assert (revision.note, revision.published) == ("Rewritten", True)
    (copy,) = await session.scalars(select(WorkingCopy))
    assert (copy.changes, copy.seen, copy.note) == ({}, {}, None)


async def test_its_own_note_wins(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    keep: Keep,
    address: str,
    session: AsyncSession,
) -> None:
    await keep(title="Up", note="Rewritten")
    await client.post(f"{address}/publish", headers=as_author, json={"note": "Ready"})
    query = select(Revision.note).where(Revision.version == 2)
    assert await session.scalar(query) == "Ready"


@pytest.mark.parametrize("body", [None, {}, {"published_at": None}])
async def test_a_draft_is_published_now(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    make: Factory,
    author: User,
    body: dict[str, Any] | None,
) -> None:
    address = f"{ARTICLES}/{(await make.draft(author)).id}"
    page = (await client.post(f"{address}/publish", headers=as_author, json=body)).json()
    assert (page["status"], page["published_at"], page["version"]) == ("published", NOW, 2)


@pytest.mark.parametrize(
    ("published", "dated", "published_at"),
    [
        (False, None, NOW),
        (False, EARLY_2026 - timedelta(days=1), "2026-01-14T12:00:00Z"),
        (False, EARLY_2026 + timedelta(days=1), NOW),
        (True, EARLY_2026 + timedelta(days=1), NOW),
        (True, EARLY_2026 - timedelta(days=1), "2026-01-14T12:00:00Z"),
        (True, EARLY_2026, NOW),
    ],
    ids=["draft", "dated draft", "planned draft", "scheduled", "published", "just published"],
)
async def test_without_a_date_it_is_public_now_and_as_long_since_as_it_was(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    make: Factory,
    author: User,
    published: bool,
    dated: object,
    published_at: str,
) -> None:
    article = await make.article(author, published=published, published_at=dated)
    address = f"{ARTICLES}/{article.id}"
    page = (await client.post(f"{address}/publish", headers=as_author)).json()
    assert (page["status"], page["published_at"]) == ("published", published_at)


async def test_with_a_date_it_is_scheduled_or_back_dated(
    client: httpx.AsyncClient, author: User, sign_in: SignIn, keep: Keep, address: str,
    clock: MovableClock,
) -> None:  # fmt: skip
    as_author = sign_in(author)
    await keep(title="Up")
    publish = f"{address}/publish"
    later = await client.post(publish, headers=as_author, json={"published_at": TOMORROW})
    assert (later.json()["status"], later.json()["title"]) == ("scheduled", "Up")
    assert (await client.get(address)).status_code == 404
    clock.move(timedelta(days=1))
    assert (await client.get(address)).json()["title"] == "Up"
    as_author = sign_in(author)
    long_ago = {"published_at": "2020-02-29T00:00:00Z"}
    back = await client.post(publish, headers=as_author, json=long_ago)
    assert (back.json()["status"], back.json()["published_at"]) == (
        "published", "2020-02-29T00:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{"published_at": "tomorrow"}, {"published_at": 7}, {"note": ""}, {"title": "Up"}, [], "now"],
    ids=str,
)
async def test_what_breaks_a_rule_publishes_nothing(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str, body: object
) -> None:
    await keep(title="Up")
    answer = await client.post(f"{address}/publish", headers=as_author, json=body)
    assert answer.status_code == 422
    assert (await client.get(address)).json()["title"] == "Down the river"


async def test_publishing_what_is_public_already_changes_nothing(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str
) -> None:
    before = await client.get(address)
    again = await client.post(f"{address}/publish", headers=as_author)
    assert (again.status_code, again.json()) == (200, before.json())


# When the article has changed meanwhile


async def test_a_change_of_another_field_is_no_conflict(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    await keep(title="Up")
    await client.patch(address, headers=as_author, json={"content": "We came back at six."})
    page = (await client.post(f"{address}/publish", headers=as_author)).json()
    assert (page["title"], page["content"], page["version"]) == ("Up", "We came back at six.", 3)
    assert page["content_html"] == "<p>We came back at six.</p>\n"


async def test_a_change_of_the_same_field_is_one(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    await keep(title="Up", tags=["b"])
    await client.patch(address, headers=as_author, json={"title": "Theirs"})
    refused = await client.post(f"{address}/publish", headers=as_author)
    assert (refused.status_code, refused.json()["code"]) == (409, "working_copy_conflict")
    assert "title" in refused.json()["detail"]
    assert "tags" not in refused.json()["detail"]
    page = (await client.get(address)).json()
    assert (page["title"], page["version"]) == ("Theirs", 2)
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    assert draft.json()["title"] == "Up"
    await keep(title="Up")
    published = await client.post(f"{address}/publish", headers=as_author)
    assert (published.status_code, published.json()["title"]) == (200, "Up")


async def test_keeping_another_field_does_not_hide_the_conflict(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    await keep(title="Up")
    await client.patch(address, headers=as_author, json={"title": "Theirs"})
    await keep(tags=["b"])
    refused = await client.post(f"{address}/publish", headers=as_author)
    assert refused.status_code == 409


async def test_who_changed_it_to_just_the_same_is_no_conflict(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    await keep(title="Up", tags=["b"])
    await client.patch(address, headers=as_author, json={"title": "Up"})
    await keep(tags=["c"])
    published = await client.post(f"{address}/publish", headers=as_author)
    assert published.status_code == 200
    assert [tag["name"] for tag in published.json()["tags"]] == ["c"]


async def test_a_slug_that_was_taken_meanwhile_is_refused_and_all_waits_on(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User, keep: Keep,
    address: str,
) -> None:  # fmt: skip
    await keep(title="Up", slug="up")
    await make.article(author, slug="up")
    refused = await client.post(f"{address}/publish", headers=as_author)
    assert (refused.status_code, refused.json()["code"]) == (400, "slug_taken")
    draft = (await client.get(f"{address}?draft=true", headers=as_author)).json()
    assert (draft["title"], draft["slug"], draft["version"]) == ("Up", "up", 1)


async def test_what_is_gone_meanwhile_is_left_out(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    make: Factory,
    sign_in: SignIn,
    author: User,
    keep: Keep,
    address: str,
) -> None:
    bert = await make.user(username="bert")
    await make.series(author, slug="journey")
    await make.tag("b")
    await keep(authors=["anna", "bert"], series="journey", tags=["b"], title="Up")
    await client.delete("/api/v1/users/me", headers=sign_in(bert))
    await client.delete("/api/v1/series/journey", headers=as_author)
    await client.delete("/api/v1/tags/b", headers=as_editor)
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    assert (draft.status_code, draft.json()["series"]) == (200, None)
    published = await client.post(f"{address}/publish", headers=as_author)
    assert published.status_code == 200
    assert [each["username"] for each in published.json()["authors"]] == ["anna"]
    assert published.json()["series"] is None
    assert [tag["name"] for tag in published.json()["tags"]] == ["b"]


async def test_an_owner_who_is_gone_leaves_it_to_the_next(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    sign_in: SignIn,
    address: str,
) -> None:
    bert = await make.user(username="bert")
    handing = {"authors": ["bert", "anna"], "title": "Up"}
    await client.patch(f"{address}?draft=true", headers=as_editor, json=handing)
    await client.delete("/api/v1/users/me", headers=sign_in(bert))
    draft = await client.get(f"{address}?draft=true", headers=as_editor)
    assert (draft.status_code, draft.json()["author"]["username"]) == (200, "anna")
    published = await client.post(f"{address}/publish", headers=as_editor)
    assert (published.status_code, published.json()["author"]["username"]) == (200, "anna")


async def test_a_tag_that_was_renamed_meanwhile_keeps_its_new_name(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    keep: Keep,
    address: str,
) -> None:
    await keep(tags=["a", "b"])
    await client.patch("/api/v1/tags/b", headers=as_editor, json={"name": "Boats"})
    await client.patch("/api/v1/tags/a", headers=as_editor, json={"name": "Anchors"})
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    published = await client.post(f"{address}/publish", headers=as_author)
    for answer in (draft, published):
        assert [tag["name"] for tag in answer.json()["tags"]] == ["Anchors", "Boats"]


async def test_what_an_editor_decided_in_the_copy_its_author_can_publish(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    address: str,
) -> None:
    await client.patch(f"{address}?draft=true", headers=as_editor, json={"featured": True})
    published = await client.post(f"{address}/publish", headers=as_author)
    assert (published.status_code, published.json()["featured"]) == (200, True)


async def test_a_repeated_publication_is_one(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str, article: Article
) -> None:
    await keep(title="Up")
    once = {**as_author, "Idempotency-Key": "once"}
    first = await client.post(f"{address}/publish", headers=once)
    again = await client.post(f"{address}/publish", headers=once)
    assert again.content == first.content
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json()["version"] == 2
