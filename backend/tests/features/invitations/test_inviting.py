"""Inviting people, and what becomes of invitations before they are answered."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.core.services import Services
from app.features.invitations.rules import MOST_OPEN
from app.features.invitations.service import InvitationService
from app.models import AuditEvent, Invitation, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.invitations.conftest import (
    EMAIL,
    INVITATIONS,
    Accept,
    Headers,
    Invite,
    Postman,
    refused,
    token_in,
    words,
)

NEW = {"email": EMAIL, "role": "author"}


async def test_an_editor_invites_somebody(
    client: httpx.AsyncClient, editor: User, as_editor: Headers
) -> None:
    answer = await client.post(INVITATIONS, headers=as_editor, json=NEW)
    assert answer.status_code == 201
    invitation = answer.json()
    assert invitation == {
        "id": invitation["id"],
        "email": EMAIL,
        "role": "author",
        "inviter": {"id": editor.id, "username": "edith", "full_name": "Edith Liffey"},
        "created_at": "2026-01-15T12:00:00Z",
        "expires_at": "2026-01-22T12:00:00Z",
        "accepted_at": None,
        "account_id": None,
    }
    address = answer.headers["Location"]
    assert address == f"{INVITATIONS}/{invitation['id']}"
    assert (await client.get(address, headers=as_editor)).json() == invitation
    assert (await client.get(INVITATIONS, headers=as_editor)).json() == [invitation]


async def test_the_invitation_is_mailed(invite: Invite, postman: Postman) -> None:
    invitation = await invite()
    assert [waiting.invitation_id for waiting in await postman.waiting()] == [invitation["id"]]
    [message] = await postman.bring()
    assert message["To"] == EMAIL
    assert message["Subject"] == "An invitation to The River"
    assert "Edith Liffey invites you to The River, as author." in words(message)
    assert "within 7 days. " in words(message)
    assert token_in(message)


async def test_it_has_the_title_and_the_language_that_the_site_has_now(
    client: httpx.AsyncClient,
    as_admin: Headers,
    invite: Invite,
    services: Services,
    session: AsyncSession,
) -> None:
    id_ = (await invite())["id"]
    edits = {"title": "Rio abaixo", "locale": "pt-BR"}
    await client.patch("/api/v1/site", headers=as_admin, json=edits)
    invitations = InvitationService(session, services.settings)
    mail = await invitations.letter(id_, tokens=services.tokens, at=EARLY_2026)
    assert mail
    assert (mail.values["site_title"], mail.locale) == ("Rio abaixo", "pt-BR")


async def test_on_its_last_day_it_says_so(invite: Invite, postman: Postman) -> None:
    await invite()
    [message] = await postman.bring(EARLY_2026 + timedelta(days=6, hours=1))
    assert "within 1 day. " in words(message)


async def test_a_repeated_job_sends_the_same_message_again(
    invite: Invite, postman: Postman
) -> None:
    """The file, like the Message-ID, is the invitation's own, so that nobody gets two."""
    await invite()
    [first] = await postman.bring()
    [second] = await postman.bring()
    assert first["Message-ID"] == second["Message-ID"]


async def test_no_token_waits_anywhere(
    invite: Invite, postman: Postman, session: AsyncSession
) -> None:
    await invite()
    assert "ey" not in str(await postman.waiting())
    row = (await session.scalars(select(Invitation))).one()
    assert "ey" not in str([value for name, value in vars(row).items() if name != "email"])


@pytest.mark.parametrize("why", ["revoked", "expired", "demoted"])
async def test_nothing_is_mailed_when_it_is_too_late(
    client: httpx.AsyncClient,
    invite: Invite,
    as_editor: Headers,
    postman: Postman,
    session: AsyncSession,
    why: str,
) -> None:
    invitation = await invite()
    if why == "revoked":
        await client.delete(f"{INVITATIONS}/{invitation['id']}", headers=as_editor)
    if why == "demoted":
        await session.execute(update(User).values(role=Role.READER))
        await session.commit()
    late = EARLY_2026 + timedelta(days=7 if why == "expired" else 0)
    assert await postman.bring(late) == []


async def test_it_is_written_down_without_the_address(
    client: httpx.AsyncClient,
    invite: Invite,
    editor: User,
    as_editor: Headers,
    session: AsyncSession,
) -> None:
    id_ = (await invite())["id"]
    await client.delete(f"{INVITATIONS}/{id_}", headers=as_editor)
    query = select(AuditEvent).where(AuditEvent.event.startswith("invitation."))
    events = (await session.scalars(query.order_by(AuditEvent.id))).all()
    assert [(each.event, each.actor_id, each.subject_id, each.details) for each in events] == [
        ("invitation.made", editor.id, None, {"invitation_id": id_, "role": "author"}),
        ("invitation.revoked", editor.id, None, {"invitation_id": id_}),
    ]


# Who may, and as what


@pytest.mark.parametrize(
    ("inviter", "highest"), [(Role.EDITOR, Role.EDITOR), (Role.ADMIN, Role.ADMIN)]
)
@pytest.mark.parametrize("role", list(Role))
async def test_nobody_raises_anybody_above_themselves(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    inviter: Role,
    highest: Role,
    role: Role,
) -> None:
    headers = sign_in(await make.user(inviter))
    answer = await client.post(INVITATIONS, headers=headers, json={**NEW, "role": role})
    if highest.reaches(role):
        assert (answer.status_code, answer.json()["role"]) == (201, role)
    else:
        assert refused(answer) == (403, "role_above_own")


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR])
async def test_readers_and_authors_invite_nobody(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, invite: Invite, role: Role
) -> None:
    address = f"{INVITATIONS}/{(await invite())['id']}"
    headers = sign_in(await make.user(role))
    for answer in (
        await client.post(INVITATIONS, headers=headers, json={**NEW, "role": "reader"}),
        await client.get(INVITATIONS, headers=headers),
        await client.get(address, headers=headers),
        await client.delete(address, headers=headers),
    ):
        assert refused(answer) == (403, "may_not_invite")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("GET", ""), ("GET", "/1"), ("DELETE", "/1")]
)
async def test_strangers_invite_nobody(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, INVITATIONS + path, json=NEW)
    assert refused(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(("scope", "status"), [("admin", 201), ("articles:write", 403)])
async def test_a_key_needs_the_scope_of_administrators(
    client: httpx.AsyncClient, as_admin: Headers, scope: str, status: int
) -> None:
    wanted = {"name": "x", "scopes": [scope]}
    key = (await client.post("/api/v1/auth/keys", headers=as_admin, json=wanted)).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    answer = await client.post(INVITATIONS, headers=headers, json=NEW)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"email": None},
        {"email": "no-email"},
        {"email": "bert@example.com\x00"},
        {"email": "x" * 250 + "@example.com"},
        {"email": ["bert@example.com"]},
        {"role": None},
        {"role": "owner"},
        {"role": 1},
        {"inviter_id": 1},
        {"expires_at": "2030-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, as_editor: Headers, change: dict[str, Any]
) -> None:
    answer = await client.post(INVITATIONS, headers=as_editor, json={**NEW, **change})
    assert answer.status_code == 422
    assert [problem["loc"][:2] for problem in answer.json()["errors"]] == [["body", *change]]
    assert (await client.get(INVITATIONS, headers=as_editor)).json() == []


async def test_a_repeated_request_invites_once(
    client: httpx.AsyncClient, as_editor: Headers, postman: Postman
) -> None:
    once = {**as_editor, "Idempotency-Key": "once"}
    first, again = [await client.post(INVITATIONS, headers=once, json=NEW) for _ in range(2)]
    assert first.json() == again.json()
    assert len(await postman.waiting()) == 1


# The same address again


@pytest.mark.parametrize("email", [EMAIL, "bert@example.com", "BERT@EXAMPLE.COM"])
async def test_whoever_has_an_account_is_not_invited(
    client: httpx.AsyncClient, make: Factory, as_editor: Headers, email: str
) -> None:
    await make.user(email="bert@EXAMPLE.com")
    answer = await client.post(INVITATIONS, headers=as_editor, json={**NEW, "email": email})
    assert refused(answer) == (400, "email_taken")


async def test_another_invitation_replaces_the_first(
    client: httpx.AsyncClient,
    invite: Invite,
    accept: Accept,
    as_editor: Headers,
    postman: Postman,
) -> None:
    await invite(role="author")
    first = await postman.token()
    second = await invite(email=EMAIL.upper(), role="reader")
    assert (await client.get(INVITATIONS, headers=as_editor)).json() == [second]
    assert refused(await accept(first)) == (400, "invitation_revoked")
    answer = await accept(await postman.token())
    assert (answer.status_code, answer.json()["role"]) == (201, "reader")


async def test_an_editor_does_not_take_back_what_somebody_else_has_offered(
    client: httpx.AsyncClient,
    invite: Invite,
    as_admin: Headers,
    editor: User,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    offered = await invite(role="editor", headers=as_admin)
    answer = await client.post(INVITATIONS, headers=sign_in(editor), json=NEW)
    assert refused(answer) == (400, "already_invited")
    assert (await client.get(INVITATIONS, headers=as_admin)).json() == [offered]
    clock.move(timedelta(days=7))
    await invite()


async def test_an_administrator_does(invite: Invite, as_admin: Headers) -> None:
    await invite()
    assert (await invite(role="reader", headers=as_admin))["role"] == "reader"


async def test_so_many_of_somebodys_invitations_are_open_and_no_more(
    client: httpx.AsyncClient,
    invite: Invite,
    editor: User,
    as_admin: Headers,
    session: AsyncSession,
) -> None:
    session.add_all(
        Invitation(
            email=f"person{number}@example.net",
            role="reader",
            inviter_id=editor.id,
            created_at=EARLY_2026,
            expires_at=EARLY_2026 + timedelta(days=1),
        )
        for number in range(MOST_OPEN)
    )
    await session.commit()
    await invite(email="another@example.com", headers=as_admin)
    with pytest.raises(AssertionError, match="100 of your invitations are open"):
        await invite()
    await invite(email="person7@example.net")


# Lists, and taking back


async def test_editors_see_their_own_and_administrators_all(
    client: httpx.AsyncClient, invite: Invite, as_editor: Headers, as_admin: Headers
) -> None:
    own, other = await invite(), await invite(email="carl@example.com", headers=as_admin)
    assert (await client.get(INVITATIONS, headers=as_editor)).json() == [own]
    assert (await client.get(INVITATIONS, headers=as_admin)).json() == [other, own]
    address = f"{INVITATIONS}/{other['id']}"
    for method in ("GET", "DELETE"):
        answer = await client.request(method, address, headers=as_editor)
        assert refused(answer) == (404, "invitation_not_found")
    assert (await client.delete(f"{INVITATIONS}/{own['id']}", headers=as_admin)).status_code == 204


async def test_the_list_has_pages(
    client: httpx.AsyncClient, invite: Invite, as_editor: Headers
) -> None:
    ids = [(await invite(email=f"{name}@example.com"))["id"] for name in "abc"]
    page = await client.get(f"{INVITATIONS}?limit=2&total=true", headers=as_editor)
    assert [each["id"] for each in page.json()] == ids[:0:-1]
    assert page.headers["X-Total-Count"] == "3"
    rest = await client.get(page.links["next"]["url"], headers=as_editor)
    assert [each["id"] for each in rest.json()] == ids[:1]


async def test_it_is_revoked_at_once(
    client: httpx.AsyncClient,
    invite: Invite,
    accept: Accept,
    as_editor: Headers,
    postman: Postman,
) -> None:
    address = f"{INVITATIONS}/{(await invite())['id']}"
    token = await postman.token()
    answer = await client.delete(address, headers=as_editor)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await accept(token)) == (400, "invitation_revoked")
    again = await client.delete(address, headers=as_editor)
    assert refused(again) == (404, "invitation_not_found")


async def test_one_that_was_accepted_cannot_be_revoked(
    client: httpx.AsyncClient,
    invite: Invite,
    accept: Accept,
    as_editor: Headers,
    postman: Postman,
) -> None:
    address = f"{INVITATIONS}/{(await invite())['id']}"
    account = (await accept(await postman.token())).json()
    answer = await client.delete(address, headers=as_editor)
    assert refused(answer) == (400, "invitation_used")
    kept = (await client.get(address, headers=as_editor)).json()
    assert (kept["accepted_at"], kept["account_id"]) == ("2026-01-15T12:00:00Z", account["id"])


async def test_no_mailbox_is_filled_with_invitations(
    client: httpx.AsyncClient, as_editor: Headers
) -> None:
    answers = [await client.post(INVITATIONS, headers=as_editor, json=NEW) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
