"""Invitations and keys that many ask for at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.core.services import Services
from app.core.tokens import Purpose
from app.features.keys.rules import MOST_KEYS
from app.models import ApiKey, Invitation, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, PASSWORD, Factory
from tests.races.crowd import CROWD, ROUNDS, at_once, statuses

INVITATIONS = "/api/v1/invitations"
KEYS = "/api/v1/auth/keys"
EMAIL = "bert@example.com"
GREAT_CROWD = 50

Offer = Callable[[], Awaitable[tuple[int, str]]]


@pytest.fixture
async def sessions(committing_sessions: Sessions) -> AsyncIterator[Sessions]:
    """Commit; and leave no job behind."""
    yield committing_sessions
    async with committing_sessions.begin() as session:
        await session.execute(text("TRUNCATE pgqueuer, pgqueuer_log"))


@pytest.fixture
async def editor(make: Factory) -> User:
    """An editor."""
    return await make.user(Role.EDITOR)


@pytest.fixture
def offer(sessions: Sessions, services: Services, editor: User) -> Offer:
    """Makes an invitation; returns its id and its token."""

    async def make() -> tuple[int, str]:
        week = timedelta(days=7)
        invitation = Invitation(
            email=EMAIL,
            role=Role.AUTHOR,
            inviter_id=editor.id,
            created_at=EARLY_2026,
            expires_at=EARLY_2026 + week,
        )
        async with sessions.begin() as session:
            session.add(invitation)
        id_ = invitation.id
        return id_, services.tokens.issue_link(Purpose.INVITATION, id_, EARLY_2026, week)

    return make


async def accepted(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    """Accept; and come back when so many hash passwords that one is told to."""
    body = {"token": token, "password": PASSWORD, **more}
    while True:
        answer = await client.post(f"{INVITATIONS}/accept", json=body)
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            return answer
        await asyncio.sleep(0.1)


async def accounts(session: AsyncSession) -> int:
    await session.rollback()
    query = select(func.count()).select_from(User).where(func.lower(User.email) == EMAIL)
    return (await session.scalars(query)).one()


async def test_of_fifty_who_accept_an_invitation_one_gets_the_account(
    client: httpx.AsyncClient, offer: Offer, session: AsyncSession
) -> None:
    _, token = await offer()
    answers = await at_once(
        *(accepted(client, token, username=f"bert-{number}") for number in range(GREAT_CROWD))
    )
    assert statuses(answers) == {201: 1, 400: GREAT_CROWD - 1}
    refusals = {answer.json()["code"] for answer in answers if answer.status_code == 400}
    assert refusals == {"invitation_used"}
    assert await accounts(session) == 1


async def test_it_is_either_accepted_or_taken_back(
    client: httpx.AsyncClient,
    offer: Offer,
    editor: User,
    sign_in: SignIn,
    make: Factory,
    sessions: Sessions,
) -> None:
    for _ in range(ROUNDS):
        id_, token = await offer()
        taken_back = client.delete(f"{INVITATIONS}/{id_}", headers=sign_in(editor))
        revoked, account = await at_once(taken_back, accepted(client, token))
        assert (revoked.status_code, account.status_code) in {(204, 400), (400, 201)}
        async with sessions.begin() as session:
            for user in await session.scalars(select(User).where(User.email == EMAIL)):
                await session.delete(user)


async def test_an_address_has_one_open_invitation_however_many_invite_it(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    hosts = [sign_in(await make.user(Role.ADMIN)) for _ in range(CROWD)]
    spellings = [EMAIL, EMAIL.upper()] * (CROWD // 2)
    answers = await at_once(
        *(
            client.post(INVITATIONS, headers=host, json={"email": email, "role": "reader"})
            for host, email in zip(hosts, spellings, strict=True)
        )
    )
    assert statuses(answers) == {201: CROWD}
    assert len(list(await session.scalars(select(Invitation.id)))) == 1


async def test_one_who_accepts_while_being_invited_again_gets_one_account(
    client: httpx.AsyncClient, offer: Offer, editor: User, sign_in: SignIn, session: AsyncSession
) -> None:
    _, token = await offer()
    again = {"email": EMAIL, "role": "reader"}
    account, invited = await at_once(
        accepted(client, token), client.post(INVITATIONS, headers=sign_in(editor), json=again)
    )
    outcome = account.status_code, invited.status_code
    assert outcome in {(201, 400), (400, 201)}
    assert await accounts(session) == int(account.status_code == 201)


class TestWhileRegistrationIsOpen:
    @pytest.fixture
    def services(self, services: Services) -> Services:
        is_open = services.settings.model_copy(update={"registration": "open"})
        return replace(services, settings=is_open)

    async def test_an_address_has_one_account_whichever_way_it_came(
        self, client: httpx.AsyncClient, offer: Offer, session: AsyncSession
    ) -> None:
        _, token = await offer()
        new = {"email": EMAIL.upper(), "password": PASSWORD}
        answers = await at_once(
            accepted(client, token), client.post("/api/v1/users", json=new), accepted(client, token)
        )
        assert statuses(answers) == {201: 1, 400: 2}
        assert await accounts(session) == 1


async def test_an_account_has_no_more_keys_than_there_is_room_for(
    client: httpx.AsyncClient, editor: User, sign_in: SignIn, session: AsyncSession
) -> None:
    rest = 3
    session.add_all(
        ApiKey(
            user_id=editor.id,
            name="x",
            prefix="gly_x",
            secret_hash=bytes([number]),
            scopes=["articles:read"],
            created_at=EARLY_2026,
        )
        for number in range(MOST_KEYS - rest)
    )
    await session.commit()
    new = {"name": "Robot", "scopes": ["articles:write"]}
    answers = await at_once(
        *(client.post(KEYS, headers=sign_in(editor), json=new) for _ in range(CROWD))
    )
    assert statuses(answers) == {201: rest, 400: CROWD - rest}


async def test_a_key_that_many_use_at_once_is_noted_without_waiting(
    client: httpx.AsyncClient, editor: User, sign_in: SignIn, session: AsyncSession
) -> None:
    new = {"name": "Robot", "scopes": ["articles:write"]}
    made = (await client.post(KEYS, headers=sign_in(editor), json=new)).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    body = {"title": "Down the river", "content": "We set out at *five*."}
    answers = await at_once(
        *(client.post("/api/v1/articles", headers=headers, json=body) for _ in range(CROWD))
    )
    assert statuses(answers) == {201: CROWD}
    assert await session.scalar(select(ApiKey.last_used_at)) == EARLY_2026
