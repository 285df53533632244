"""When fifty people do the same thing at once, exactly what should happen happens."""

import asyncio
from collections import Counter

import httpx

from app.core.policy import Role
from tests.conftest import SignIn
from tests.factories import Factory

CROWD = 50
NEW_ARTICLE = {"title": "The same title", "content": "The very same words."}


async def test_fifty_registrations_with_one_email_make_one_account(
    client: httpx.AsyncClient,
) -> None:
    new = {"email": "anna@example.com", "password": "a-long-pass-phrase"}
    answers = await asyncio.gather(
        *(client.post("/api/v1/auth/register", json=new) for _ in range(CROWD))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: CROWD - 1}
    refusals = {answer.json()["detail"] for answer in answers if answer.status_code == 400}
    assert refusals == {"Email already registered"}


async def test_fifty_changes_with_one_etag_have_one_winner(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    author = await make.user()
    article = await make.article(author)
    headers = sign_in(author)
    address = f"/api/v1/articles/{article.id}"
    headers["If-Match"] = (await client.get(address, headers=headers)).headers["ETag"]
    answers = await asyncio.gather(
        *(
            client.patch(address, headers=headers, json={"title": f"Attempt {number}"})
            for number in range(CROWD)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CROWD - 1}
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    stored = (await client.get(address)).json()
    assert (stored["title"], stored["version"]) == (winner["title"], 2)


async def test_fifty_posts_with_one_idempotency_key_make_one_article(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    headers = {**sign_in(await make.user()), "Idempotency-Key": "one-and-only"}
    answers = await asyncio.gather(
        *(client.post("/api/v1/articles", headers=headers, json=NEW_ARTICLE) for _ in range(CROWD))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replays = [answer.headers.get("Idempotent-Replay") for answer in answers]
    assert Counter(replays) == {None: 1, "true": CROWD - 1}


async def test_fifty_posts_with_one_title_get_fifty_slugs(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    headers = sign_in(await make.user())
    answers = await asyncio.gather(
        *(client.post("/api/v1/articles", headers=headers, json=NEW_ARTICLE) for _ in range(CROWD))
    )
    assert {answer.status_code for answer in answers} == {201}
    expected = {"the-same-title", *(f"the-same-title-{number}" for number in range(2, CROWD + 1))}
    assert {answer.json()["slug"] for answer in answers} == expected


async def test_two_administrators_cannot_demote_each_other_at_once(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    first, second = await make.user(Role.ADMIN), await make.user(Role.ADMIN)
    answers = await asyncio.gather(
        *(
            client.patch(
                f"/api/v1/users/{victim.id}", headers=sign_in(rival), json={"role": "reader"}
            )
            for victim, rival in ((first, second), (second, first))
        )
    )
    # The other one is the last, or has been signed out by losing the role.
    first_status, other_status = sorted(answer.status_code for answer in answers)
    assert first_status == 200
    assert other_status in {400, 401}
