"""Which kinds also come by mail."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import NotificationSettings, User
from tests.conftest import SignIn
from tests.features.notifications.conftest import SETTINGS


async def test_at_first_nothing_comes_by_mail(
    client: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession
) -> None:
    assert (await client.get(SETTINGS, headers=headers)).json() == {"mailed": []}
    assert (await session.scalars(select(NotificationSettings))).all() == []


async def test_kinds_are_chosen_and_kept_once_each_in_one_order(
    client: httpx.AsyncClient, headers: dict[str, str], bert: User, sign_in: SignIn
) -> None:
    wanted = {"mailed": ["mention", "reply", "mention"]}
    changed = await client.patch(SETTINGS, headers=headers, json=wanted)
    assert (changed.status_code, changed.json()) == (200, {"mailed": ["reply", "mention"]})
    assert (await client.get(SETTINGS, headers=headers)).json() == {"mailed": ["reply", "mention"]}
    assert (await client.get(SETTINGS, headers=sign_in(bert))).json() == {"mailed": []}
    emptied = await client.patch(SETTINGS, headers=headers, json={"mailed": []})
    assert emptied.json() == {"mailed": []}


async def test_what_is_not_given_stays(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    await client.patch(SETTINGS, headers=headers, json={"mailed": ["reply"]})
    answer = await client.patch(SETTINGS, headers=headers, json={})
    assert (answer.status_code, answer.json()) == (200, {"mailed": ["reply"]})


async def test_a_change_can_be_made_only_to_what_was_read(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    etag = (await client.get(SETTINGS, headers=headers)).headers["ETag"]
    wanted = {**headers, "If-Match": etag}
    first = await client.patch(SETTINGS, headers=wanted, json={"mailed": ["reply"]})
    assert first.status_code == 200
    second = await client.patch(SETTINGS, headers=wanted, json={"mailed": ["follower"]})
    assert (second.status_code, second.json()["code"]) == (412, "stale")
    wanted["If-Match"] = first.headers["ETag"]
    third = await client.patch(SETTINGS, headers=wanted, json={"mailed": ["follower"]})
    assert (third.status_code, third.json()) == (200, {"mailed": ["follower"]})


async def test_who_has_them_already_is_told_so(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    etag = (await client.get(SETTINGS, headers=headers)).headers["ETag"]
    again = await client.get(SETTINGS, headers={**headers, "If-None-Match": etag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "body",
    [
        {"mailed": None},
        {"mailed": "reply"},
        {"mailed": ["gossip"]},
        {"mailed": [1]},
        {"mailed": ["reply"] * 6},
        {"pushed": ["reply"]},
        [],
    ],
    ids=str,
)
async def test_nonsense_is_refused_and_changes_nothing(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    body: Any,  # noqa: ANN401 - nonsense
) -> None:
    await client.patch(SETTINGS, headers=headers, json={"mailed": ["comment"]})
    assert (await client.patch(SETTINGS, headers=headers, json=body)).status_code == 422
    assert (await client.get(SETTINGS, headers=headers)).json() == {"mailed": ["comment"]}
