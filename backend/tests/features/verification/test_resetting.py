"""A forgotten password: a link by mail, good for ten minutes and once, sets a new one."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import Services
from app.features.audit.schemas import Event
from app.features.verification.service import VerificationService
from app.jobs.performer import Ending
from app.models import ApiKey, AuditEvent, Identity, Passkey, User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory, MovableClock
from tests.features.verification.conftest import (
    CHANGE,
    CONFIRM,
    FORGOT,
    NEW_PASSWORD,
    RESET,
    VERIFY,
    Post,
    refusal,
    words,
)

ANNA = "anna@example.com"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Somebody who has forgotten her password."""
    return await make.user(email=ANNA, username="anna", email_verified_at=None)


@pytest.fixture
async def token(client: httpx.AsyncClient, anna: User, post: Post) -> str:
    """The token of the link that she was mailed."""
    await client.post(FORGOT, json={"email": ANNA})
    return await post.token(ANNA, "reset-password")


async def reset(
    client: httpx.AsyncClient, token: str, password: str = NEW_PASSWORD
) -> httpx.Response:
    return await client.post(RESET, json={"token": token, "password": password})


async def _can_sign_in(client: httpx.AsyncClient, password: str) -> bool:
    form = {"username": "anna", "password": password}
    return (await client.post("/api/v1/auth/login", data=form)).status_code == 200


async def test_the_new_password_is_good_and_the_old_one_is_not(
    client: httpx.AsyncClient, token: str
) -> None:
    answer = await reset(client, token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await _can_sign_in(client, NEW_PASSWORD)
    assert not await _can_sign_in(client, PASSWORD)


async def test_all_sign_ins_end(
    client: httpx.AsyncClient, token: str, anna: User, sign_in: SignIn
) -> None:
    await reset(client, token)
    assert (await client.get("/api/v1/users/me", headers=sign_in(anna))).status_code == 401


async def test_the_link_has_proven_the_address(
    client: httpx.AsyncClient,
    token: str,
    anna: User,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    await reset(client, token)
    assert (await session.get_one(User, anna.id)).email_verified_at == clock()


async def test_its_owner_is_told(client: httpx.AsyncClient, token: str, post: Post) -> None:
    post.forget()
    await reset(client, token)
    [told] = await post.to(ANNA)
    assert told["Subject"] == "Your password for River has been changed"
    assert "token" not in words(told)


async def test_they_are_told_in_the_name_that_the_site_has_now(
    client: httpx.AsyncClient, token: str, post: Post, as_admin: dict[str, str]
) -> None:
    await client.patch("/api/v1/site", headers=as_admin, json={"title": "Down the river"})
    post.forget()
    await reset(client, token)
    [told] = await post.to(ANNA)
    assert told["Subject"] == "Your password for Down the river has been changed"


async def test_the_audit_log_has_both_steps_and_from_where(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    await reset(client, token)
    events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
    asked, done = (event for event in events if event.event.startswith("password."))
    assert (asked.event, asked.actor_id) == (Event.PASSWORD_RESET_ASKED, None)
    assert (done.event, done.actor_id) == (Event.PASSWORD_RESET, anna.id)
    assert {asked.subject_id, done.subject_id} == {anna.id}
    assert (asked.address, asked.user_agent) == (done.address, done.user_agent)
    assert asked.address


async def test_a_link_works_once(client: httpx.AsyncClient, token: str) -> None:
    await reset(client, token)
    assert refusal(await reset(client, token, "a-third-pass-phrase")) == (400, "link_used_up")
    assert await _can_sign_in(client, NEW_PASSWORD)


async def test_a_link_lasts_ten_minutes(
    client: httpx.AsyncClient, token: str, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=10) - timedelta(seconds=1))
    assert (await reset(client, token)).status_code == 204
    clock.move(timedelta(seconds=1))
    assert refusal(await reset(client, token)) == (400, "bad_link")


async def test_an_old_link_changes_nothing(
    client: httpx.AsyncClient, token: str, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=10))
    assert refusal(await reset(client, token)) == (400, "bad_link")
    assert await _can_sign_in(client, PASSWORD)


async def test_the_ten_minutes_begin_with_the_wish_and_not_with_a_slow_mail(
    client: httpx.AsyncClient, anna: User, post: Post, clock: MovableClock
) -> None:
    await client.post(FORGOT, json={"email": ANNA})
    performed = await post.work()
    assert [each.ending for each in performed] == [Ending.DONE, Ending.DONE]
    token = await post.token(ANNA, "reset-password")
    clock.move(timedelta(minutes=9, seconds=59))
    assert (await reset(client, token)).status_code == 204


async def test_a_link_that_waited_too_long_is_not_sent(
    services: Services, session: AsyncSession, anna: User, post: Post, clock: MovableClock
) -> None:
    await VerificationService(session, services.settings).ask_to_verify(anna, at=clock())
    await session.commit()
    clock.move(timedelta(hours=24))
    assert await post.letters() == []


async def test_only_the_newest_link_is_sent(
    services: Services, session: AsyncSession, anna: User, post: Post, clock: MovableClock
) -> None:
    verification = VerificationService(session, services.settings)
    for _ in range(3):
        await verification.ask_to_verify(anna, at=clock())
    await session.commit()
    assert len(await post.to(ANNA)) == 1


async def test_many_wishes_that_wait_are_one(
    client: httpx.AsyncClient, anna: User, post: Post
) -> None:
    for spelling in (ANNA, ANNA.upper(), "Anna@example.com"):
        await client.post(FORGOT, json={"email": spelling})
    assert len(await post.waiting()) == 1


async def test_a_newer_link_makes_the_older_one_useless(
    client: httpx.AsyncClient, token: str, post: Post, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=1))
    await client.post(FORGOT, json={"email": ANNA})
    newer = await post.token(ANNA, "reset-password")
    assert refusal(await reset(client, token)) == (400, "bad_link")
    assert (await reset(client, newer)).status_code == 204


async def test_a_bad_password_is_refused_and_the_link_stays_good(
    client: httpx.AsyncClient, token: str
) -> None:
    for weak in ("password123", ANNA, "short"):
        assert (await reset(client, token, weak)).status_code == 422
    assert (await reset(client, token)).status_code == 204


async def test_an_account_that_is_switched_off_gets_no_link(
    client: httpx.AsyncClient, make: Factory, post: Post
) -> None:
    await make.user(email=ANNA, is_active=False)
    assert (await client.post(FORGOT, json={"email": ANNA})).status_code == 202
    assert await post.letters() == []


async def test_and_follows_none(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    (await session.get_one(User, anna.id)).is_active = False
    await session.commit()
    assert refusal(await reset(client, token)) == (400, "inactive_user")


async def test_a_thief_who_asked_for_another_address_gets_it_no_more(
    client: httpx.AsyncClient,
    services: Services,
    session: AsyncSession,
    token: str,
    anna: User,
    post: Post,
    clock: MovableClock,
) -> None:
    thief = "thief@example.com"
    verification = VerificationService(session, services.settings)
    await verification.ask_to_change(anna, thief, at=clock())
    await session.commit()
    stolen = await post.token(thief, "change-email")
    await reset(client, token)
    assert refusal(await client.post(CHANGE, json={"token": stolen})) == (400, "bad_link")


async def test_no_other_link_sets_a_password(
    client: httpx.AsyncClient, token: str, anna: User, sign_in: SignIn, post: Post
) -> None:
    await client.post(VERIFY, headers=sign_in(anna))
    verifying = await post.token(ANNA, "verify-email")
    assert refusal(await reset(client, verifying)) == (400, "bad_link")
    assert refusal(await client.post(CONFIRM, json={"token": token})) == (400, "bad_link")


class TestWaysIn:
    """What else opens an account than its password."""

    @pytest.fixture
    async def ways_in(self, anna: User, session: AsyncSession, clock: MovableClock) -> None:
        whose: dict[str, Any] = {"user_id": anna.id, "created_at": clock()}
        session.add_all(
            [
                ApiKey(name="CI", prefix="gly_", secret_hash=b"1", scopes=[], **whose),
                Identity(issuer="https://accounts.example.com", subject="somebody", **whose),
                Passkey(credential_id=b"1", public_key=b"1", name="Phone", transports=[], **whose),
            ]
        )
        await session.execute(update(User).values(second_factor=True))
        await session.commit()

    async def left(self, session: AsyncSession, anna: User) -> tuple[int, bool]:
        await session.refresh(anna_now := await session.get_one(User, anna.id))
        kinds = (ApiKey, Identity, Passkey)
        counts = [await session.scalar(select(func.count()).select_from(kind)) for kind in kinds]
        return sum(each or 0 for each in counts), anna_now.second_factor

    @pytest.mark.usefixtures("ways_in")
    async def test_they_go_with_the_first_proof_because_somebody_else_may_have_made_them(
        self, client: httpx.AsyncClient, token: str, session: AsyncSession, anna: User
    ) -> None:
        assert (await reset(client, token)).status_code == 204
        assert await self.left(session, anna) == (0, False)
        assert await _can_sign_in(client, NEW_PASSWORD)

    @pytest.mark.usefixtures("ways_in")
    async def test_they_stay_where_the_address_was_proven_before(
        self, client: httpx.AsyncClient, token: str, session: AsyncSession, anna: User
    ) -> None:
        await session.execute(update(User).values(email_verified_at=anna.created_at))
        await session.commit()
        assert (await reset(client, token)).status_code == 204
        assert await self.left(session, anna) == (3, True)
