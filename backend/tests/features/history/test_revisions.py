"""The versions of an article: which there are, what each was like, and who may know."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.features.history.schemas import ArticleState
from app.models import EDITABLE, Article, Revision, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.history.conftest import ARTICLES, Save

HISTORY = f"{ARTICLES}/down-the-river/revisions"
MINUTE = timedelta(minutes=1)


async def test_every_change_is_a_version_the_newest_first(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save, clock: MovableClock
) -> None:
    clock.move(MINUTE)
    await save(content="We set out at *six* in the morning.", note="Later")
    clock.move(MINUTE)
    await save(title="Up the river", tags=["rivers"])
    answer = await client.get(HISTORY, headers=as_author)
    assert answer.status_code == 200
    told = [
        (each["version"], each["made_at"], each["fields"], each["note"], each["is_current"])
        for each in answer.json()
    ]
    assert told == [
        (3, "2026-01-15T12:02:00Z", ["title", "tags"], None, True),
        (2, "2026-01-15T12:01:00Z", ["content"], "Later", False),
        (1, "2026-01-15T12:00:00Z", [], None, False),
    ]
    assert {each["editor"]["username"] for each in answer.json()} == {"anna"}
    assert "state" not in answer.json()[0]


async def test_a_change_of_nothing_is_no_version(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    await save(title="Down the river")
    assert len((await client.get(HISTORY, headers=as_author)).json()) == 1


async def test_a_version_says_who_made_it(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, as_author: dict[str, str],
    article: Article,
) -> None:  # fmt: skip
    editor = await make.user(Role.EDITOR, username="bert")
    address = f"{ARTICLES}/{article.id}"
    await client.patch(address, headers=sign_in(editor), json={"title": "Up the river"})
    newest, _ = (await client.get(HISTORY, headers=as_author)).json()
    assert newest["editor"] == {
        "id": editor.id, "username": "bert", "full_name": editor.full_name, "avatar": None,
    }  # fmt: skip
    assert "@" not in (await client.get(HISTORY, headers=as_author)).text
    await client.delete("/api/v1/users/me", headers=sign_in(editor))
    newest, _ = (await client.get(HISTORY, headers=as_author)).json()
    assert newest["editor"] is None


@pytest.mark.parametrize("by", ["cursor", "skip"])
async def test_a_long_history_comes_in_pages(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save, by: str
) -> None:
    for number in range(2, 13):
        await save(title=f"Title {number}")
    found, address = [], f"{HISTORY}?limit=5&total=true" + ("&skip=0" if by == "skip" else "")
    pages = 0
    while address:
        answer = await client.get(address, headers=as_author)
        found += [each["version"] for each in answer.json()]
        assert answer.headers["X-Total-Count"] == "12"
        pages += 1
        last = 5 * pages
        address = answer.links.get("next", {}).get("url", "")
        if by == "skip" and address:
            address = f"{HISTORY}?limit=5&total=true&skip={last}"
    assert (found, pages) == (list(range(12, 0, -1)), 3)


async def test_the_page_before_is_found_again(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    for number in range(2, 12):
        await save(title=f"Title {number}")
    first = await client.get(f"{HISTORY}?limit=2", headers=as_author)
    second = await client.get(first.links["next"]["url"], headers=as_author)
    back = await client.get(second.links["prev"]["url"], headers=as_author)
    assert [each["version"] for each in second.json()] == [9, 8]
    assert back.json() == first.json()


async def test_a_version_has_all_that_the_article_was_like(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    save: Save,
) -> None:
    bert, series = await make.user(username="bert"), await make.series(author)
    await save(
        authors=["anna", "bert"], series=series.slug, series_position=3, cover="/river.jpg",
        meta={"title": "A river"}, locale="en-IE", excerpt="A river.",
    )  # fmt: skip
    await save(title="Up the river", authors=["anna"], series=None)
    answer = await client.get(f"{HISTORY}/2", headers=as_author)
    assert answer.status_code == 200
    state = answer.json()["state"]
    assert (answer.json()["version"], answer.json()["is_current"]) == (2, False)
    assert state == {
        "title": "Down the river",
        "slug": "down-the-river",
        "content": "We set out at *five* in the morning.",
        "content_format": "markdown",
        "excerpt": "A river.",
        "tags": ["rivers", "boats"],
        "authors": [{"id": author.id, "username": "anna"}, {"id": bert.id, "username": "bert"}],
        "series": series.id,
        "series_position": 3,
        "published": True,
        "published_at": (EARLY_2026 - timedelta(minutes=1)).isoformat().replace("+00:00", "Z"),
        "featured": False,
        "pinned": False,
        "cover": "/river.jpg",
        "cover_alt": None,
        "canonical_url": None,
        "meta": {"title": "A river"} | dict.fromkeys(state["meta"].keys() - {"title"}),
        "locale": "en-IE",
        "translation_group": None,
        "comments": None,
    }


async def test_a_former_author_whose_account_is_gone_has_no_name(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, as_author: dict[str, str],
    save: Save,
) -> None:  # fmt: skip
    bert = await make.user(username="bert")
    await save(authors=["anna", "bert"])
    await save(authors=["anna"])
    await client.delete("/api/v1/users/me", headers=sign_in(bert))
    answer = await client.get(f"{HISTORY}/2", headers=as_author)
    assert answer.json()["state"]["authors"][1] == {"id": bert.id, "username": None}


@pytest.mark.parametrize("of", ["", "/1", "/1...1"])
@pytest.mark.parametrize("ref", ["down-the-river", "up-the-river", "{id}", "down-the-river/"])
async def test_history_is_found_under_every_name_of_its_article(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str], save: Save, ref: str,
    of: str,
) -> None:  # fmt: skip
    await save(slug="up-the-river")
    ref, slash = ref.format(id=article.id).rstrip("/"), "/" * ref.endswith("/")
    answer = await client.get(f"{ARTICLES}/{ref}/revisions{of}{slash}", headers=as_author)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("person", "of_a_draft", "of_a_public_article"),
    [
        (None, 401, 401),
        ("reader", 404, 403),
        ("other", 404, 403),
        ("co-author", 200, 200),
        ("author", 200, 200),
        ("editor", 200, 200),
        ("admin", 200, 200),
    ],
)
@pytest.mark.parametrize("of", ["", "/1", "/1...1", "/1/restore"])
async def test_history_is_for_who_may_edit_the_article(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    author: User,
    person: str | None,
    of_a_draft: int,
    of_a_public_article: int,
    of: str,
) -> None:
    co_author = await make.user()
    public = await make.article(author, with_authors=[co_author])
    draft = await make.draft(author, with_authors=[co_author])
    roles = {
        "other": Role.AUTHOR,
        "reader": Role.READER,
        "editor": Role.EDITOR,
        "admin": Role.ADMIN,
    }
    people = {"author": author, "co-author": co_author}
    asking = person and (people.get(person) or await make.user(roles[person]))
    headers = sign_in(asking) if asking else {}
    method = "POST" if of.endswith("restore") else "GET"
    for article, expected in ((draft, of_a_draft), (public, of_a_public_article)):
        address = f"{ARTICLES}/{article.id}/revisions{of}"
        assert (await client.request(method, address, headers=headers)).status_code == expected


async def test_the_history_of_what_is_in_the_bin_can_still_be_read(
    client: httpx.AsyncClient, article: Article, as_author: dict[str, str]
) -> None:
    await client.delete(f"{ARTICLES}/{article.id}", headers=as_author)
    for of in ("", "/1", "/1...1"):
        answer = await client.get(f"{ARTICLES}/{article.id}/revisions{of}", headers=as_author)
        assert answer.status_code == 200


@pytest.mark.parametrize("of", ["/1", "/3", "/1...2", "/2...1", "/2...3", f"/{2**63 - 1}"])
async def test_a_version_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, session: AsyncSession, as_author: dict[str, str], save: Save, of: str
) -> None:
    """Version 3 never was, and version 1 has been pruned."""
    await save(title="Up the river")
    await session.execute(delete(Revision).where(Revision.version == 1))
    await session.commit()
    for method, address in (("GET", of), ("POST", f"{of}/restore")):
        if "..." in of and method == "POST":
            continue
        answer = await client.request(method, f"{HISTORY}{address}", headers=as_author)
        assert (answer.status_code, answer.json()["code"]) == (404, "revision_not_found")


@pytest.mark.parametrize(
    "version", ["0", "-1", "x", "1.5", str(2**63), "9" * 5000, "%00", "1...", "1..2"]
)
@pytest.mark.usefixtures("article")
async def test_what_is_no_version_is_refused(
    client: httpx.AsyncClient, as_author: dict[str, str], version: str
) -> None:
    for method, address in (("GET", version), ("POST", f"{version}/restore")):
        answer = await client.request(method, f"{HISTORY}/{address}", headers=as_author)
        assert answer.status_code == 422


async def test_a_version_has_a_strong_etag_that_changes_with_what_is_shown(
    client: httpx.AsyncClient, as_author: dict[str, str], save: Save
) -> None:
    first = await client.get(f"{HISTORY}/1", headers=as_author)
    known = as_author | {"If-None-Match": first.headers["ETag"]}
    assert not first.headers["ETag"].startswith("W/")
    assert (await client.get(f"{HISTORY}/1", headers=known)).status_code == 304
    await save(title="Up the river")
    again = await client.get(f"{HISTORY}/1", headers=known)
    assert (again.status_code, again.json()["is_current"]) == (200, False)


async def test_the_etag_of_a_version_is_not_that_of_an_article(
    client: httpx.AsyncClient, as_author: dict[str, str], article: Article
) -> None:
    of_version = (await client.get(f"{HISTORY}/1", headers=as_author)).headers["ETag"]
    answer = await client.patch(
        f"{ARTICLES}/{article.id}",
        headers=as_author | {"If-Match": of_version},
        json={"title": "X"},
    )
    assert answer.status_code == 412


def test_a_version_shows_all_that_can_be_edited() -> None:
    assert set(ArticleState.model_fields) == set(EDITABLE)
