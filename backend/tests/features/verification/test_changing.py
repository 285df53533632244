"""Changing an address: the new one is proven first, and the old one is told."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Rejected
from app.core.services import Services
from app.features.audit.schemas import Event
from app.features.auth.errors import EmailTaken
from app.features.verification.repository import ProofRepository
from app.features.verification.service import VerificationService
from app.models import AuditEvent, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.verification.conftest import CHANGE, Post, refusal, words

OLD, NEW = "old@example.com", "new@example.com"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Somebody who wants another address."""
    return await make.user(email=OLD, username="anna")


@pytest.fixture
def verification(session: AsyncSession, services: Services) -> VerificationService:
    """The service, over this test's own session."""
    return VerificationService(session, services.settings)


@pytest.fixture
async def token(
    verification: VerificationService,
    session: AsyncSession,
    anna: User,
    post: Post,
    clock: MovableClock,
) -> str:
    """The token of the link that went to the new address."""
    await verification.ask_to_change(anna, NEW, at=clock())
    await session.commit()
    return await post.token(NEW, "change-email")


async def follow(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(CHANGE, json={"token": token})


async def _fresh(session: AsyncSession, user: User) -> User:
    return await session.get_one(User, user.id, populate_existing=True)


async def test_nothing_changes_until_the_link_is_followed(
    token: str,
    verification: VerificationService,
    anna: User,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    assert (await _fresh(session, anna)).email == OLD
    assert await verification.pending_email(anna, at=clock()) == NEW


async def test_then_the_account_has_the_new_address_and_it_is_verified(
    client: httpx.AsyncClient,
    token: str,
    verification: VerificationService,
    anna: User,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    assert (await follow(client, token)).status_code == 204
    changed = await _fresh(session, anna)
    assert (changed.email, changed.email_verified_at) == (NEW, clock())
    assert changed.version == anna.version + 1
    assert await verification.pending_email(changed, at=clock()) is None


async def test_the_old_address_is_told_and_not_the_new_one(
    client: httpx.AsyncClient, token: str, post: Post
) -> None:
    await follow(client, token)
    [told] = await post.to(OLD)
    assert told["Subject"] == "Your account at River has a new address"
    assert NEW not in words(told)
    assert len(await post.to(NEW)) == 1


async def test_nobody_is_signed_out(
    client: httpx.AsyncClient, token: str, sign_in: SignIn, anna: User
) -> None:
    await follow(client, token)
    assert (await client.get("/api/v1/users/me", headers=sign_in(anna))).status_code == 200


async def test_the_audit_log_has_both_steps_and_neither_address(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    await follow(client, token)
    events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
    found = [event for event in events if event.event.startswith("address.")]
    assert [event.event for event in found] == [Event.ADDRESS_CHANGE_ASKED, Event.ADDRESS_CHANGED]
    assert {event.subject_id for event in found} == {anna.id}
    assert [event.details for event in found] == [{}, {}]


async def test_an_address_that_another_account_has_by_now_stays_there(
    client: httpx.AsyncClient, token: str, make: Factory, anna: User, session: AsyncSession
) -> None:
    await make.user(email=NEW.upper())
    assert refusal(await follow(client, token)) == (400, "email_taken")
    assert (await _fresh(session, anna)).email == OLD


async def test_the_database_has_the_last_word_on_who_has_an_address(
    make: Factory, session: AsyncSession
) -> None:
    first, second = await make.user(), await make.user()
    (await session.get_one(User, second.id)).email = first.email.upper()
    with pytest.raises(EmailTaken) as caught:
        await ProofRepository(session).save()
    assert isinstance(caught.value, Rejected)


async def test_a_link_works_once(client: httpx.AsyncClient, token: str) -> None:
    await follow(client, token)
    assert refusal(await follow(client, token)) == (400, "link_used_up")


async def test_the_last_wish_counts(
    client: httpx.AsyncClient,
    token: str,
    verification: VerificationService,
    session: AsyncSession,
    anna: User,
    post: Post,
    clock: MovableClock,
) -> None:
    await verification.ask_to_change(anna, "newest@example.com", at=clock())
    await session.commit()
    assert await verification.pending_email(anna, at=clock()) == "newest@example.com"
    assert refusal(await follow(client, token)) == (400, "bad_link")
    newest = await post.token("newest@example.com", "change-email")
    assert (await follow(client, newest)).status_code == 204


async def test_a_wish_lasts_a_day(
    client: httpx.AsyncClient,
    token: str,
    verification: VerificationService,
    anna: User,
    clock: MovableClock,
) -> None:
    clock.move(timedelta(hours=24))
    assert await verification.pending_email(anna, at=clock()) is None
    assert refusal(await follow(client, token)) == (400, "bad_link")


async def test_a_wish_can_be_taken_back(
    client: httpx.AsyncClient,
    token: str,
    verification: VerificationService,
    session: AsyncSession,
    anna: User,
    clock: MovableClock,
) -> None:
    await verification.withdraw(anna)
    await session.commit()
    assert await verification.pending_email(anna, at=clock()) is None
    assert refusal(await follow(client, token)) == (400, "bad_link")


async def test_an_account_that_is_switched_off_follows_no_links(
    client: httpx.AsyncClient, token: str, anna: User, session: AsyncSession
) -> None:
    (await _fresh(session, anna)).is_active = False
    await session.commit()
    assert refusal(await follow(client, token)) == (400, "inactive_user")
    assert (await _fresh(session, anna)).email == OLD
