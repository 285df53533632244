"""Deleting one's own account: what goes with it, what stays, and who gets it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.features.auth.service import RECENT
from app.models import (
    ApiKey,
    Article,
    ArticleAuthor,
    AuditEvent,
    LoginSession,
    Revision,
    Series,
    User,
)
from tests.conftest import SignIn
from tests.factories import EARLY_2026, PASSWORD, Factory, MovableClock

ME = "/api/v1/users/me"
TO_BERT = f"{ME}?articles=hand_over&to=bert"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who leaves."""
    return await make.user(username="anna", email="anna@example.com")


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who stays."""
    return await make.user(username="bert")


@pytest.fixture
def headers(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's."""
    return sign_in(anna)


async def authors(session: AsyncSession) -> dict[int, list[int]]:
    """Return the authors of every article, having checked that they stand so everywhere."""
    found = {}
    for article in await session.scalars(select(Article).order_by(Article.id)):
        query = select(ArticleAuthor.user_id).filter_by(article_id=article.id)
        beside = list(await session.scalars(query.order_by(ArticleAuthor.position)))
        assert beside == article.author_ids
        assert article.author_id == article.author_ids[0]
        found[article.id] = beside
    return found


async def test_nothing_of_the_account_is_left_but_numbers_in_the_log(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    await make.login_session(anna)
    async with session.begin():
        session.add(
            ApiKey(
                user_id=anna.id, name="Builds", prefix="gly_abc", secret_hash=b"x",
                scopes=["articles:read"], created_at=EARLY_2026,
            )
        )  # fmt: skip
    assert (await client.delete(ME, headers=headers)).status_code == 204
    for gone in (User, LoginSession, ApiKey, Article):
        assert await session.scalar(select(func.count()).select_from(gone)) == 0
    (left,) = await session.scalars(select(AuditEvent))
    assert (left.event, left.actor_id, left.subject_id) == ("account.deleted", anna.id, anna.id)
    assert left.details == {}


async def test_every_sign_in_ends_at_once(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await client.delete(ME, headers=headers)
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_the_address_and_the_name_are_free_again(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await client.delete(ME, headers=headers)
    new = {"email": "anna@example.com", "username": "anna", "password": PASSWORD}
    assert (await client.post("/api/v1/users", json=new)).status_code == 201


async def test_it_takes_somebody_who_has_just_signed_in(
    client: httpx.AsyncClient, headers: dict[str, str], clock: MovableClock
) -> None:
    clock.move(RECENT - timedelta(minutes=1))
    assert (await client.get(ME, headers=headers)).status_code == 200
    clock.move(timedelta(minutes=1))
    answer = await client.delete(ME, headers=headers)
    assert answer.status_code in {401, 403}


async def test_handed_over_all_that_it_owns_is_somebody_elses(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    cora = await make.user()
    own = await make.article(anna)
    draft = await make.draft(anna)
    binned = await make.article(anna, deleted_at=EARLY_2026)
    ours = await make.article(anna, with_authors=[cora, bert])
    coras = await make.article(cora, with_authors=[anna])
    series = await make.series(anna)
    assert (await client.delete(TO_BERT, headers=headers)).status_code == 204

    assert await authors(session) == {
        own.id: [bert.id],
        draft.id: [bert.id],
        binned.id: [bert.id],
        ours.id: [bert.id, cora.id],
        coras.id: [cora.id],
    }
    assert (await session.get_one(Series, series.id)).owner_id == bert.id
    read = await client.get(f"/api/v1/articles/{draft.id}", headers=sign_in(bert))
    assert read.json()["author"]["username"] == "bert"
    assert (read.json()["version"], read.json()["updated_at"]) == (1, "2026-01-15T12:00:00Z")
    undelete = f"/api/v1/articles/{binned.id}/undelete"
    assert (await client.post(undelete, headers=sign_in(bert))).status_code == 200


async def test_history_forgets_the_name_and_keeps_the_versions(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    article = await make.article(anna)
    await client.delete(TO_BERT, headers=headers)
    (revision,) = await session.scalars(select(Revision).filter_by(article_id=article.id))
    assert (revision.version, revision.editor_id) == (1, None)


async def test_handing_over_is_written_down(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    await make.article(anna)
    await client.delete(TO_BERT, headers=headers)
    events = {each.event: each for each in await session.scalars(select(AuditEvent))}
    assert events.keys() == {"articles.handed_over", "account.deleted"}
    assert events["articles.handed_over"].details == {"to": bert.id, "articles": 1, "series": 0}


async def test_an_heir_can_be_named_by_id(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    article = await make.article(anna)
    query = f"?articles=hand_over&to={bert.id}"
    assert (await client.delete(ME + query, headers=headers)).status_code == 204
    assert await authors(session) == {article.id: [bert.id]}


@pytest.mark.parametrize(
    "unfit",
    [{"role": Role.READER}, {"is_active": False}, {"username": "somebody-else"}, None],
    ids=str,
)
async def test_an_heir_must_be_able_to_write_or_nothing_changes(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
    unfit: dict[str, Any] | None,
) -> None:
    article = await make.article(anna)
    if unfit is not None:
        await make.user(**{"username": "bert", **unfit})
    to_herself = f"{ME}?articles=hand_over&to=anna"
    answer = await client.delete(to_herself if unfit is None else TO_BERT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit_heir")
    assert (await client.get(ME, headers=headers)).status_code == 200
    assert await authors(session) == {article.id: [anna.id]}
    assert list(await session.scalars(select(AuditEvent))) == []


@pytest.mark.parametrize(
    "query", ["articles=hand_over", "to=bert", "articles=delete&to=bert", "articles=keep", "to="]
)
async def test_a_wish_that_is_unclear_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], bert: User, query: str
) -> None:
    answer = await client.delete(f"{ME}?{query}", headers=headers)
    assert answer.status_code == 422
    assert (await client.get(ME, headers=headers)).status_code == 200


async def test_the_last_administrator_stays_whoever_gets_the_articles(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, bert: User, session: AsyncSession
) -> None:
    last = await make.user(Role.ADMIN)
    article = await make.article(last)
    answer = await client.delete(TO_BERT, headers=sign_in(last))
    assert (answer.status_code, answer.json()["code"]) == (400, "last_administrator")
    assert await authors(session) == {article.id: [last.id]}
