"""Articles that change hands while others edit them, or while their heir goes as well."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.features.privacy.repository import PrivacyRepository
from app.features.privacy.service import PrivacyService
from app.models import Article, ArticleAuthor, AuditEvent, Revision, Series, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.races.crowd import CROWD, NEW, ROUNDS, at_once, patch, statuses
from tests.races.test_accounts import WAITING

ARTICLES = "/api/v1/articles"
USERS = "/api/v1/users"
ME = f"{USERS}/me"
Headers = dict[str, str]
Request = Coroutine[Any, Any, httpx.Response]


@pytest.fixture
async def as_admin(make: Factory, sign_in: SignIn) -> Headers:
    """The headers of an administrator."""
    return sign_in(await make.user(Role.ADMIN))


async def assert_owned(session: AsyncSession, people: set[int]) -> None:
    """Every article and series has an owner among these people, and says so everywhere."""
    session.expire_all()
    for article in await session.scalars(select(Article)):
        query = select(ArticleAuthor.user_id).filter_by(article_id=article.id)
        beside = list(await session.scalars(query.order_by(ArticleAuthor.position)))
        assert beside == article.author_ids
        assert article.author_id == article.author_ids[0]
        assert set(article.author_ids) <= people
    assert set(await session.scalars(select(Series.owner_id))) <= people


def hand_over(client: httpx.AsyncClient, headers: Headers, user: User, to: User) -> Request:
    return client.post(f"{USERS}/{user.id}/hand-over", headers=headers, json={"to": to.username})


def leave(client: httpx.AsyncClient, headers: Headers, to: User) -> Request:
    return client.delete(f"{ME}?articles=hand_over&to={to.username}", headers=headers)


async def test_an_edit_comes_before_or_after_and_is_never_lost(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    as_admin: Headers,
    session: AsyncSession,
) -> None:
    for _ in range(ROUNDS):
        owner, other, heir = [await make.user() for _ in range(3)]
        article = await make.article(owner, with_authors=[other])
        given, by_owner, by_other, by_heir = await at_once(
            hand_over(client, as_admin, owner, heir),
            patch(client, article.id, sign_in(owner), title="The owner's"),
            patch(client, article.id, sign_in(other), excerpt="The other's"),
            patch(client, article.id, sign_in(heir), cover="/heir.jpg"),
        )
        assert (given.status_code, given.json()["articles"]) == (200, 1)
        assert by_other.status_code == 200
        assert {by_owner.status_code, by_heir.status_code} <= {200, 403}
        session.expire_all()
        left = await session.get_one(Article, article.id)
        assert left.author_ids == [heir.id, other.id]
        assert (left.title == "The owner's") is (by_owner.status_code == 200)
        assert (left.cover == "/heir.jpg") is (by_heir.status_code == 200)
        edits = [by_owner, by_other, by_heir]
        assert left.version == 1 + statuses(edits)[200]
        query = select(func.count()).select_from(Revision).filter_by(article_id=article.id)
        assert await session.scalar(query) == left.version


async def test_who_leaves_while_they_write_leaves_nothing_behind(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    heir = await make.user()
    for _ in range(ROUNDS):
        owner = await make.user()
        headers = sign_in(owner)
        first = await make.article(owner)
        left, *written = await at_once(
            leave(client, headers, heir),
            patch(client, first.id, headers, title="Last words"),
            *(client.post(ARTICLES, headers=headers, json=NEW) for _ in range(4)),
        )
        assert left.status_code == 204
        assert statuses(written).keys() <= {200, 201, 401, 403}
    await assert_owned(session, {heir.id})


async def test_an_heir_who_goes_is_waited_for_and_inherits_nothing(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    for _ in range(ROUNDS):
        owner, heir = await make.user(), await make.user()
        article = await make.article(owner)
        inherited, gone = await at_once(
            leave(client, sign_in(owner), heir), client.delete(ME, headers=sign_in(heir))
        )
        assert gone.status_code == 204
        assert inherited.status_code in {204, 422}
        session.expire_all()
        left = await session.get(Article, article.id)
        people = set(await session.scalars(select(User.id)))
        assert (left is not None) is (owner.id in people) is (inherited.status_code == 422)
    await assert_owned(session, set(await session.scalars(select(User.id))))


async def test_two_who_leave_all_to_each_other_are_no_deadlock(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    for _ in range(ROUNDS):
        one, other = await make.user(), await make.user()
        for author, along in ((one, other), (other, one)):
            await make.article(author, with_authors=[along])
            await make.series(author)
        answers = await at_once(
            leave(client, sign_in(one), other), leave(client, sign_in(other), one)
        )
        assert statuses(answers) == {204: 1, 422: 1}
        people = set(await session.scalars(select(User.id)))
        await session.rollback()
        await assert_owned(session, people)


async def test_administrators_who_hand_over_in_a_circle_are_no_deadlock(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    as_admin: Headers,
    session: AsyncSession,
) -> None:
    """Also while one of them is demoted, and another goes."""
    people = [await make.user(Role.ADMIN) for _ in range(4)]
    for place, person in enumerate(people):
        await make.article(person, with_authors=people[place + 1 :])
    demoted, gone = people[2], people[3]
    answers = await at_once(
        *(hand_over(client, as_admin, one, two) for one in people for two in people if one != two),
        client.patch(f"{USERS}/{demoted.id}", headers=as_admin, json={"role": "editor"}),
        client.delete(ME, headers=sign_in(gone)),
    )
    assert statuses(answers).keys() <= {200, 204, 404, 422}
    assert answers[-1].status_code == 204
    await assert_owned(session, {person.id for person in people} - {gone.id})


async def test_an_heir_who_is_switched_off_meanwhile_inherits_nothing(
    client: httpx.AsyncClient,
    make: Factory,
    as_admin: Headers,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    """The heir is looked at once nobody can change it any more."""
    owner, heir = await make.user(), await make.user()
    article = await make.article(owner)
    async with sessions.begin() as switching:
        (await switching.get_one(User, heir.id)).is_active = False
        await switching.flush()
        giving = asyncio.create_task(hand_over(client, as_admin, owner, heir))
        while not await session.scalar(WAITING):
            await session.rollback()
            await asyncio.sleep(0.01)
    assert (await giving).status_code == 422
    assert (await session.get_one(Article, article.id)).author_ids == [owner.id]


async def test_of_many_refusals_at_once_few_are_written_down(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    author = await make.user()
    headers = sign_in(author)
    for _ in range(3):
        answers = await at_once(*(client.get(USERS, headers=headers) for _ in range(CROWD)))
        assert statuses(answers) == {403: CROWD}
    count = await session.scalar(select(func.count()).select_from(AuditEvent))
    assert 1 <= (count or 0) <= CROWD


async def test_an_export_shows_one_moment(
    make: Factory,
    sessions: Sessions,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is written while it is read is in no part of it."""
    anna = await make.user()
    await make.article(anna)
    batches = PrivacyRepository.batches

    async def write_between(
        self: PrivacyRepository, section: str, fields: Iterable[str], account_id: int
    ) -> AsyncIterator[Sequence[Row[Any]]]:
        await make.series(anna)
        async for rows in batches(self, section, fields, account_id):
            yield rows

    monkeypatch.setattr(PrivacyRepository, "batches", write_between)
    async with sessions() as session:
        parcel = await PrivacyService(session).export(anna, at=clock())
    found = json.loads(b"".join([chunk async for chunk in parcel]))
    assert [each["author_ids"] for each in found["articles"]] == [[anna.id]]
    assert found["series"] == []


async def test_one_account_is_exported_once_at_a_time(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    anna = await make.user()
    headers = sign_in(anna)
    answers = await at_once(*(client.get(f"{ME}/export", headers=headers) for _ in range(CROWD)))
    assert statuses(answers).keys() <= {200, 409}
    assert {each.json()["account"]["id"] for each in answers if each.is_success} == {anna.id}
