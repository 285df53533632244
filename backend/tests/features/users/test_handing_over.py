"""POST /users/{id}/hand-over: an administrator gives what one account owns to another."""

from typing import Any

import httpx
import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.policy import Role
from app.models import AuditEvent, Series, User, WorkingCopy
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.features.users.test_leaving import authors

USERS = "/api/v1/users"


@pytest.fixture
async def admin(make: Factory) -> User:
    """Who decides."""
    return await make.user(Role.ADMIN)


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who loses."""
    return await make.user(username="anna")


@pytest.fixture
async def bert(make: Factory) -> User:
    """Who gains."""
    return await make.user(username="bert")


@pytest.fixture
def headers(admin: User, sign_in: SignIn) -> dict[str, str]:
    """The administrator's."""
    return sign_in(admin)


async def hand_over(
    client: httpx.AsyncClient, headers: dict[str, str], user_id: object, to: object = "bert"
) -> httpx.Response:
    path = f"{USERS}/{user_id}/hand-over"
    return await client.post(path, headers=headers, json={"to": to})


async def test_all_that_somebody_owns_is_somebody_elses(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    cora = await make.user()
    own, draft = await make.article(anna), await make.draft(anna)
    binned = await make.article(anna, deleted_at=EARLY_2026)
    ours = await make.article(anna, with_authors=[cora, bert])
    coras = await make.article(cora, with_authors=[anna])
    series = await make.series(anna)
    answer = await hand_over(client, headers, anna.id)
    assert (answer.status_code, answer.json()) == (200, {"articles": 4, "series": 1})
    assert await authors(session) == {
        own.id: [bert.id],
        draft.id: [bert.id],
        binned.id: [bert.id],
        ours.id: [bert.id, cora.id],
        coras.id: [cora.id, anna.id],
    }
    assert (await session.get_one(Series, series.id)).owner_id == bert.id


async def test_who_handed_over_may_no_longer_edit_and_the_heir_may(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    sign_in: SignIn,
) -> None:
    article = await make.article(anna)
    await hand_over(client, headers, anna.id)
    path = f"/api/v1/articles/{article.id}"
    for editor, status in ((anna, 403), (bert, 200)):
        answer = await client.patch(path, headers=sign_in(editor), json={"title": "Mine"})
        assert answer.status_code == status
    assert answer.json()["version"] == 2


async def test_a_working_copy_that_names_authors_does_not_take_it_back(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    article, cora = await make.article(anna), await make.user()
    path = f"/api/v1/articles/{article.id}"
    waiting = {"authors": [anna.username, cora.username]}
    await client.patch(f"{path}?draft=true", headers=sign_in(anna), json=waiting)
    assert await session.get(WorkingCopy, article.id) is not None
    await hand_over(client, headers, anna.id)
    answer = await client.post(f"{path}/publish", headers=sign_in(bert))
    assert (answer.status_code, answer.json()["code"]) == (409, "working_copy_conflict")
    assert await authors(session) == {article.id: [bert.id]}


async def test_it_is_written_down_with_who_did_it(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    admin: User,
    anna: User,
    bert: User,
    session: AsyncSession,
) -> None:
    answer = await hand_over(client, headers, anna.id, bert.id)
    assert answer.json() == {"articles": 0, "series": 0}
    (entry,) = await session.scalars(select(AuditEvent))
    assert (entry.event, entry.actor_id, entry.subject_id) == (
        "articles.handed_over", admin.id, anna.id,
    )  # fmt: skip
    assert entry.details == {"to": bert.id, "articles": 0, "series": 0}


@pytest.mark.parametrize(
    "unfit", [{"role": Role.READER}, {"is_active": False}, {"username": "other"}], ids=str
)
async def test_an_heir_must_be_able_to_write_or_nothing_changes(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
    unfit: dict[str, Any],
) -> None:
    article = await make.article(anna)
    await make.user(**{"username": "bert", **unfit})
    answer = await hand_over(client, headers, anna.id)
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit_heir")
    assert await authors(session) == {article.id: [anna.id]}


async def test_nobody_inherits_from_themselves_or_from_nobody(
    client: httpx.AsyncClient, headers: dict[str, str], bert: User
) -> None:
    assert (await hand_over(client, headers, bert.id)).status_code == 422
    answer = await hand_over(client, headers, 999_999)
    assert (answer.status_code, answer.json()["detail"]) == (404, "User not found")


@pytest.mark.parametrize("to", [None, 0, "", True, ["bert"], "x" * 201], ids=str)
async def test_an_heir_is_an_id_or_a_name(
    client: httpx.AsyncClient, headers: dict[str, str], anna: User, to: object
) -> None:
    assert (await hand_over(client, headers, anna.id, to)).status_code == 422


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
async def test_it_is_for_administrators(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, anna: User, bert: User, role: Role
) -> None:
    answer = await hand_over(client, sign_in(await make.user(role)), anna.id)
    assert answer.status_code == 403


async def test_it_costs_no_more_for_more_articles(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    anna: User,
    bert: User,
    make: Factory,
    connection: AsyncConnection,
) -> None:
    sent: list[object] = []
    event.listen(
        connection.sync_connection, "before_cursor_execute", lambda *about: sent.append(about)
    )

    async def cost() -> int:
        sent.clear()
        assert (await hand_over(client, headers, anna.id)).status_code == 200
        return len(sent)

    await make.article(anna)
    one = await cost()
    for _ in range(20):
        await make.article(anna)
    assert await cost() == one


async def test_an_editor_can_hand_over_a_single_article(
    client: httpx.AsyncClient,
    anna: User,
    bert: User,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    article = await make.article(anna)
    path, change = f"/api/v1/articles/{article.id}", {"authors": ["bert"]}
    assert (await client.patch(path, headers=sign_in(anna), json=change)).status_code == 403
    editor = await make.user(Role.EDITOR)
    assert (await client.patch(path, headers=sign_in(editor), json=change)).status_code == 200
    assert await authors(session) == {article.id: [bert.id]}
