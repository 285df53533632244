"""Making the account that an invitation offers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.core.services import Services
from app.core.tokens import Purpose, TokenSigner
from app.models import AuditEvent, Invitation, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, PASSWORD, Factory, MovableClock
from tests.features.invitations.conftest import (
    ACCEPT,
    EMAIL,
    INVITATIONS,
    Accept,
    Headers,
    Invite,
    Postman,
    refused,
)

USERS = "/api/v1/users"
LOGIN = "/api/v1/auth/login"
INVALID, REVOKED, USED = (
    (400, "invitation_invalid"),
    (400, "invitation_revoked"),
    (400, "invitation_used"),
)


@pytest.fixture
async def token(invite: Invite, postman: Postman) -> str:
    """The token of an invitation as an author."""
    await invite()
    return await postman.token()


async def test_whoever_has_the_mail_makes_an_account(
    client: httpx.AsyncClient, accept: Accept, token: str
) -> None:
    answer = await accept(token, username="bert", full_name="Bert Boyne")
    assert answer.status_code == 201
    account = answer.json()
    named = {name: account[name] for name in ("email", "username", "full_name", "role")}
    assert named == {
        "email": EMAIL, "username": "bert", "full_name": "Bert Boyne", "role": "author"
    }  # fmt: skip
    assert answer.headers["Location"] == f"{USERS}/{account['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    form = {"username": EMAIL, "password": PASSWORD}
    signed_in = (await client.post(LOGIN, data=form)).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    me = await client.get(f"{USERS}/me", headers=headers)
    assert me.json().items() >= account.items()
    assert me.headers["ETag"] == answer.headers["ETag"]


async def test_without_a_username_one_is_made_from_the_address(accept: Accept, token: str) -> None:
    assert (await accept(token)).json()["username"] == "Bert"


async def test_its_address_is_proven_by_that(
    accept: Accept, token: str, session: AsyncSession, clock: MovableClock
) -> None:
    clock.move(timedelta(hours=1))
    id_ = (await accept(token)).json()["id"]
    account = await session.get_one(User, id_)
    assert account.email_verified_at == EARLY_2026 + timedelta(hours=1)


async def test_it_is_written_down(
    accept: Accept, token: str, session: AsyncSession, editor: User
) -> None:
    id_ = (await accept(token)).json()["id"]
    query = select(AuditEvent).filter_by(event="invitation.accepted")
    event = (await session.scalars(query)).one()
    invitation_id = (await session.scalars(select(Invitation.id))).one()
    assert (event.actor_id, event.subject_id) == (id_, id_)
    assert event.details == {
        "invitation_id": invitation_id, "inviter_id": editor.id, "role": "author"
    }  # fmt: skip


class TestWhateverRegistrationSays:
    @pytest.fixture(params=["open", "invite", "closed"])
    def services(self, services: Services, request: pytest.FixtureRequest) -> Services:
        wanted = {"registration": request.param}
        return replace(services, settings=services.settings.model_copy(update=wanted))

    async def test_an_invitation_is_good(self, accept: Accept, token: str) -> None:
        assert (await accept(token)).status_code == 201


async def test_without_one_nobody_makes_an_account_meanwhile(client: httpx.AsyncClient) -> None:
    answer = await client.post(USERS, json={"email": EMAIL, "password": PASSWORD})
    assert refused(answer) == (403, "registration_closed")
    assert "invit" in answer.json()["detail"]


# Once, and in time


async def test_it_is_good_for_once(
    accept: Accept, token: str, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    first = await accept(token)
    assert refused(await accept(token, username="another")) == USED
    emails = list(await session.scalars(select(User.email).where(User.id == first.json()["id"])))
    assert emails == [EMAIL]


async def test_it_is_good_until_it_expires(accept: Accept, token: str, clock: MovableClock) -> None:
    clock.move(timedelta(days=7))
    assert refused(await accept(token)) == INVALID
    clock.move(timedelta(seconds=-1))
    assert (await accept(token)).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"role": Role.READER}, {"role": Role.AUTHOR}, {"is_active": False}],
    ids=str,
)
async def test_it_is_as_good_as_whoever_sent_it(
    accept: Accept, token: str, session: AsyncSession, editor: User, change: dict[str, Any]
) -> None:
    await session.execute(update(User).filter_by(id=editor.id).values(**change))
    await session.commit()
    assert refused(await accept(token)) == REVOKED


async def test_nobody_gets_a_role_that_the_inviter_has_lost(
    invite: Invite, accept: Accept, postman: Postman, as_admin: Headers, session: AsyncSession
) -> None:
    await invite(role="admin", headers=as_admin)
    token = await postman.token()
    await session.execute(update(User).filter_by(username="admin").values(role=Role.EDITOR))
    await session.commit()
    assert refused(await accept(token)) == REVOKED


async def test_it_goes_with_the_account_of_whoever_sent_it(
    accept: Accept, token: str, session: AsyncSession, editor: User
) -> None:
    await session.delete(await session.get_one(User, editor.id))
    await session.commit()
    assert refused(await accept(token)) == REVOKED


async def test_it_goes_with_the_account_that_it_has_become(
    accept: Accept, token: str, session: AsyncSession
) -> None:
    id_ = (await accept(token)).json()["id"]
    await session.delete(await session.get_one(User, id_))
    await session.commit()
    assert list(await session.scalars(select(Invitation))) == []


# Names


async def test_an_address_that_somebody_has_taken_meanwhile_stays_theirs(
    accept: Accept, token: str, make: Factory
) -> None:
    await make.user(email=EMAIL.upper())
    assert refused(await accept(token)) == (400, "email_taken")


async def test_a_refusal_leaves_the_invitation_good(
    accept: Accept, token: str, make: Factory
) -> None:
    await make.user(username="taken")
    assert refused(await accept(token, username="TAKEN")) == (400, "username_taken")
    weak = await accept(token, password=EMAIL)
    assert weak.status_code == 422
    assert weak.json()["errors"][0]["code"] == "weak_password"
    assert (await accept(token, username="free")).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"token": ""},
        {"token": "x" * 4097},
        {"token": 7},
        {"password": "seven77"},
        {"password": None},
        {"username": "two words"},
        {"username": "me"},
        {"full_name": "x" * 101},
        {"email": "carl@example.com"},
        {"role": "admin"},
        {"is_active": True},
    ],
    ids=lambda change: str(change)[:40],
)
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, accept: Accept, token: str, change: dict[str, Any]
) -> None:
    body = {"token": token, "password": PASSWORD, **change}
    answer = await client.post(ACCEPT, json=body)
    assert answer.status_code == 422
    assert [problem["loc"][:2] for problem in answer.json()["errors"]] == [["body", *change]]
    assert (await accept(token)).status_code == 201


# Which tokens


async def test_what_is_forged_or_spoilt_is_refused(
    accept: Accept, token: str, session: AsyncSession
) -> None:
    id_ = (await session.scalars(select(Invitation.id))).one()
    stranger = TokenSigner("another-0123456789-abcdefghijklmnop", timedelta(days=1))
    head, body, signature = token.split(".")
    for spoilt in (
        stranger.issue_link(Purpose.INVITATION, id_, EARLY_2026, timedelta(days=1)),
        f"{head}.{body}.{signature[::-1]}", f"{head}.{body}.", f"{head}.{body}", "x", "a.b.c",
        "é" * 9, str(id_),
    ):  # fmt: skip
        assert refused(await accept(spoilt)) == INVALID


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.INVITATION, Purpose.ACCESS}))
async def test_a_token_for_something_else_is_no_good(
    accept: Accept, token: str, services: Services, session: AsyncSession, purpose: Purpose
) -> None:
    id_ = (await session.scalars(select(Invitation.id))).one()
    other = services.tokens.issue_link(purpose, id_, EARLY_2026, timedelta(days=1))
    assert refused(await accept(other)) == INVALID


async def test_an_access_token_is_no_invitation_and_the_other_way_round(
    client: httpx.AsyncClient, accept: Accept, token: str, editor: User, sign_in: SignIn
) -> None:
    access = sign_in(editor)["Authorization"].removeprefix("Bearer ")
    assert refused(await accept(access)) == INVALID
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get(INVITATIONS, headers=headers)).status_code == 401


async def test_no_longer_life_can_be_signed_than_the_invitation_has(
    accept: Accept, token: str, services: Services, session: AsyncSession, clock: MovableClock
) -> None:
    id_ = (await session.scalars(select(Invitation.id))).one()
    longer = services.tokens.issue_link(Purpose.INVITATION, id_, EARLY_2026, timedelta(days=99))
    clock.move(timedelta(days=7))
    assert refused(await accept(longer)) == INVALID
