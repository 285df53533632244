"""One's own account: reading, changing and deleting it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.core.services import Services
from app.models import Article, ArticleAuthor, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, PASSWORD, Factory, MovableClock

ME = "/api/v1/users/me"


@pytest.fixture
async def anna(make: Factory) -> User:
    """The account that is changed."""
    return await make.user(username="anna", email="anna@example.com", bio="Writes.")


@pytest.fixture
def headers(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's own."""
    return sign_in(anna)


async def test_it_shows_the_whole_account(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get(ME, headers=headers)
    assert answer.json().keys() == {
        "id", "email", "username", "full_name", "bio", "website", "avatar", "role", "is_active",
        "is_superuser", "email_verified_at", "second_factor", "pending_email", "created_at",
        "updated_at",
    }  # fmt: skip
    assert answer.json()["email"] == "anna@example.com"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "change",
    [
        {"full_name": "Anna Livia"},
        {"full_name": None},
        {"bio": "Reads."},
        {"bio": None},
        {"bio": ""},
        {"website": "https://example.com/anna"},
        {"avatar": "https://example.com/anna.png"},
        {"username": "ANNA"},
        {"username": "livia"},
    ],
    ids=str,
)
async def test_only_what_is_given_changes(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    clock: MovableClock,
    change: dict[str, Any],
) -> None:
    before = (await client.get(ME, headers=headers)).json()
    clock.move(timedelta(minutes=1))
    answer = await client.patch(ME, headers=headers, json=change)
    assert answer.status_code == 200
    assert answer.json() == {**before, **change, "updated_at": "2026-01-15T12:01:00Z"}
    assert (await client.get(ME, headers=headers)).json() == answer.json()


async def test_a_change_that_changes_nothing_leaves_the_version(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    before = await client.get(ME, headers=headers)
    for nothing in ({}, {"bio": "Writes."}, {"email": "anna@example.com"}):
        answer = await client.patch(ME, headers=headers, json=nothing)
        assert answer.headers["ETag"] == before.headers["ETag"]
        assert answer.json() == before.json()


@pytest.mark.parametrize(
    "change",
    [{"email": None}, {"username": None}, {"password": None}, {"current_password": None},
     {"website": "javascript:alert(1)"}, {"bio": "x" * 2001}, {"role": "admin"},
     {"is_active": False}, {"id": 2}, {"password_hash": "x"}, {"username": "123"}],
    ids=str,
)  # fmt: skip
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    answer = await client.patch(ME, headers=headers, json=change)
    assert answer.status_code == 422


@pytest.mark.parametrize("change", [{"email": "a@example.org"}, {"password": "new-pass-phrase"}])
@pytest.mark.parametrize("current", [{}, {"current_password": "a-wrong-pass-phrase"}])
async def test_a_new_email_or_password_needs_the_current_password(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    change: dict[str, str],
    current: dict[str, str],
) -> None:
    answer = await client.patch(ME, headers=headers, json={**change, **current})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_current_password")


async def test_with_the_current_password_the_password_changes_at_once(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    change = {"password": "new-pass-phrase", "bio": "Moved."}
    answer = await client.patch(ME, headers=headers, json={**change, "current_password": PASSWORD})
    assert answer.json()["bio"] == "Moved."
    for password, status in (("new-pass-phrase", 200), (PASSWORD, 401)):
        form = {"username": answer.json()["email"], "password": password}
        assert (await client.post("/api/v1/auth/login", data=form)).status_code == status


async def test_a_new_email_waits_until_its_owner_has_confirmed_it(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession
) -> None:
    before = (await client.get(ME, headers=headers)).json()
    change = {"email": "a@example.org", "current_password": PASSWORD}
    answer = await client.patch(ME, headers=headers, json=change)
    assert answer.json() == {**before, "pending_email": "a@example.org"}
    assert (await client.get(ME, headers=headers)).json() == answer.json()
    assert await asked_for(session, "verification.send") == 1


async def test_a_new_email_that_somebody_has_is_refused_at_once(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession, make: Factory
) -> None:
    await make.user(email="taken@example.com")
    change = {"email": "TAKEN@example.com", "current_password": PASSWORD}
    answer = await client.patch(ME, headers=headers, json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, "email_taken")
    assert await asked_for(session, "verification.send") == 0


async def asked_for(session: AsyncSession, task: str) -> int:
    """Return how many jobs of a kind wait."""
    count = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :task AND status = 'queued'")
    return await session.scalar(count, {"task": task}) or 0


async def test_no_mailbox_is_filled_with_links(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    change = {"email": "victim@example.org", "current_password": PASSWORD}
    answers = [
        await client.patch(ME, headers=sign_in(await make.user()), json=change) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.parametrize("password", ["password1", "new@example.org"])
async def test_a_new_password_keeps_the_rules(
    client: httpx.AsyncClient, headers: dict[str, str], password: str
) -> None:
    change = {"email": "new@example.org", "password": password, "current_password": PASSWORD}
    answer = await client.patch(ME, headers=headers, json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"email": "TAKEN@example.com"}, "Email already registered"),
        ({"username": "TAKEN"}, "Username already taken"),
    ],
)
async def test_other_peoples_names_are_taken(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    make: Factory,
    change: dict[str, str],
    detail: str,
) -> None:
    await make.user(username="taken", email="taken@example.com")
    change = {**change, "current_password": PASSWORD}
    answer = await client.patch(ME, headers=headers, json=change)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


async def test_a_stale_change_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    etag = (await client.get(ME, headers=headers)).headers["ETag"]
    first = await client.patch(ME, headers={**headers, "If-Match": etag}, json={"bio": "One."})
    second = await client.patch(ME, headers={**headers, "If-Match": etag}, json={"bio": "Two."})
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["ETag"] != etag
    assert (await client.get(ME, headers=headers)).json()["bio"] == "One."
    assert (await client.delete(ME, headers={**headers, "If-Match": etag})).status_code == 412


async def test_deleting_it_deletes_all_that_belongs_to_it(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    await make.article(anna)
    other = await make.article(await make.user())
    answer = await client.delete(ME, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(f"/api/v1/users/{anna.id}")).status_code == 404
    assert list(await session.scalars(select(Article.id))) == [other.id]


async def test_what_it_wrote_with_others_stays_with_them(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    bert, cora = await make.user(username="bert"), await make.user(username="cora")
    await make.article(anna)
    ours = await make.article(anna, with_authors=[cora, bert])
    binned = await make.article(anna, with_authors=[bert], deleted_at=EARLY_2026)
    berts = await make.article(bert, with_authors=[anna, cora])
    assert (await client.delete(ME, headers=headers)).status_code == 204

    left = {each.id: each for each in await session.scalars(select(Article))}
    expected = {ours.id: [cora.id, bert.id], binned.id: [bert.id], berts.id: [bert.id, cora.id]}
    assert {id_: each.author_ids for id_, each in left.items()} == expected
    for id_, author_ids in expected.items():
        in_order = select(ArticleAuthor.user_id).filter_by(article_id=id_)
        beside = await session.scalars(in_order.order_by(ArticleAuthor.position))
        assert (list(beside), left[id_].author_id) == (author_ids, author_ids[0])

    read = await client.get(f"/api/v1/articles/{ours.id}")
    assert read.json()["author"]["username"] == "cora"
    assert [each["username"] for each in read.json()["authors"]] == ["cora", "bert"]
    assert (read.json()["version"], read.json()["updated_at"]) == (1, "2026-01-15T12:00:00Z")
    address = f"/api/v1/articles/{ours.id}"
    changed = await client.patch(address, headers=sign_in(cora), json={"title": "Ours"})
    undelete = f"/api/v1/articles/{binned.id}/undelete"
    brought_back = await client.post(undelete, headers=sign_in(bert))
    assert (changed.status_code, brought_back.status_code) == (200, 200)


async def test_the_last_administrator_stays(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    last, _ = await make.user(Role.ADMIN), await make.user(Role.ADMIN, is_active=False)
    answer = await client.delete(ME, headers=sign_in(last))
    assert (answer.status_code, answer.json()["code"]) == (400, "last_administrator")
    await make.user(Role.ADMIN)
    assert (await client.delete(ME, headers=sign_in(last))).status_code == 204
    assert await session.scalar(select(func.count()).select_from(User)) == 2


async def test_without_the_current_password_nothing_is_hashed(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(type(services.passwords), "verify")
    answer = await client.patch(ME, headers=headers, json={"password": "a-new-pass-phrase"})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_current_password")
