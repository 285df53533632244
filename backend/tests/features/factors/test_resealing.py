"""After the signing key was replaced, the secrets of apps are sealed with the new one."""

from typing import cast

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.sealing import Broken, Sealer
from app.core.services import Services
from app.features.factors import service as factors_service
from app.features.factors.service import FactorService
from app.features.factors.tasks import tasks
from app.jobs.tasks import Job
from app.models import Authenticator
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.factors.conftest import App, Enrol, Person

NEW_KEY = "Zk7wQ2mX9rT4vB6nL1cH8yD3fJ5gP0sA"


@pytest.fixture
def replaced(settings: Settings) -> Settings:
    """Settings whose signing key is new, with the old one beside it."""
    return settings.model_copy(
        update={"secret_key": SecretStr(NEW_KEY), "secret_key_previous": settings.secret_key}
    )


@pytest.fixture
def both(replaced: Settings) -> Sealer:
    """What opens with either key, and seals with the new one."""
    keys = (replaced.secret_key, replaced.secret_key_previous)
    return Sealer(*(key.get_secret_value() for key in keys))


async def sealed(session: AsyncSession) -> dict[int, str]:
    rows = await session.execute(select(Authenticator.user_id, Authenticator.sealed_secret))
    return {row[0]: row[1] for row in rows}


@pytest.fixture
async def secrets(anna: Person, make: Factory, sign_in: SignIn, enrol: Enrol) -> dict[int, str]:
    """The secrets of five people, by their ids."""
    people = [await make.user() for _ in range(4)]
    crowd = [anna, *(Person(user, anna.client, sign_in(user)) for user in people)]
    return {person.user.id: (await enrol(person)).secret for person in crowd}


async def test_each_is_sealed_again_once(
    secrets: dict[int, str],
    session: AsyncSession,
    replaced: Settings,
    both: Sealer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(factors_service, "RESEALED_AT_ONCE", 2)
    service = FactorService(session, replaced, both)
    assert await service.reseal() == 5
    after = await sealed(session)
    new = Sealer(NEW_KEY)
    assert {id_: new.open(text) for id_, text in after.items()} == secrets
    assert await service.reseal() == 0
    assert await sealed(session) == after


async def test_a_run_does_so_many_and_the_next_one_the_others(
    secrets: dict[int, str],
    session: AsyncSession,
    replaced: Settings,
    both: Sealer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(factors_service, "RESEALED_AT_ONCE", 1)
    monkeypatch.setattr(factors_service, "MOST_RESEALED", 3)
    service = FactorService(session, replaced, both)
    assert [await service.reseal() for _ in range(3)] == [3, 2, 0]


async def test_the_app_works_on_with_the_new_key_alone(
    anna: Person, annas_app: App, session: AsyncSession, replaced: Settings, both: Sealer
) -> None:
    await FactorService(session, replaced, both).reseal()
    await session.commit()
    text = (await sealed(session))[anna.user.id]
    assert Sealer(NEW_KEY).open(text) == annas_app.secret
    with pytest.raises(Broken):
        Sealer(replaced.secret_key_previous.get_secret_value()).open(text)


async def test_without_a_previous_key_nothing_is_done(
    secrets: dict[int, str], session: AsyncSession, services: Services
) -> None:
    before = await sealed(session)
    service = FactorService(session, services.settings, services.sealer)
    assert await service.reseal() == 0
    assert await sealed(session) == before


async def test_what_neither_key_opens_stands_in_nobodys_way(
    anna: Person,
    secrets: dict[int, str],
    session: AsyncSession,
    replaced: Settings,
    both: Sealer,
) -> None:
    foreign = Sealer("another-0123456789-abcdefghijklmnop").seal("lost")
    of_anna = Authenticator.user_id == anna.user.id
    await session.execute(update(Authenticator).where(of_anna).values(sealed_secret=foreign))
    assert await FactorService(session, replaced, both).reseal() == 4
    assert (await sealed(session))[anna.user.id] == foreign


async def test_it_is_done_every_night(
    secrets: dict[int, str], session: AsyncSession, services: Services
) -> None:
    assert tasks.periodic == {"factors.reseal": "40 3 * * *"}
    task, handler = tasks.handlers["factors.reseal"]
    job = Job(id=1, attempt=1, at=services.clock(), session=session, services=services)
    await handler(cast("object", task.payload()), job)
