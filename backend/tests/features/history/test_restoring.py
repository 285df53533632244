"""Bringing an old version back: what comes back, what stays, and what is refused."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.history.conftest import ARTICLES, Save

ADDRESS = f"{ARTICLES}/down-the-river"
HISTORY = f"{ADDRESS}/revisions"


async def restored(
    client: httpx.AsyncClient, headers: dict[str, str], version: int = 1, **wanted: object
) -> dict[str, Any]:
    """Restore a version of the article, and return the article."""
    answer = await client.post(f"{HISTORY}/{version}/restore", headers=headers, json=wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_everything_comes_back_as_a_new_version(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    save: Save,
    clock: MovableClock,
) -> None:
    await make.user(username="bert")
    series = await make.series(author)
    await save(
        content="We set out at *six* in the morning.", cover="/river.jpg", cover_alt="The river",
        locale="en-IE", excerpt="A day.", authors=["anna", "bert"], series=series.slug,
        series_position=3, meta={"title": "A river"}, canonical_url="https://example.com/river",
    )  # fmt: skip
    old = (await client.get(ADDRESS, headers=as_author)).json()
    await save(
        title="Other", slug="other", content="Other words altogether.", tags=["lakes"],
        authors=["anna"], series=None, meta={"title": None}, canonical_url=None,
        locale="de", excerpt=None, cover=None, cover_alt=None,
    )  # fmt: skip
    clock.move(timedelta(minutes=1))
    article = await restored(client, as_author, 2)
    old |= {"version": 4, "updated_at": "2026-01-15T12:01:00Z"}
    old["seo"]["open_graph"]["modified_time"] = old["updated_at"]
    assert article == old == (await client.get(ADDRESS, headers=as_author)).json()
    newest = (await client.get(HISTORY, headers=as_author)).json()[0]
    assert (newest["version"], newest["note"]) == (4, "Restored version 2")
    assert {"title", "slug", "content", "tags", "authors", "series"} <= set(newest["fields"])
    assert (await client.get(f"{HISTORY}/2...4", headers=as_author)).json()["fields"] == []


async def test_the_address_of_meanwhile_leads_to_the_old_one(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(slug="up-the-river")
    await restored(client, as_author)
    answer = await client.get(f"{ARTICLES}/up-the-river")
    assert (answer.status_code, answer.headers["Location"]) == (308, ADDRESS)


async def test_the_page_is_made_again(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(content="We set out at **seven** in the morning.")
    article = await restored(client, as_author)
    assert article["content_html"] == "<p>We set out at <em>five</em> in the morning.</p>\n"
    assert [each["name"] for each in article["tags"]] == ["rivers", "boats"]


async def test_bringing_words_back_neither_publishes_nor_withdraws(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str],
    clock: MovableClock,
) -> None:  # fmt: skip
    draft = await make.draft(author, title="First", slug="down-the-river")
    for changes in ({"title": "Second", "published": True}, {"title": "Third"}):
        await client.patch(f"{ARTICLES}/{draft.id}", headers=as_author, json=changes)
        clock.move(timedelta(minutes=1))
    article = await restored(client, as_author, 1)
    assert (article["title"], article["status"]) == ("First", "published")
    assert article["published_at"] == "2026-01-15T12:00:00Z"
    await client.patch(f"{ARTICLES}/{draft.id}", headers=as_author, json={"published": False})
    article = await restored(client, as_author, 2)
    assert (article["title"], article["status"]) == ("Second", "draft")


async def test_who_names_the_publication_gets_it_back(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save, clock: MovableClock
) -> None:
    tomorrow = EARLY_2026 + timedelta(minutes=20)
    await save(title="Soon", published_at=tomorrow.isoformat())
    await save(title="Not now", published=False)
    article = await restored(client, as_author, 2, fields=["published", "published_at"])
    assert (article["title"], article["status"]) == ("Not now", "scheduled")
    assert (await client.get(ADDRESS)).status_code == 404
    clock.move(timedelta(minutes=20))
    assert (await client.get(ADDRESS)).status_code == 200


async def test_only_the_fields_that_are_named_come_back(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river", content="We went home again.", tags=[])
    article = await restored(client, as_author, fields=["title", "tags", "title"], note="Down!")
    assert (article["title"], article["content"]) == ("Down the river", "We went home again.")
    newest = (await client.get(HISTORY, headers=as_author)).json()[0]
    assert (newest["fields"], newest["note"]) == (["title", "tags"], "Down!")


async def test_a_body_is_not_needed(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    answer = await client.post(f"{HISTORY}/1/restore", headers=as_author)
    assert (answer.status_code, answer.json()["title"]) == (200, "Down the river")


async def test_what_the_article_is_like_anyway_makes_no_version(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    article = await restored(client, as_author, 2)
    assert (article["version"], article["title"]) == (2, "Up the river")


@pytest.mark.parametrize(
    "body",
    ['{"fields": []}', '{"fields": ["nothing"]}', '{"fields": ["version"]}', '{"fields": null}',
     '{"fields": [1]}', '{"fields": "title"}', '{"note": ""}', '{"note": "a\\u0000"}', "[]", "x",
     '{"version": 2}', '{"fields": ' + str(["title"] * 21).replace("'", '"') + "}",
     '{"note": "' + "x" * 501 + '"}'],
)  # fmt: skip
async def test_a_wish_that_cannot_be_is_refused(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save, body: str
) -> None:
    await save(title="Up the river")
    headers = as_author | {"Content-Type": "application/json"}
    answer = await client.post(f"{HISTORY}/1/restore", headers=headers, content=body)
    assert answer.status_code == 422
    assert (await client.get(ADDRESS)).json()["version"] == 2


async def test_a_tag_that_is_gone_is_made_again_and_a_renamed_one_found(
    client: httpx.AsyncClient, as_author: dict[str, str], as_editor: dict[str, str], save: Save
) -> None:
    await save(tags=[])
    assert (await client.delete("/api/v1/tags/boats", headers=as_editor)).status_code == 204
    renamed = {"name": "streams", "slug": "streams"}
    answer = await client.patch("/api/v1/tags/rivers", headers=as_editor, json=renamed)
    assert answer.status_code == 200
    article = await restored(client, as_author)
    assert [each["name"] for each in article["tags"]] == ["streams", "boats"]


async def test_series_and_people_that_are_gone_stay_gone(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    sign_in: SignIn,
    save: Save,
) -> None:
    bert, series = await make.user(username="bert"), await make.series(author)
    await make.user(username="carl")
    await save(authors=["anna", "bert", "carl"], series=series.slug)
    await save(title="Up the river", authors=["anna"], series=None)
    await client.delete("/api/v1/users/me", headers=sign_in(bert))
    answer = await client.delete(f"/api/v1/series/{series.slug}", headers=as_author)
    assert answer.status_code == 204
    article = await restored(client, as_author, 2)
    assert [each["username"] for each in article["authors"]] == ["anna", "carl"]
    assert (article["title"], article["series"]) == ("Down the river", None)


async def test_the_owner_stays_the_owner(
    client: httpx.AsyncClient, make: Factory, as_editor: dict[str, str], save: Save
) -> None:
    await make.user(username="bert")
    await save(authors=["anna", "bert"], title="By both")
    handed_over = {"authors": ["bert", "anna"], "title": "By both, otherwise"}
    answer = await client.patch(ADDRESS, headers=as_editor, json=handed_over)
    assert answer.status_code == 200
    article = await restored(client, as_editor, 2)
    assert [each["username"] for each in article["authors"]] == ["bert", "anna"]
    assert article["title"] == "By both"


async def test_what_editors_decide_comes_back_of_itself_for_editors_alone(
    client: httpx.AsyncClient, as_author: dict[str, str], as_editor: dict[str, str], save: Save
) -> None:
    await client.patch(ADDRESS, headers=as_editor, json={"featured": True, "title": "Featured"})
    await client.patch(ADDRESS, headers=as_editor, json={"featured": False, "title": "Plain"})
    by_author = await restored(client, as_author, 2)
    assert (by_author["title"], by_author["featured"]) == ("Featured", False)
    named = await client.post(
        f"{HISTORY}/2/restore", headers=as_author, json={"fields": ["featured"]}
    )
    assert (named.status_code, named.json()["code"]) == (403, "for_editors")
    assert (await restored(client, as_editor, 2))["featured"] is True


async def test_a_slug_that_another_article_has_by_now_is_refused_with_the_way_out(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str], save: Save,
    article: Article,
) -> None:  # fmt: skip
    await save(slug="up-the-river", title="Up the river")
    by_id = f"{ARTICLES}/{article.id}"
    await client.delete(by_id, headers=as_author)
    new = {"title": "Another", "content": "Of another river.", "slug": "down-the-river"}
    assert (await client.post(ARTICLES, headers=as_author, json=new)).status_code == 201
    assert (await client.post(f"{by_id}/undelete", headers=as_author)).status_code == 200
    address = f"{by_id}/revisions/1/restore"
    answer = await client.post(address, headers=as_author)
    assert (answer.status_code, answer.json()["code"]) == (400, "slug_taken")
    assert "`fields`" in answer.json()["detail"]
    assert (await client.get(by_id)).json()["title"] == "Up the river"
    answer = await client.post(address, headers=as_author, json={"fields": ["title"]})
    assert (answer.json()["title"], answer.json()["slug"]) == ("Down the river", "up-the-river")


async def test_a_language_that_another_translation_has_by_now_is_refused(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str], save: Save
) -> None:
    original, other = [await make.article(author, locale=locale) for locale in ("de", "fr")]
    await save(translation_of=str(original.id))
    await save(translation_of=None, title="On its own")
    joined = {"translation_of": str(original.id), "locale": "en"}
    answer = await client.patch(f"{ARTICLES}/{other.id}", headers=as_author, json=joined)
    assert answer.status_code == 200
    answer = await client.post(f"{HISTORY}/2/restore", headers=as_author)
    assert (answer.status_code, answer.json()["code"]) == (400, "translation_exists")
    assert (await client.get(ADDRESS)).json()["version"] == 3


async def test_what_is_in_the_bin_is_brought_back_from_there_first(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    await client.delete(ADDRESS, headers=as_author)
    answer = await client.post(f"{HISTORY}/1/restore", headers=as_author)
    assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")


async def test_a_stale_etag_restores_nothing(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    stale = (await client.get(ADDRESS, headers=as_author)).headers["ETag"]
    fresh = (await save(title="Up the river")).headers["ETag"]
    for etag, status, version in ((stale, 412, 2), (fresh, 200, 3)):
        headers = as_author | {"If-Match": etag}
        answer = await client.post(f"{HISTORY}/1/restore", headers=headers)
        assert answer.status_code == status
        read = await client.get(ADDRESS, headers=as_author)
        assert read.json()["version"] == version
    assert answer.headers["ETag"] == read.headers["ETag"]


async def test_a_repeated_request_restores_once(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    headers = as_author | {"Idempotency-Key": "once"}
    first = await client.post(f"{HISTORY}/1/restore", headers=headers)
    await save(title="Up again")
    second = await client.post(f"{HISTORY}/1/restore", headers=headers)
    assert second.headers["Idempotent-Replay"] == "true"
    assert second.content == first.content
    assert (await client.get(ADDRESS)).json()["title"] == "Up again"


async def test_a_restored_version_can_itself_be_undone(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    await restored(client, as_author, 1)
    article = await restored(client, as_author, 2)
    assert (article["title"], article["version"]) == ("Up the river", 4)
    versions = (await client.get(HISTORY, headers=as_author)).json()
    assert [each["version"] for each in versions] == [4, 3, 2, 1]
