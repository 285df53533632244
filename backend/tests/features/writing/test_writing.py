"""Writing, changing and deleting articles."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.writing.conftest import ARTICLES, NEW


def names(article: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in article["tags"]]


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """A published article of the author's."""
    return await make.article(author, title="Down the river", tags=["rivers"])


@pytest.fixture
def address(article: Article) -> str:
    """Where it is."""
    return f"{ARTICLES}/{article.id}"


async def test_an_article_is_a_draft_unless_it_is_published(
    client: httpx.AsyncClient, author: User, as_author: dict[str, str]
) -> None:
    answer = await client.post(ARTICLES, headers=as_author, json=NEW)
    assert answer.status_code == 201
    article = answer.json()
    assert answer.headers["Location"] == f"{ARTICLES}/{article['id']}"
    anna = {"id": author.id, "username": "anna", "full_name": "Anna Liffey", "avatar": None}
    expected = {
        **NEW,
        "slug": "down-the-river",
        "content_format": "markdown",
        "content_html": "<p>We set out at <em>five</em>.</p>\n",
        "excerpt": "We set out at five.",
        "has_own_excerpt": False,
        "tags": [],
        "locale": "en",
        "featured": False,
        "pinned": False,
        "cover": None,
        "cover_alt": None,
        "canonical_url": None,
        "series": None,
        "translations": [],
        "working_copy": None,
        "published": False,
        "published_at": None,
        "status": "draft",
        "author": anna,
        "author_id": author.id,
        "authors": [anna],
        "version": 1,
        "created_at": "2026-01-15T12:00:00Z",
        "updated_at": "2026-01-15T12:00:00Z",
    }
    assert {name: article[name] for name in expected} == expected
    assert set(article["meta"].values()) == {None}


@pytest.mark.parametrize(
    ("given", "published_at", "status"),
    [
        ({"published": True}, "2026-01-15T12:00:00Z", "published"),
        ({"published": True, "published_at": None}, "2026-01-15T12:00:00Z", "published"),
        ({"published": True, "published_at": "2020-02-29T00:00:00Z"}, "2020-02-29T00:00:00Z",
         "published"),
        ({"published": True, "published_at": "2026-01-16T13:00:00+01:00"}, "2026-01-16T12:00:00Z",
         "scheduled"),
        ({"published_at": "2026-01-16T12:00:00Z"}, "2026-01-16T12:00:00Z", "draft"),
    ],
)  # fmt: skip
async def test_it_is_published_at_once_or_on_its_date(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    given: dict[str, Any],
    published_at: str,
    status: str,
) -> None:
    article = (await client.post(ARTICLES, headers=as_author, json={**NEW, **given})).json()
    assert (article["published_at"], article["status"]) == (published_at, status)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.READER, 403), (Role.AUTHOR, 201), (Role.EDITOR, 201), (Role.ADMIN, 201)],
)
async def test_authors_write(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role, status: int
) -> None:
    answer = await client.post(ARTICLES, headers=sign_in(await make.user(role)), json=NEW)
    assert answer.status_code == status
    assert status == 201 or answer.json()["detail"] == "Not authorized"


BAD_VALUES: list[dict[str, Any]] = [
    {"title": ""},
    {"title": "   "},
    {"title": "x" * 201},
    {"title": None},
    {"title": 7},
    {"title": "nul \x00"},
    {"content": "too short"},
    {"content": " " * 20},
    {"content": "x" * 200_001},
    {"content": None},
    {"published": "true"},
    {"published": 1},
    {"published": None},
    {"published_at": "2026-01-16T12:00:00"},
    {"published_at": 1768478400},
    {"published_at": "tomorrow"},
    {"tags": None},
    {"tags": "rivers"},
    {"tags": [""]},
    {"tags": ["x" * 51]},
    {"tags": [None]},
    {"tags": [str(number) for number in range(21)]},
    {"author_id": 1},
    {"version": 7},
    {"unknown": True},
]


@pytest.mark.parametrize(
    "bad",
    [*BAD_VALUES, {"slug": None}, {"slug": ""}, {"slug": "Upper"}, {"slug": "two--hyphens"},
     {"slug": "-edge"}, {"slug": "2026"}, {"slug": "feed"}, {"slug": "x" * 101},
     {"slug": "new\n"}],
    ids=lambda bad: str(bad)[:40],
)  # fmt: skip
async def test_what_breaks_a_rule_is_not_written(
    client: httpx.AsyncClient, as_author: dict[str, str], bad: dict[str, Any]
) -> None:
    answer = await client.post(ARTICLES, headers=as_author, json={**NEW, **bad})
    assert answer.status_code == 422
    assert {problem["loc"][1] for problem in answer.json()["errors"]} == set(bad)


@pytest.mark.parametrize("missing", NEW.keys() & {"title", "content"})
async def test_title_and_content_are_needed(
    client: httpx.AsyncClient, as_author: dict[str, str], missing: str
) -> None:
    new = {name: value for name, value in NEW.items() if name != missing}
    assert (await client.post(ARTICLES, headers=as_author, json=new)).status_code == 422


async def test_text_is_cleaned_and_tags_are_kept_once_in_order(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    new = {
        "title": "  Cafe\u0301 \U0001f469\u200d\U0001f680 ",
        "content": "First line\r\nsecond line\n\n",
        "tags": [" rivers ", "Boats", "Rivers", "boats"],
    }
    article = (await client.post(ARTICLES, headers=as_author, json=new)).json()
    assert article["title"] == "Caf\u00e9 \U0001f469\u200d\U0001f680"
    assert article["content"] == "First line\nsecond line"
    assert names(article) == ["rivers", "Boats"]


@pytest.mark.parametrize(
    "change",
    [{"title": "Up the river"}, {"cover": "/images/river.jpg"}, {"featured": True},
     {"locale": "de"}, {"published_at": "2026-01-01T00:00:00Z"}],
    ids=str,
)  # fmt: skip
async def test_only_what_is_given_changes(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    address: str,
    clock: MovableClock,
    change: dict[str, Any],
) -> None:
    before = (await client.get(address)).json()
    clock.move(timedelta(minutes=1))
    answer = await client.patch(address, headers=as_editor, json=change)
    changed = {"version": 2, "updated_at": "2026-01-15T12:01:00Z"}
    assert answer.json() == {**before, **change, **changed, "seo": answer.json()["seo"]}
    assert (await client.get(address)).json() == answer.json()


async def test_a_new_text_gets_a_new_page(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str
) -> None:
    text = "# Back\n\nWe came back at **six**."
    changed = await client.patch(address, headers=as_author, json={"content": text})
    article = changed.json()
    assert article["content_html"] == (
        '<h1 id="at-back">Back</h1>\n<p>We came back at <strong>six</strong>.</p>\n'
    )
    assert [heading["id"] for heading in article["toc"]] == ["at-back"]
    assert (article["excerpt"], article["word_count"]) == ("We came back at six.", 6)
    as_html = await client.patch(address, headers=as_author, json={"content_format": "html"})
    assert "**six**" in as_html.json()["content_html"]
    assert as_html.json()["toc"] == []


async def test_html_is_cleaned_as_well(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    html = "<p onclick=steal()>We <b>set</b> out.</p><script>steal()</script>"
    new = {**NEW, "content": html, "content_format": "html"}
    article = (await client.post(ARTICLES, headers=as_author, json=new)).json()
    assert article["content"] == html
    assert "steal" not in article["content_html"]
    assert article["excerpt"] == "We set out."


@pytest.mark.parametrize("tags", [[], ["boats", "rivers"], ["Rivers", "boats"], ["rivers"]])
async def test_tags_are_changed_as_a_whole(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, tags: list[str]
) -> None:
    changed = (await client.patch(address, headers=as_author, json={"tags": tags})).json()
    assert [name.lower() for name in names(changed)] == [tag.lower() for tag in tags]
    assert names(changed) == names((await client.get(address)).json())
    assert changed["version"] == (1 if tags == ["rivers"] else 2)


@pytest.mark.parametrize("nothing", [{}, {"title": "Down the river"}, {"published": True}])
async def test_a_change_that_changes_nothing_leaves_the_version(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, nothing: dict[str, Any]
) -> None:
    before = await client.get(address)
    answer = await client.patch(address, headers=as_author, json=nothing)
    assert answer.json() == before.json()
    assert answer.headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize("bad", [*BAD_VALUES, {"slug": "new"}], ids=lambda bad: str(bad)[:40])
async def test_what_breaks_a_rule_changes_nothing(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, bad: dict[str, Any]
) -> None:
    answer = await client.patch(address, headers=as_author, json=bad)
    assert answer.status_code == 422
    assert (await client.get(address)).json()["version"] == 1


async def test_an_article_is_published_withdrawn_and_scheduled_by_changing_it(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    address = f"{ARTICLES}/{(await make.draft(author)).id}"
    steps: list[tuple[dict[str, Any], str, str]] = [
        ({"published": True}, "published", "2026-01-15T12:00:00Z"),
        ({"published": False}, "draft", "2026-01-15T12:00:00Z"),
        ({"published": True}, "published", "2026-01-15T12:00:00Z"),
        ({"published_at": "2026-01-16T12:00:00Z"}, "scheduled", "2026-01-16T12:00:00Z"),
        ({"published_at": None}, "published", "2026-01-15T12:00:00Z"),
    ]
    for change, status, published_at in steps:
        article = (await client.patch(address, headers=as_author, json=change)).json()
        assert (article["status"], article["published_at"]) == (status, published_at)


async def test_a_drafts_date_can_be_taken_away(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    draft = await make.draft(author, published_at=make._clock())
    answer = await client.patch(
        f"{ARTICLES}/{draft.id}", headers=as_author, json={"published_at": None}
    )
    assert answer.json()["published_at"] is None


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_somebody_elses_article_is_not_ones_own(
    client: httpx.AsyncClient, as_stranger: dict[str, str], address: str, method: str
) -> None:
    body: dict[str, Any] = {"json": {"title": "Mine"}} if method == "PATCH" else {}
    answer = await client.request(method, address, headers=as_stranger, **body)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Not authorized")
    assert (await client.get(address)).json()["title"] == "Down the river"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_somebody_elses_draft_is_not_there_at_all(
    client: httpx.AsyncClient,
    as_stranger: dict[str, str],
    make: Factory,
    author: User,
    method: str,
) -> None:
    address = f"{ARTICLES}/{(await make.draft(author)).id}"
    body: dict[str, Any] = {"json": {"title": "Mine"}} if method == "PATCH" else {}
    answer = await client.request(method, address, headers=as_stranger, **body)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Article not found")


async def test_editors_change_and_delete_everybodys(
    client: httpx.AsyncClient, as_editor: dict[str, str], author: User, address: str
) -> None:
    answer = await client.patch(address, headers=as_editor, json={"title": "Corrected"})
    assert (answer.json()["title"], answer.json()["author_id"]) == ("Corrected", author.id)
    assert (await client.delete(address, headers=as_editor)).status_code == 204


@pytest.mark.parametrize("ref", ["{id}", "{slug}", "{slug}/"])
async def test_a_deleted_article_is_gone(
    client: httpx.AsyncClient, as_author: dict[str, str], article: Article, ref: str
) -> None:
    address = f"{ARTICLES}/{ref.format(id=article.id, slug=article.slug)}"
    answer = await client.delete(address, headers=as_author)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (
        await client.get(address),
        await client.delete(address, headers=as_author),
        await client.patch(address, headers=as_author, json={"title": "Up"}),
        await client.post(f"{address}/publish".replace("//", "/"), headers=as_author),
    ):
        assert (again.status_code, again.json()["detail"]) == (404, "Article not found")


async def test_an_etag_is_the_same_wherever_the_article_is(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    created = await client.post(ARTICLES, headers=as_author, json=NEW)
    address = created.headers["Location"]
    etag = created.headers["ETag"]
    assert etag.startswith('"')
    assert (await client.get(address, headers=as_author)).headers["ETag"] == etag
    changed = await client.patch(address, headers=as_author, json={"title": "Up"})
    assert changed.headers["ETag"] != etag
    again = await client.get(f"{ARTICLES}/down-the-river", headers=as_author)
    assert again.headers["ETag"] == changed.headers["ETag"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_stale_write_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, method: str
) -> None:
    stale = {**as_author, "If-Match": (await client.get(address)).headers["ETag"]}
    await client.patch(address, headers=as_author, json={"title": "First"})
    body: dict[str, Any] = {"json": {"title": "Second"}} if method == "PATCH" else {}
    answer = await client.request(method, address, headers=stale, **body)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (await client.get(address)).json()["title"] == "First"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", '"1"'])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_fresh_write_goes_through(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, form: str, method: str
) -> None:
    etag = (await client.get(address)).headers["ETag"]
    fresh = {**as_author, "If-Match": form.format(etag)}
    body: dict[str, Any] = {"json": {"title": "Changed"}} if method == "PATCH" else {}
    answer = await client.request(method, address, headers=fresh, **body)
    assert answer.status_code in {200, 204}


async def test_without_if_match_the_last_write_wins(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str
) -> None:
    for title in ("First", "Second"):
        await client.patch(address, headers=as_author, json={"title": title})
    assert (await client.get(address)).json()["title"] == "Second"
