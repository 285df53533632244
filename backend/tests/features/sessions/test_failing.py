"""Sign-ins that fail: whose account they were at is written down, and nobody is told."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from typing_extensions import override

from app.core.errors import Unavailable
from app.core.passwords import PasswordHasher, Verdict
from app.core.policy import Role
from app.core.services import Services
from app.features.sessions.router import SecondFactorProblem
from app.models import AuditEvent, RateLimit, RefreshToken
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory, MovableClock
from tests.features.sessions.conftest import AUTH, Device, events
from tests.statements import statements

WRONG = "a-wrong-pass-phrase"


async def _failures(session: AsyncSession) -> list[tuple[int | None, dict[str, object]]]:
    """Return whose account each failure was at, and what else is known of it."""
    return [(each.subject_id, each.details) for each in await events(session, "sign_in.failed")]


def _because_of(reason: str) -> dict[str, object]:
    return {"method": "password", "reason": reason}


@pytest.mark.parametrize("login", ["anna", "ANNA", "anna@example.com"])
async def test_a_guess_is_written_down_about_the_account_that_it_was_at(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession, clock: MovableClock, login: str
) -> None:
    anna = await make.user(username="anna", email="anna@example.com")
    form = {"username": login, "password": WRONG}
    answer = await client.post(f"{AUTH}/login", data=form)
    assert answer.status_code == 401
    (event,) = await events(session, "sign_in.failed")
    assert (event.subject_id, event.actor_id, event.at) == (anna.id, None, clock())
    assert (event.address, event.request_id) == ("127.0.0.1", answer.headers["X-Request-ID"])
    assert event.details == _because_of("bad_login")
    assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 0


async def test_a_guess_at_nobody_is_written_down_without_what_was_typed(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    form = {"username": "a-pass-phrase-in-the-wrong-field", "password": WRONG}
    assert (await client.post(f"{AUTH}/login", data=form)).status_code == 401
    assert await _failures(session) == [(None, _because_of("bad_login"))]


async def test_it_takes_the_same_work_whether_or_not_the_account_exists(
    client: httpx.AsyncClient, make: Factory, engine: AsyncEngine
) -> None:
    await make.user(username="anna")
    sent, answers = [], []
    for login in ("anna", "nobody"):
        with statements(engine) as seen:
            answer = await client.post(f"{AUTH}/login", data={"username": login, "password": WRONG})
        sent.append(seen)
        answers.append({**answer.json(), "request_id": ""})
    assert sent[0] == sent[1] != []
    assert answers[0] == answers[1]


async def test_a_right_password_of_an_inactive_account_is_written_down(
    browser: Device, make: Factory, session: AsyncSession
) -> None:
    anna = await make.user(is_active=False)
    assert (await browser.sign_in(anna)).status_code == 400
    assert await _failures(session) == [(anna.id, _because_of("inactive_user"))]


async def test_a_right_password_that_needs_a_second_factor_as_well_is_no_failure(
    browser: Device, make: Factory, session: AsyncSession
) -> None:
    anna = await make.user(second_factor=True)
    answer = await browser.sign_in(anna)
    assert answer.status_code == 401
    demand = SecondFactorProblem.model_validate(answer.json())
    assert (demand.code, demand.methods) == ("second_factor_required", [])
    assert demand.challenge
    assert await _failures(session) == []
    assert await session.scalar(select(func.sum(RateLimit.failures))) == 0


class TestWhereAddressesHaveToBeVerified:
    @pytest.fixture
    def services(self, services: Services) -> Services:
        changed = {"email_verification": "sign_in"}
        return replace(services, settings=services.settings.model_copy(update=changed))

    async def test_a_right_password_without_a_verified_address_is_written_down(
        self, browser: Device, make: Factory, session: AsyncSession
    ) -> None:
        anna = await make.user()
        answer = await browser.sign_in(anna)
        assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
        assert await _failures(session) == [(anna.id, _because_of("email_not_verified"))]

    async def test_a_verified_address_is_let_in(
        self, browser: Device, make: Factory, clock: MovableClock
    ) -> None:
        assert (await browser.sign_in(await make.user(email_verified_at=clock()))).is_success


class BusyHasher(PasswordHasher):
    """Has no time for anybody."""

    @override
    async def verify(self, password: str, stored: str | None) -> Verdict:
        raise Unavailable


class TestWhenThereIsNoTimeToLook:
    @pytest.fixture
    def passwords(self) -> Iterator[PasswordHasher]:
        hasher = BusyHasher()
        yield hasher
        hasher.close()

    async def test_nothing_is_written_down_or_held_against_anybody(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        form = {"username": "anna", "password": PASSWORD}
        assert (await client.post(f"{AUTH}/login", data=form)).status_code == 503
        assert await session.scalar(select(func.count()).select_from(AuditEvent)) == 0
        assert await session.scalar(select(func.sum(RateLimit.failures))) == 0


async def test_its_owner_and_who_reads_the_audit_log_see_it(
    client: httpx.AsyncClient, browser: Device, make: Factory, sign_in: SignIn
) -> None:
    anna = await make.user()
    await browser.sign_in(anna, password=WRONG)
    own = await client.get("/api/v1/users/me/activity", headers=sign_in(anna))
    assert [each["event"] for each in own.json()] == ["sign_in.failed"]
    admin = sign_in(await make.user(Role.ADMIN))
    path = f"/api/v1/audit?subject={anna.id}"
    about_her = (await client.get(path, headers=admin)).json()
    assert [each["event"] for each in about_her] == ["sign_in.failed"]
