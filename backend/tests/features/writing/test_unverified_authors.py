"""Authors whose address is not proven: with EMAIL_VERIFICATION=publish, they do not publish."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.core.services import Services
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.writing.conftest import ARTICLES, NEW

BATCH = f"{ARTICLES}/batch"


@pytest.fixture(params=["publish", "sign_in"])
def services(services: Services, request: pytest.FixtureRequest) -> Services:
    """A site that wants proven addresses, for publishing at the least."""
    settings = services.settings.model_copy(update={"email_verification": request.param})
    return replace(services, settings=settings)


@pytest.fixture
async def unproven(make: Factory) -> User:
    """An author whose address is not proven."""
    return await make.user(username="anna", email_verified_at=None)


@pytest.fixture
def as_unproven(unproven: User, sign_in: SignIn) -> dict[str, str]:
    """Their headers."""
    return sign_in(unproven)


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")


async def test_they_write_drafts(client: httpx.AsyncClient, as_unproven: dict[str, str]) -> None:
    written = await client.post(ARTICLES, headers=as_unproven, json=NEW)
    assert written.status_code == 201
    path = f"{ARTICLES}/{written.json()['id']}"
    for changes in ({"title": "Up the river"}, {"published": False}):
        assert (await client.patch(path, headers=as_unproven, json=changes)).status_code == 200


@pytest.mark.parametrize("date", [None, "2027-01-01T00:00:00Z"])
async def test_they_write_no_article_that_is_published_or_will_be(
    client: httpx.AsyncClient, as_unproven: dict[str, str], date: str | None
) -> None:
    published: dict[str, Any] = {**NEW, "published": True, "published_at": date}
    assert is_refused(await client.post(ARTICLES, headers=as_unproven, json=published))
    mine = await client.get("/api/v1/users/anna/articles", headers=as_unproven)
    assert mine.json() == []


async def test_they_publish_no_draft(
    client: httpx.AsyncClient, make: Factory, unproven: User, as_unproven: dict[str, str]
) -> None:
    draft = await make.draft(unproven)
    path, change = f"{ARTICLES}/{draft.id}", {"published": True, "title": "Seen by all"}
    assert is_refused(await client.patch(path, headers=as_unproven, json=change))
    assert is_refused(await client.post(f"{path}/publish", headers=as_unproven))
    read = (await client.get(path, headers=as_unproven)).json()
    assert (read["published"], read["title"], read["version"]) == (False, draft.title, 1)


async def test_they_publish_none_among_many(
    client: httpx.AsyncClient, make: Factory, unproven: User, as_unproven: dict[str, str]
) -> None:
    drafts = [(await make.draft(unproven)).id for _ in range(2)]
    body = {"action": "publish", "articles": drafts}
    answer = await client.post(BATCH, headers=as_unproven, json=body)
    assert answer.json()["code"] == "email_not_verified"
    for id_ in drafts:
        read = await client.get(f"{ARTICLES}/{id_}", headers=as_unproven)
        assert read.json()["published"] is False


async def test_what_is_published_already_they_may_go_on_with(
    client: httpx.AsyncClient, make: Factory, unproven: User, as_unproven: dict[str, str]
) -> None:
    path = f"{ARTICLES}/{(await make.article(unproven)).id}"
    for changes in ({"title": "Corrected"}, {"published": True, "title": "Again"}):
        assert (await client.patch(path, headers=as_unproven, json=changes)).status_code == 200
    await client.patch(path, headers=as_unproven, json={"published": False})
    again = await client.patch(path, headers=as_unproven, json={"published": True})
    assert is_refused(again)


async def test_somebody_who_is_proven_publishes_for_them(
    client: httpx.AsyncClient,
    make: Factory,
    unproven: User,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    editor = await make.user(Role.EDITOR, email_verified_at=clock())
    path = f"{ARTICLES}/{(await make.draft(unproven)).id}/publish"
    assert (await client.post(path, headers=sign_in(editor))).status_code == 200


async def test_proven_authors_publish(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, clock: MovableClock
) -> None:
    headers = sign_in(await make.user(email_verified_at=clock()))
    published = {**NEW, "published": True}
    assert (await client.post(ARTICLES, headers=headers, json=published)).status_code == 201
