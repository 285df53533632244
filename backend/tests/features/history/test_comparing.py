"""What differs between two versions of an article."""

import httpx
import pytest

from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.history.conftest import ARTICLES, Save
from tests.features.history.test_differences import HOSTILE

HISTORY = f"{ARTICLES}/down-the-river/revisions"


async def test_a_difference_names_what_changed_and_shows_the_text_word_by_word(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(content="We set out at *six* in the morning.", tags=["rivers"], note="Later")
    answer = await client.get(f"{HISTORY}/1...2", headers=as_author)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["from"]["version"], body["to"]["version"]) == (1, 2)
    assert (body["to"]["note"], body["to"]["is_current"]) == ("Later", True)
    assert body["fields"] == [
        {
            "name": "content",
            "text": {
                "unified": "--- version 1\n+++ version 2\n@@ -1,1 +1,1 @@\n"
                "-We set out at *five* in the morning.\n\\ No newline at end of file\n"
                "+We set out at *six* in the morning.\n\\ No newline at end of file\n",
                "words": [
                    {"op": "equal", "text": "We set out at *"},
                    {"op": "delete", "text": "five"},
                    {"op": "insert", "text": "six"},
                    {"op": "equal", "text": "* in the morning."},
                ],
                "stats": {"inserted": 1, "deleted": 1},
                "is_coarse": False,
            },
        },
        {"name": "tags", "before": ["rivers", "boats"], "after": ["rivers"]},
    ]


async def test_either_version_may_be_the_older_one(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    forth = (await client.get(f"{HISTORY}/1...2", headers=as_author)).json()
    back = (await client.get(f"{HISTORY}/2...1", headers=as_author)).json()
    assert (back["from"], back["to"]) == (forth["to"], forth["from"])
    ((there,), (here,)) = forth["fields"], back["fields"]
    assert (there["before"], there["after"]) == ("Down the river", "Up the river")
    assert (here["before"], here["after"]) == ("Up the river", "Down the river")


async def test_a_version_does_not_differ_from_itself(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str]
) -> None:
    answer = await client.get(f"{HISTORY}/1...1", headers=as_author)
    assert answer.json()["fields"] == []


async def test_versions_far_apart_differ_in_all_that_changed_between(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Up the river")
    await save(locale="en-IE")
    await save(title="Down the river", featured=False)
    await save(excerpt="A day on the water.", meta={"title": "A river"})
    fields = (await client.get(f"{HISTORY}/1...5", headers=as_author)).json()["fields"]
    assert [each["name"] for each in fields] == ["excerpt", "meta", "locale"]
    excerpt, meta, locale = fields
    assert (excerpt["before"], excerpt["after"]) == (None, "A day on the water.")
    assert excerpt["text"]["words"] == [{"op": "insert", "text": "A day on the water."}]
    assert (meta["before"], meta["after"]["title"]) == ({}, "A river")
    assert locale == {"name": "locale", "before": "en", "after": "en-IE"}


async def test_authors_are_named(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str], save: Save
) -> None:
    bert = await make.user(username="bert")
    await save(authors=["anna", "bert"])
    (change,) = (await client.get(f"{HISTORY}/1...2", headers=as_author)).json()["fields"]
    anna = {"id": author.id, "username": "anna"}
    assert change["before"] == [anna]
    assert change["after"] == [anna, {"id": bert.id, "username": "bert"}]


@pytest.mark.parametrize(
    "versions",
    ["0...1", "1...0", "1...", "...1", "...", "1..2", "1....2", "1...2...3", "a...b", "1...b",
     "-1...1", "1...%00", "1...%FF", f"1...{2**63}", f"{'9' * 5000}...1", "1 ... x", "1…2",
     "1...1.5", "%2e%2e%2e"],
)  # fmt: skip
async def test_what_is_no_pair_of_versions_is_refused(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str], versions: str
) -> None:
    answer = await client.get(f"{HISTORY}/{versions}", headers=as_author)
    assert answer.status_code == 422


@pytest.mark.parametrize("versions", ["1%2E%2E%2E1", "1...1/", "01...1"])
async def test_a_pair_of_versions_may_be_written_otherwise(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str], versions: str
) -> None:
    assert (await client.get(f"{HISTORY}/{versions}", headers=as_author)).status_code == 200


@pytest.mark.parametrize("name", ["two words, as often as one likes", "every other line another"])
async def test_the_worst_texts_are_compared_as_well_as_can_be(
    client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn, name: str
) -> None:
    before, after = HOSTILE[name]
    article = await make.article(author, content=before)
    address, headers = f"{ARTICLES}/{article.id}", sign_in(author)
    saved = await client.patch(address, headers=headers, json={"content": after})
    assert saved.status_code == 200
    answer = await client.get(f"{address}/revisions/1...2", headers=headers)
    (change,) = answer.json()["fields"]
    words = change["text"]["words"]
    assert change["text"]["is_coarse"]
    assert "".join(each["text"] for each in words if each["op"] != "insert") == before
    shown = "".join(each["text"] for each in words if each["op"] != "delete")
    assert shown == (await client.get(address, headers=headers)).json()["content"]
