"""Reading one article: who sees it, when, and under what tag."""

from datetime import timedelta

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

ARTICLES = "/api/v1/articles"


@pytest.mark.parametrize("ref", ["{id}", "{slug}", "0{id}", "{slug}/"])
async def test_an_article_is_found_by_id_or_slug(
    client: httpx.AsyncClient, make: Factory, author: User, ref: str
) -> None:
    article = await make.article(author, slug="down-the-river")
    address = f"{ARTICLES}/{ref.format(id=article.id, slug=article.slug)}"
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.json()["content"] == article.content


@pytest.mark.parametrize(
    "ref",
    ["0", "999999999", "9223372036854775808", "9" * 99, "nothing", "Down-The-River", "%25", "-1"],
)
async def test_there_is_no_other_article(
    client: httpx.AsyncClient, make: Factory, author: User, ref: str
) -> None:
    await make.article(author, slug="down-the-river")
    answer = await client.get(f"{ARTICLES}/{ref}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Article not found")


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 404), (Role.READER, 404), (Role.AUTHOR, 404), (Role.EDITOR, 200), (Role.ADMIN, 200)],
)
@pytest.mark.parametrize("published", [False, True], ids=["draft", "scheduled"])
async def test_what_is_not_public_exists_for_editors_only(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    author: User,
    role: Role | None,
    status: int,
    published: bool,
) -> None:
    tomorrow = make._clock() + timedelta(days=1)
    hidden = await make.article(author, published=published, published_at=tomorrow)
    headers = sign_in(await make.user(role)) if role else {}
    for ref in (hidden.id, hidden.slug):
        answer = await client.get(f"{ARTICLES}/{ref}", headers=headers)
        assert answer.status_code == status
        assert status == 200 or answer.json()["detail"] == "Article not found"


async def test_an_author_sees_their_own_draft(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    draft = await make.draft(author)
    answer = await client.get(f"{ARTICLES}/{draft.id}", headers=as_author)
    assert answer.json()["status"] == "draft"


async def test_a_scheduled_article_becomes_public_when_its_time_has_come(
    client: httpx.AsyncClient, make: Factory, author: User, clock: MovableClock
) -> None:
    soon = await make.article(author, published_at=clock() + timedelta(minutes=1))
    address = f"{ARTICLES}/{soon.id}"
    assert (await client.get(address)).status_code == 404
    assert (await client.get(f"{ARTICLES}?total=true")).headers["X-Total-Count"] == "0"
    clock.move(timedelta(minutes=1))
    assert (await client.get(address)).json()["status"] == "published"
    assert (await client.get(f"{ARTICLES}?total=true")).headers["X-Total-Count"] == "1"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_the_client_has_is_not_sent_again(
    client: httpx.AsyncClient, make: Factory, author: User, form: str, method: str
) -> None:
    address = f"{ARTICLES}/{(await make.article(author)).id}"
    first = await client.get(address)
    known = {"If-None-Match": form.format(first.headers["ETag"])}
    answer = await client.request(method, address, headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert answer.headers[name] == first.headers[name]
    assert "Content-Type" not in answer.headers


async def test_an_etag_changes_with_everything_that_an_answer_shows(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    clock: MovableClock,
) -> None:
    scheduled = await make.article(author, published_at=clock() + timedelta(minutes=1))
    address = f"{ARTICLES}/{scheduled.id}"
    tags = [(await client.get(address, headers=as_author)).headers["ETag"]]
    clock.move(timedelta(minutes=2))
    tags.append((await client.get(address)).headers["ETag"])
    await client.patch("/api/v1/users/me", headers=as_author, json={"full_name": "Livia"})
    tags.append((await client.get(address)).headers["ETag"])
    await client.patch(address, headers=as_author, json={"title": "Up the river"})
    tags.append((await client.get(address)).headers["ETag"])
    assert len(set(tags)) == 4
    assert not any(tag.startswith("W/") for tag in tags)


async def test_what_is_shown_to_one_person_is_kept_from_shared_caches(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    address = f"{ARTICLES}/{(await make.article(author)).id}"
    private = await client.get(address, headers=as_author)
    public = await client.get(address)
    assert private.headers["Cache-Control"] == "private, no-store"
    assert public.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=1,")
    assert "Authorization" in public.headers["Vary"]


async def test_head_has_every_header_of_get(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    address = f"{ARTICLES}/{(await make.article(author)).id}"
    head, get = await client.head(address), await client.get(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type"):
        assert head.headers[name] == get.headers[name]
