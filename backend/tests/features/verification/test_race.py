"""Links that are followed by many at once."""

from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.services import Services
from app.features.verification.service import VerificationService
from app.models import User
from tests.factories import Factory, MovableClock
from tests.features.verification.conftest import CHANGE, FORGOT, LINK, RESET, Post, words
from tests.races.crowd import at_once, statuses

ANNA = "anna@example.com"
CROWD = 50


@pytest.fixture
async def sessions(committing_sessions: Sessions) -> AsyncIterator[Sessions]:
    """Commit, and leave nothing in the queue."""
    yield committing_sessions
    async with committing_sessions.begin() as session:
        await session.execute(text("TRUNCATE pgqueuer, pgqueuer_log"))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody wait for their password to be hashed, where some would be sent away."""
    monkeypatch.setattr("app.core.passwords.LONGEST_WAIT", 1000.0)


@pytest.mark.usefixtures("patience")
async def test_of_fifty_who_reset_a_password_with_one_link_one_does(
    client: httpx.AsyncClient, make: Factory, post: Post, session: AsyncSession
) -> None:
    anna = await make.user(email=ANNA, username="anna")
    await client.post(FORGOT, json={"email": ANNA})
    token = await post.token(ANNA, "reset-password")
    bodies = [{"token": token, "password": f"pass-phrase-{number}"} for number in range(CROWD)]
    answers = await at_once(*(client.post(RESET, json=body) for body in bodies))
    assert statuses(answers) == {204: 1, 400: CROWD - 1}
    codes = Counter(each.json()["code"] for each in answers if each.status_code == 400)
    assert codes == {"link_used_up": CROWD - 1}
    winner = next(i for i, each in enumerate(answers) if each.status_code == 204)
    form = {"username": "anna", "password": f"pass-phrase-{winner}"}
    assert (await client.post("/api/v1/auth/login", data=form)).status_code == 200
    changed = [each for each in await post.to(ANNA) if "has been changed" in each["Subject"]]
    assert len(changed) == 1
    assert (await session.get_one(User, anna.id)).version == anna.version + 1


async def test_of_many_who_want_one_address_one_gets_it(
    client: httpx.AsyncClient,
    make: Factory,
    post: Post,
    services: Services,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    verification, wanted = VerificationService(session, services.settings), "wanted@example.com"
    for _ in range(8):
        await verification.ask_to_change(await make.user(), wanted, at=clock())
    await session.commit()
    letters = await post.to(wanted)
    links = [link for letter in letters if (link := LINK.search(words(letter)))]
    assert len(links) == 8
    answers = await at_once(*(client.post(CHANGE, json={"token": link[2]}) for link in links))
    assert statuses(answers) == {204: 1, 400: 7}
    refused = [each.json()["code"] for each in answers if each.status_code == 400]
    assert set(refused) == {"email_taken"}
