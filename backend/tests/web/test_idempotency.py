"""`Idempotency-Key`: a repeated POST gets its first answer again."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.models import Article, StoredAnswer
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

ARTICLES = "/api/v1/articles"
NEW_ARTICLE = {"title": "Down the river", "content": "We set out at five."}
OTHER_ARTICLE = {**NEW_ARTICLE, "title": "Up the river"}
KEY = {"Idempotency-Key": "0f6e1c1e-6c1f-4d0e-9f5b-0b8f5a3a8a11"}


@pytest.fixture
async def headers(make: Factory, sign_in: SignIn) -> dict[str, str]:
    """The headers of an author who sends a key."""
    return {**sign_in(await make.user()), **KEY}


async def _count(session: AsyncSession, model: type[Article | StoredAnswer]) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_repeat_gets_the_first_answer_and_makes_nothing(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession
) -> None:
    first = await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    again = await client.post(f"{ARTICLES}/", headers=headers, json=NEW_ARTICLE)
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-store"
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert await _count(session, Article) == 1


async def test_without_a_key_every_post_does_its_work(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession
) -> None:
    del headers["Idempotency-Key"]
    for _ in range(2):
        await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    assert await _count(session, Article) == 2
    assert await _count(session, StoredAnswer) == 0


async def test_a_key_with_another_body_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession
) -> None:
    await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    answer = await client.post(ARTICLES, headers=headers, json=OTHER_ARTICLE)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await _count(session, Article) == 1


async def test_a_key_belongs_to_one_account(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, sign_in: SignIn
) -> None:
    first = await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    somebody_else = {**sign_in(await make.user()), **KEY}
    other = await client.post(ARTICLES, headers=somebody_else, json=NEW_ARTICLE)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


async def test_a_key_belongs_to_one_path(client: httpx.AsyncClient) -> None:
    new = {"email": "anna@example.com", "password": "a-long-pass-phrase"}
    first = await client.post("/api/v1/users", headers=KEY, json=new)
    other = await client.post("/api/v1/auth/register", headers=KEY, json=new)
    assert (first.status_code, other.status_code) == (201, 400)


async def test_a_key_is_free_again_after_24_hours(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    clock: MovableClock,
    session: AsyncSession,
) -> None:
    author = await make.user()
    for moved, count in ((timedelta(0), 1), (timedelta(hours=23), 1), (timedelta(hours=1), 2)):
        clock.move(moved)
        headers = {**sign_in(author), **KEY}
        answer = await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
        assert answer.status_code == 201
        assert await _count(session, Article) == count


async def test_old_answers_are_swept_away(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    clock: MovableClock,
    session: AsyncSession,
) -> None:
    author = await make.user()
    for key in ("one", "two", "three"):
        headers = {**sign_in(author), "Idempotency-Key": key}
        await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
        clock.move(timedelta(hours=24))
    assert await _count(session, StoredAnswer) == 1


@pytest.mark.parametrize(
    ("bad", "status"),
    [({**NEW_ARTICLE, "title": ""}, 422), ({**NEW_ARTICLE, "slug": "taken"}, 400)],
    ids=["invalid", "rejected"],
)
async def test_a_failed_first_try_is_not_remembered(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    make: Factory,
    session: AsyncSession,
    bad: dict[str, str],
    status: int,
) -> None:
    await make.article(await make.user(), slug="taken")
    failed = await client.post(ARTICLES, headers=headers, json=bad)
    assert failed.status_code == status
    assert await _count(session, StoredAnswer) == 0
    mended = await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    assert mended.status_code == 201
    assert "Idempotent-Replay" not in mended.headers


async def test_what_is_stored_tells_nothing_of_a_password(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    new = {"email": "anna@example.com", "password": "a-long-pass-phrase"}
    await client.post("/api/v1/users", headers=KEY, json=new)
    stored = (await session.scalars(select(StoredAnswer))).one()
    assert "pass-phrase" not in f"{stored.fingerprint}{stored.headers}{stored.body!r}"


@pytest.mark.parametrize(
    ("limit", "status", "code"),
    [("lock_timeout", 409, "idempotency_key_in_use"), ("statement_timeout", 503, "unavailable")],
)
async def test_a_repeat_waits_for_the_first_only_so_long(
    client: httpx.AsyncClient,
    connection: AsyncConnection,
    engine: AsyncEngine,
    make: Factory,
    sign_in: SignIn,
    limit: str,
    status: int,
    code: str,
) -> None:
    author = await make.user()
    key = f"{author.id} {ARTICLES} running"
    await connection.execute(text(f"SET LOCAL {limit} = '20ms'"))
    async with AsyncSession(engine) as the_first:
        the_first.add(StoredAnswer(key=key, fingerprint="", expires_at=make._clock()))
        await the_first.flush()
        headers = {**sign_in(author), "Idempotency-Key": "running"}
        answer = await client.post(ARTICLES, headers=headers, json=NEW_ARTICLE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "caf\u00e9"])
async def test_a_key_is_a_short_printable_word(
    client: httpx.AsyncClient, headers: dict[str, str], key: str
) -> None:
    headers["Idempotency-Key"] = key
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    answer = await client.post(ARTICLES, headers=raw, json=NEW_ARTICLE)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["header", "idempotency-key"]
