"""A working copy: changes that wait beside an article, and that readers see nothing of."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Revision, User, WorkingCopy
from tests.factories import Factory
from tests.features.drafts.conftest import ARTICLES, Keep

CHANGES: list[dict[str, Any]] = [
    {"title": "Up the river"},
    {"slug": "up-the-river"},
    {"content": "We came back at **six**."},
    {"content_format": "html"},
    {"excerpt": "In short"},
    {"tags": ["b", "a"]},
    {"tags": []},
    {"authors": ["anna", "bert"]},
    {"cover": "/images/river.jpg", "cover_alt": "Dawn"},
    {"canonical_url": "https://example.com/first"},
    {"meta": {"title": "Short"}},
    {"locale": "de"},
]


@pytest.mark.parametrize("given", CHANGES, ids=str)
@pytest.mark.usefixtures("as_stranger")
async def test_readers_see_nothing_of_it(
    client: httpx.AsyncClient,
    keep: Keep,
    address: str,
    session: AsyncSession,
    given: dict[str, Any],
) -> None:
    paths = [address, f"{ARTICLES}/river", f"{ARTICLES}?include=content,tags,author,series",
             f"{ARTICLES}?q=river"]  # fmt: skip
    before = [await client.get(path) for path in paths]
    await keep(**given)
    after = [await client.get(path) for path in paths]
    assert [each.content for each in after] == [each.content for each in before]
    # A list's ETag also changes with what may change lists, such as a tag that comes to be.
    assert [each.headers["ETag"] for each in after[:2]] == [
        each.headers["ETag"] for each in before[:2]
    ]
    assert await session.scalar(select(func.count()).select_from(Revision)) == 1


@pytest.mark.parametrize("given", CHANGES, ids=str)
@pytest.mark.usefixtures("as_stranger")
async def test_its_authors_see_the_article_as_it_will_be(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    keep: Keep,
    address: str,
    given: dict[str, Any],
) -> None:
    kept = await keep(**given)
    shown = await client.get(f"{address}?draft=true", headers=as_author)
    assert shown.content == kept.content
    assert shown.headers["ETag"] == kept.headers["ETag"]
    page = shown.json()
    assert page["working_copy"]["fields"] == list(given)
    published = await client.post(f"{address}/publish", headers=as_author)
    now = published.json()
    same = now.keys() - {"version", "updated_at", "working_copy", "seo"}
    assert {name: page[name] for name in same} == {name: now[name] for name in same}
    assert now["working_copy"] is None


async def test_the_draft_is_private_and_named_by_both_versions(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    keep: Keep,
    address: str,
    article: Article,
) -> None:
    await keep(title="Up")
    kept = await keep(title="Up and up")
    shown = await client.get(f"{address}?draft=true", headers=as_author)
    assert shown.headers["ETag"].startswith(f'"{article.id}-1.2-')
    assert kept.headers["ETag"] == shown.headers["ETag"]
    for answer in (kept, shown):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


async def test_the_draft_that_an_editor_has_is_not_sent_again(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    known = {**as_author, "If-None-Match": (await keep(title="Up")).headers["ETag"]}
    answer = await client.get(f"{address}?draft=true", headers=known)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (304, "no-store")
    await keep(title="Up and up")
    again = await client.get(f"{address}?draft=true", headers=known)
    assert (again.status_code, again.json()["title"]) == (200, "Up and up")


async def test_in_another_series_it_will_have_the_last_place(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User, keep: Keep,
    address: str,
) -> None:  # fmt: skip
    first = await make.series(author, slug="first")
    second = await make.series(author, slug="second")
    await make.article(author, series_id=second.id, series_position=4)
    await client.patch(address, headers=as_author, json={"series": "first", "series_position": 2})
    draft = await keep(series="second")
    assert draft.json()["series"]["slug"] == "second"
    assert draft.json()["series"]["position"] is None
    published = await client.post(f"{address}/publish", headers=as_author)
    assert published.json()["series"]["position"] == 5
    assert (await client.get(address)).json()["series"]["id"] != first.id


async def test_without_one_the_draft_is_the_article(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str
) -> None:
    plain = await client.get(address, headers=as_author)
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    assert draft.json() == plain.json()
    assert draft.headers["ETag"] == plain.headers["ETag"]
    assert draft.headers["Cache-Control"] == "no-store"


async def test_the_page_of_the_new_text_is_made(keep: Keep) -> None:
    page = (await keep(content="# Back\n\nWe came **back**.")).json()
    assert "<strong>back</strong>" in page["content_html"]
    assert [heading["id"] for heading in page["toc"]] == ["at-back"]
    assert page["excerpt"] == "We came back."
    assert page["seo"]["description"] == "We came back."


async def test_only_what_differs_is_kept(keep: Keep, session: AsyncSession) -> None:
    await keep(title="Up", tags=["a"], locale="en", excerpt=None)
    copy = (await session.scalars(select(WorkingCopy))).one()
    assert copy.changes == {"title": "Up"}
    assert list(copy.seen) == ["title"]


async def test_setting_a_field_back_takes_it_out(keep: Keep) -> None:
    await keep(title="Up", tags=["b"])
    assert (await keep(tags=["a"])).json()["working_copy"]["fields"] == ["title"]


async def test_an_empty_one_vanishes(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    plain = await client.get(address, headers=as_author)
    await keep(title="Up", note="Higher")
    for _ in range(2):
        assert (await keep(title="Down the river")).json() == plain.json()
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    assert draft.headers["ETag"] == plain.headers["ETag"]
    assert (await keep(title="Up")).json()["working_copy"]["note"] is None


@pytest.mark.parametrize("way", ["discarded", "emptied"])
async def test_a_new_one_is_not_taken_for_the_one_before_it(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str, way: str
) -> None:
    first = (await keep(title="Up")).headers["ETag"]
    if way == "discarded":
        await client.delete(f"{address}/draft", headers=as_author)
    else:
        await keep(title="Down the river")
    await keep(title="Somebody else's")
    stale = {**as_author, "If-Match": first}
    answer = await client.patch(f"{address}?draft=true", headers=stale, json={"title": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


async def test_the_same_again_is_no_new_version(keep: Keep) -> None:
    first = await keep(title="Up", note="Higher")
    again = await keep(title="Up")
    assert again.content == first.content
    assert again.json()["working_copy"]["note"] == "Higher"


async def test_what_waits_adds_up(keep: Keep) -> None:
    await keep(meta={"title": "Short"}, title="Up")
    page = (await keep(meta={"og_title": "Shared"}, tags=["b"])).json()
    assert sorted(page["working_copy"]["fields"]) == ["meta", "tags", "title"]
    assert (page["meta"]["title"], page["meta"]["og_title"]) == ("Short", "Shared")
    assert (await keep(meta={"title": None})).json()["meta"]["title"] is None


async def test_only_its_authors_and_editors_hear_of_it(
    client: httpx.AsyncClient,
    keep: Keep,
    address: str,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    as_stranger: dict[str, str],
) -> None:
    await keep(title="Up", note="Secret")
    for headers in (as_author, as_editor):
        plain = await client.get(address, headers=headers)
        assert plain.json()["title"] == "Down the river"
        assert plain.json()["working_copy"]["fields"] == ["title"]
        draft = await client.get(f"{address}?draft=true", headers=headers)
        assert draft.json()["title"] == "Up"
    for reader in (as_stranger, {}):
        plain = await client.get(address, headers=reader)
        assert plain.json()["working_copy"] is None
        assert "Secret" not in plain.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "?draft=true"), ("PATCH", "?draft=true"), ("DELETE", "/draft"), ("POST", "/publish")],
)
async def test_it_belongs_to_who_may_edit_the_article(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    keep: Keep,
    address: str,
    as_stranger: dict[str, str],
    method: str,
    path: str,
) -> None:
    await keep(title="Up")
    draft = f"{ARTICLES}/{(await make.draft(author)).id}"
    body: dict[str, Any] = {"json": {"title": "Mine"}} if method == "PATCH" else {}
    for place, headers, status in (
        (address, as_stranger, 403),
        (address, {}, 401),
        (draft, as_stranger, 404),
        (draft, {}, 401),
    ):
        answer = await client.request(method, f"{place}{path}", headers=headers, **body)
        assert answer.status_code == status


@pytest.mark.parametrize(
    "given",
    [{"published": True}, {"published": False}, {"published_at": "2026-02-01T00:00:00Z"},
     {"published_at": None, "title": "Up"}],
    ids=str,
)  # fmt: skip
async def test_what_publishing_is_about_does_not_wait_in_it(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, given: dict[str, Any]
) -> None:
    answer = await client.patch(f"{address}?draft=true", headers=as_author, json=given)
    assert answer.status_code == 422
    plain = await client.get(address, headers=as_author)
    assert plain.json()["working_copy"] is None


@pytest.mark.parametrize(
    "given", [{"title": ""}, {"tags": ["x" * 51]}, {"slug": "feed"}, {"series": "nothing"}], ids=str
)
async def test_what_breaks_a_rule_is_not_kept(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, given: dict[str, Any]
) -> None:
    answer = await client.patch(f"{address}?draft=true", headers=as_author, json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][:2] == ["body", *given]


@pytest.mark.parametrize("given", [{"featured": True}, {"authors": ["bert"]}], ids=str)
@pytest.mark.usefixtures("as_stranger")
async def test_what_editors_decide_waits_only_if_an_editor_wants_it(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    address: str,
    given: dict[str, Any],
) -> None:
    draft = f"{address}?draft=true"
    refused = await client.patch(draft, headers=as_author, json=given)
    assert (refused.status_code, refused.json()["code"]) == (403, "for_editors")
    allowed = await client.patch(draft, headers=as_editor, json=given)
    assert allowed.status_code == 200
    assert (await client.get(draft, headers=as_editor)).content == allowed.content
    published = await client.post(f"{address}/publish", headers=as_editor)
    assert published.status_code == 200
    if "authors" in given:
        assert allowed.json()["author"]["username"] == "bert"
        assert published.json()["author"]["username"] == "bert"


async def test_it_can_be_discarded(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    await keep(title="Up")
    answer = await client.delete(f"{address}/draft", headers=as_author)
    assert (answer.status_code, answer.content) == (204, b"")
    draft = await client.get(f"{address}?draft=true", headers=as_author)
    assert (draft.json()["title"], draft.json()["version"]) == ("Down the river", 1)
    again = await client.delete(f"{address}/draft", headers=as_author)
    assert (again.status_code, again.json()["code"]) == (404, "no_working_copy")


async def test_a_draft_can_have_one_as_well(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    address = f"{ARTICLES}/{(await make.draft(author)).id}"
    await client.patch(f"{address}?draft=true", headers=as_author, json={"title": "Up"})
    published = (await client.post(f"{address}/publish", headers=as_author)).json()
    assert (published["title"], published["status"], published["version"]) == ("Up", "published", 2)


# Versions


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "?draft=true"), ("POST", "/publish"), ("DELETE", "/draft")],
)
async def test_a_stale_write_is_refused(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    keep: Keep,
    address: str,
    method: str,
    path: str,
) -> None:
    before = (await client.get(address, headers=as_author)).headers["ETag"]
    first = (await keep(title="Up")).headers["ETag"]
    second = (await keep(title="Up and up")).headers["ETag"]
    body: dict[str, Any] = {"json": {"title": "Mine"}} if method == "PATCH" else {}
    for stale in (before, first, '"1"', '"1.1"'):
        headers = {**as_author, "If-Match": stale}
        answer = await client.request(method, f"{address}{path}", headers=headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    fresh = {**as_author, "If-Match": second}
    answer = await client.request(method, f"{address}{path}", headers=fresh, **body)
    assert answer.status_code in {200, 204}


async def test_the_articles_own_version_is_enough_to_change_the_article(
    client: httpx.AsyncClient, as_author: dict[str, str], keep: Keep, address: str
) -> None:
    etag = (await client.get(address, headers=as_author)).headers["ETag"]
    await keep(title="Up")
    fresh = {**as_author, "If-Match": etag}
    answer = await client.patch(address, headers=fresh, json={"excerpt": "Short"})
    assert answer.status_code == 200
