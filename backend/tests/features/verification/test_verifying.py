"""Verifying an address: a link by mail shows who reads it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services
from app.core.tokens import PreviewClaims, Purpose
from app.features.audit.schemas import Event
from app.features.verification.service import VerificationService
from app.models import AuditEvent, Proof, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.verification.conftest import CONFIRM, VERIFY, Post, refusal, words

ANNA = "anna@example.com"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Somebody who has not verified her address."""
    return await make.user(email=ANNA, username="anna", email_verified_at=None)


@pytest.fixture
async def token(client: httpx.AsyncClient, sign_in: SignIn, anna: User, post: Post) -> str:
    """The token of the link that Anna has asked for."""
    await client.post(VERIFY, headers=sign_in(anna))
    return await post.token(ANNA, "verify-email")


async def follow(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(CONFIRM, json={"token": token})


async def test_somebody_who_is_signed_in_asks_for_a_link_and_follows_it(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    post: Post,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    asked = await client.post(VERIFY, headers=sign_in(anna))
    assert (asked.status_code, list(asked.json())) == (202, ["detail"])
    followed = await follow(client, await post.token(ANNA, "verify-email"))
    assert (followed.status_code, followed.content) == (204, b"")
    assert (await session.get_one(User, anna.id)).email_verified_at == clock()


async def test_the_audit_log_has_it(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    await follow(client, token)
    query = select(AuditEvent).where(AuditEvent.event == Event.ADDRESS_VERIFIED)
    event = (await session.scalars(query)).one()
    assert (event.actor_id, event.subject_id, event.details) == (anna.id, anna.id, {})


async def test_who_cannot_sign_in_names_the_address(
    client: httpx.AsyncClient, anna: User, post: Post
) -> None:
    asked = await client.post(VERIFY, json={"email": "Anna@Example.com"})
    assert asked.status_code == 202
    assert (await follow(client, await post.token(ANNA, "verify-email"))).status_code == 204


@pytest.mark.parametrize(
    "fields", [{"email_verified_at": "now"}, {"is_active": False}, {"email": "bert@example.com"}]
)
async def test_nobody_else_gets_mail_and_nobody_is_told(
    client: httpx.AsyncClient,
    make: Factory,
    post: Post,
    clock: MovableClock,
    fields: dict[str, Any],
) -> None:
    given = {"email": ANNA, **fields}
    if "email_verified_at" in given:
        given["email_verified_at"] = clock()
    await make.user(**given)
    asked = await client.post(VERIFY, json={"email": ANNA})
    assert asked.status_code == 202
    assert asked.json()["detail"].startswith("If this address belongs to an account")
    assert await post.to(ANNA) == []


async def test_there_is_nothing_to_send_once_an_address_is_verified(
    client: httpx.AsyncClient, sign_in: SignIn, anna: User, token: str, post: Post
) -> None:
    await follow(client, token)
    post.forget()
    assert (await client.post(VERIFY, headers=sign_in(anna))).status_code == 202
    assert await post.letters() == []


@pytest.mark.parametrize("body", [{}, {"json": {}}])
async def test_somebody_who_is_neither_signed_in_nor_names_an_address_is_told_what_to_do(
    client: httpx.AsyncClient, post: Post, body: dict[str, Any]
) -> None:
    answer = await client.post(VERIFY, **body)
    assert refusal(answer) == (422, "invalid")
    assert answer.json()["detail"] == "Say which `email`, or sign in"
    assert [problem["loc"] for problem in answer.json()["errors"]] == [["body", "email"]]
    assert await post.letters() == []


async def test_the_mail_has_the_title_and_the_language_that_the_site_has_now(
    client: httpx.AsyncClient,
    as_admin: dict[str, str],
    services: Services,
    session: AsyncSession,
    anna: User,
    clock: MovableClock,
) -> None:
    edits = {"title": "Rio abaixo", "locale": "pt-BR"}
    await client.patch("/api/v1/site", headers=as_admin, json=edits)
    verification = VerificationService(session, services.settings)
    await verification.ask_to_verify(anna, at=clock())
    [proof_id] = await session.scalars(select(Proof.id))
    mail = await verification.letter(proof_id, tokens=services.tokens, at=clock())
    assert mail
    assert (mail.values["site_title"], mail.locale) == ("Rio abaixo", "pt-BR")


async def test_it_says_until_when_the_link_works_however_late_it_comes(
    client: httpx.AsyncClient, sign_in: SignIn, anna: User, post: Post, clock: MovableClock
) -> None:
    await client.post(VERIFY, headers=sign_in(anna))
    clock.move(timedelta(hours=2))
    [letter] = await post.to(ANNA)
    assert "until 24 hours after it was asked for" in words(letter)


async def test_a_key_asks_for_nothing(
    client: httpx.AsyncClient, sign_in: SignIn, anna: User
) -> None:
    wish = {"name": "A machine", "scopes": ["articles:read"]}
    made = await client.post("/api/v1/auth/keys", headers=sign_in(anna), json=wish)
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    assert refusal(await client.post(VERIFY, headers=headers)) == (403, "key_not_allowed")


async def test_a_link_works_once(client: httpx.AsyncClient, token: str) -> None:
    await follow(client, token)
    assert refusal(await follow(client, token)) == (400, "link_used_up")


async def test_a_newer_link_makes_the_older_one_useless(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    anna: User,
    token: str,
    post: Post,
    clock: MovableClock,
) -> None:
    clock.move(timedelta(minutes=1))
    await client.post(VERIFY, headers=sign_in(anna))
    newer = await post.token(ANNA, "verify-email")
    assert refusal(await follow(client, token)) == (400, "bad_link")
    assert (await follow(client, newer)).status_code == 204


async def test_a_link_lasts_a_day(
    client: httpx.AsyncClient, token: str, clock: MovableClock
) -> None:
    clock.move(timedelta(hours=24))
    assert refusal(await follow(client, token)) == (400, "bad_link")


async def test_a_link_works_to_its_last_second(
    client: httpx.AsyncClient, token: str, clock: MovableClock
) -> None:
    clock.move(timedelta(hours=24) - timedelta(seconds=1))
    assert (await follow(client, token)).status_code == 204


async def test_a_link_is_about_the_address_that_it_was_sent_to(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    (await session.get_one(User, anna.id)).email = "another@example.com"
    await session.commit()
    assert refusal(await follow(client, token)) == (400, "bad_link")


async def test_an_account_that_is_switched_off_follows_no_links(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    (await session.get_one(User, anna.id)).is_active = False
    await session.commit()
    assert refusal(await follow(client, token)) == (400, "inactive_user")


async def test_the_link_of_an_account_that_is_gone_does_nothing(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    await session.delete(await session.get_one(User, anna.id))
    await session.commit()
    assert refusal(await follow(client, token)) == (400, "bad_link")


async def test_no_other_token_of_ours_is_good_for_it(
    client: httpx.AsyncClient,
    token: str,
    services: Services,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    proof, signer, day = await session.scalar(select(Proof.id)), services.tokens, timedelta(days=1)
    assert proof is not None
    others = [
        signer.issue_link(purpose, proof, clock(), day)
        for purpose in (Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD, Purpose.INVITATION)
    ]
    others.append(signer.issue(proof, 1, clock()).value)
    others.append(signer.issue_preview(PreviewClaims(proof, "x"), clock(), day))
    for other in others:
        assert refusal(await follow(client, other)) == (400, "bad_link")
    assert (await follow(client, token)).status_code == 204


async def test_the_token_of_a_link_is_no_good_for_signing_in(
    client: httpx.AsyncClient, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/api/v1/users/me", headers=headers)).status_code == 401


@pytest.mark.parametrize("bad", ["x", "a.b.c", "..", "é", "ey" * 2000, "null"])
async def test_what_is_no_token_is_a_bad_link(client: httpx.AsyncClient, bad: str) -> None:
    assert refusal(await follow(client, bad)) == (400, "bad_link")


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 1}, {"token": "x" * 4097}, {"token": "x", "id": 1}, []]
)
async def test_a_body_that_has_another_shape_is_refused(
    client: httpx.AsyncClient, body: object
) -> None:
    assert (await client.post(CONFIRM, json=body)).status_code == 422


@pytest.mark.parametrize("email", ["", "anna", "a@b.c\r\nBcc: d@e.f", "x" * 300, None, 1])
async def test_what_is_no_address_is_refused(client: httpx.AsyncClient, email: object) -> None:
    assert (await client.post(VERIFY, json={"email": email})).status_code == 422
