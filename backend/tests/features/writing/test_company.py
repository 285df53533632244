"""Who writes together, what editors decide, and which articles translate each other."""

from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES, NEW, Change, Write


def people(article: dict[str, Any]) -> list[str]:
    return [each["username"] for each in article["authors"]]


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who writes along."""
    return await make.user(username="bert")


@pytest.fixture
def as_bert(bert: User, sign_in: SignIn) -> dict[str, str]:
    """His headers."""
    return sign_in(bert)


@pytest.fixture
async def shared(bert: User, write: Write) -> str:
    """The address of a draft by anna and bert."""
    article = await write(authors=["anna", str(bert.id)])
    assert people(article) == ["anna", "bert"]
    return f"{ARTICLES}/{article['id']}"


async def test_a_co_author_sees_changes_publishes_and_deletes_the_draft(
    client: httpx.AsyncClient, as_bert: dict[str, str], shared: str
) -> None:
    assert (await client.get(shared, headers=as_bert)).status_code == 200
    drafts = await client.get(f"{ARTICLES}?status=draft", headers=as_bert)
    assert len(drafts.json()) == 1
    changed = await client.patch(shared, headers=as_bert, json={"title": "Up"})
    assert (changed.json()["title"], changed.json()["author"]["username"]) == ("Up", "anna")
    published = await client.post(f"{shared}/publish", headers=as_bert)
    assert published.json()["status"] == "published"
    assert (await client.delete(shared, headers=as_bert)).status_code == 204


async def test_a_person_is_named_once_however_often(bert: User, write: Write) -> None:
    article = await write(authors=["anna", "bert", "ANNA", str(bert.id), bert.id])
    assert people(article) == ["anna", "bert"]


async def test_authors_come_and_go_in_their_order(
    make: Factory, bert: User, write: Write, change: Change
) -> None:
    await make.user(username="cleo")
    id_ = (await write(authors=["anna", "bert", "cleo"]))["id"]
    assert people(await change(id_, authors=["anna", "cleo", "bert"])) == ["anna", "cleo", "bert"]
    assert people(await change(id_, authors=["anna"])) == ["anna"]
    assert (await change(id_, authors=["anna"]))["version"] == 3


async def test_a_co_author_can_leave_a_draft(
    client: httpx.AsyncClient, as_bert: dict[str, str], shared: str
) -> None:
    left = await client.patch(shared, headers=as_bert, json={"authors": ["anna"]})
    assert (left.status_code, people(left.json())) == (200, ["anna"])
    assert (await client.get(shared, headers=as_bert)).status_code == 404


async def test_only_who_may_write_can_be_an_author(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, shared: str
) -> None:
    await make.user(Role.READER, username="reader")
    answer = await client.patch(shared, headers=as_author, json={"authors": ["anna", "reader"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "authors"]


EDITORS_DECIDE: list[dict[str, Any]] = [
    {"featured": True},
    {"pinned": True},
    {"authors": ["bert"]},
    {"authors": ["bert", "anna"]},
]


@pytest.mark.parametrize("given", EDITORS_DECIDE, ids=str)
async def test_editors_alone_feature_pin_and_hand_over(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_bert: dict[str, str],
    as_editor: dict[str, str],
    shared: str,
    given: dict[str, Any],
) -> None:
    for headers in (as_author, as_bert):
        refused = await client.patch(shared, headers=headers, json=given)
        assert (refused.status_code, refused.json()["code"]) == (403, "for_editors")
    refused = await client.post(ARTICLES, headers=as_author, json={**NEW, **given})
    assert (refused.status_code, refused.json()["code"]) == (403, "for_editors")
    assert (await client.get(shared, headers=as_author)).json()["version"] == 1
    allowed = await client.patch(shared, headers=as_editor, json=given)
    assert (allowed.status_code, allowed.json()["version"]) == (200, 2)
    made = await client.post(ARTICLES, headers=as_editor, json={**NEW, **given})
    assert made.status_code == 201


async def test_what_an_editor_has_featured_an_author_goes_on_writing(
    client: httpx.AsyncClient, as_editor: dict[str, str], shared: str, change: Change
) -> None:
    await client.patch(shared, headers=as_editor, json={"featured": True, "pinned": True})
    changed = await change(shared.rpartition("/")[2], title="Up", featured=True)
    assert (changed["title"], changed["featured"], changed["pinned"]) == ("Up", True, True)


async def test_a_new_owner_owns_it(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_bert: dict[str, str],
    as_editor: dict[str, str],
    shared: str,
) -> None:
    handed = await client.patch(shared, headers=as_editor, json={"authors": ["bert"]})
    assert handed.json()["author"]["username"] == "bert"
    assert handed.json()["author_id"] == handed.json()["author"]["id"]
    assert (await client.get(shared, headers=as_bert)).status_code == 200
    assert (await client.get(shared, headers=as_author)).status_code == 404


async def test_with_its_account_a_co_author_is_gone_and_the_article_stays(
    client: httpx.AsyncClient, as_bert: dict[str, str], shared: str, change: Change
) -> None:
    await client.delete("/api/v1/users/me", headers=as_bert)
    changed = await change(shared.rpartition("/")[2], title="Up", authors=["anna"])
    assert people(changed) == ["anna"]


# Translations


def languages(article: dict[str, Any]) -> list[str]:
    return [each["locale"] for each in article["translations"]]


async def test_translations_know_each_other(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, change: Change
) -> None:
    english = await write(slug="river")
    german = await write(locale="de", translation_of="river")
    french = await write(locale="fr")
    french = await change(french["id"], translation_of=str(german["id"]))
    assert languages(french) == ["de", "en"]
    assert languages(german) == ["en"]
    again = await client.get(f"{ARTICLES}/river", headers=as_author)
    assert languages(again.json()) == ["de", "fr"]
    assert (await change(french["id"], translation_of=None))["translations"] == []
    again = await client.get(f"{ARTICLES}/{english['id']}", headers=as_author)
    assert languages(again.json()) == ["de"]


async def test_there_is_one_translation_into_each_language(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write
) -> None:
    await write(slug="river")
    await write(slug="fluss", locale="de", translation_of="river")
    other = await write(slug="other", locale="de")
    for answer in (
        await client.post(ARTICLES, headers=as_author, json={**NEW, "translation_of": "river"}),
        await client.patch(
            f"{ARTICLES}/other", headers=as_author, json={"translation_of": "fluss"}
        ),
        await client.patch(f"{ARTICLES}/fluss", headers=as_author, json={"locale": "en"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "translation_exists")
    again = await client.get(f"{ARTICLES}/other", headers=as_author)
    assert (again.json()["version"], again.json()["id"]) == (1, other["id"])


async def test_a_deleted_translation_makes_room_and_comes_back_without_its_group(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write
) -> None:
    await write(slug="river")
    await write(slug="fluss", locale="de", translation_of="river")
    await client.delete(f"{ARTICLES}/fluss", headers=as_author)
    again = await client.get(f"{ARTICLES}/river", headers=as_author)
    assert again.json()["translations"] == []
    await write(slug="strom", locale="de", translation_of="river")
    back = await client.post(f"{ARTICLES}/fluss/undelete", headers=as_author)
    assert (back.status_code, back.json()["translations"]) == (200, [])


@pytest.mark.parametrize("published", [False, True])
async def test_only_what_one_may_edit_can_be_translated(
    client: httpx.AsyncClient, as_author: dict[str, str], bert: User, make: Factory, published: bool
) -> None:
    theirs = await make.article(bert, published=published)
    new = {**NEW, "locale": "de", "translation_of": theirs.slug}
    answer = await client.post(ARTICLES, headers=as_author, json=new)
    code = "not_your_article" if published else "article_not_found"
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["loc"] == ["body", "translation_of"]


async def test_an_article_is_no_translation_of_what_lies_in_the_bin(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write
) -> None:
    await write(slug="river")
    await client.delete(f"{ARTICLES}/river", headers=as_author)
    new = {**NEW, "locale": "de", "translation_of": "river"}
    assert (await client.post(ARTICLES, headers=as_author, json=new)).status_code == 422


async def test_an_article_may_be_said_to_translate_itself(write: Write, change: Change) -> None:
    article = await write()
    assert (await change(article["id"], translation_of=article["slug"]))["translations"] == []


async def test_a_group_that_an_article_has_left_is_not_begun_again(
    write: Write, change: Change
) -> None:
    river, fluss = await write(), await write(locale="de")
    await change(fluss["id"], translation_of=river["slug"])
    await change(river["id"], translation_of=None)
    await change(fluss["id"], locale="en")
    other = await write(locale="fr", translation_of=river["slug"])
    assert [each["id"] for each in other["translations"]] == [river["id"]]
