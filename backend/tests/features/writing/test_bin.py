"""Deleting puts an article into the bin, from which it comes back as it was."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Revision, User
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """A public article that has been deleted."""
    return await make.article(author, slug="river", tags=["boats"])


@pytest.fixture
async def address(client: httpx.AsyncClient, as_author: dict[str, str], article: Article) -> str:
    """Where it is."""
    address = f"{ARTICLES}/{article.id}"
    assert (await client.delete(address, headers=as_author)).status_code == 204
    return address


async def test_the_bin_is_seen_by_authors_and_editors(
    client: httpx.AsyncClient,
    address: str,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    as_stranger: dict[str, str],
) -> None:
    for headers, number in ((as_author, 1), (as_editor, 1), (as_stranger, 0), ({}, 0)):
        found = (await client.get(f"{ARTICLES}?status=deleted", headers=headers)).json()
        assert [each["status"] for each in found] == ["deleted"] * number
        read = await client.get(address, headers=headers)
        assert read.status_code == (200 if number else 404)
    for status in ("published", "draft", "scheduled", "all"):
        listed = await client.get(f"{ARTICLES}?status={status}", headers=as_editor)
        assert listed.json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", ""), ("PATCH", "?draft=true"), ("DELETE", ""), ("POST", "/publish"),
     ("DELETE", "/draft"), ("POST", "/previews"), ("GET", "/previews")],
)  # fmt: skip
async def test_in_the_bin_it_can_only_be_brought_back(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, method: str, path: str
) -> None:
    body: dict[str, Any] = {"json": {"title": "Up"}} if method == "PATCH" else {}
    answer = await client.request(method, f"{address}{path}", headers=as_author, **body)
    assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")


async def test_it_comes_back_as_it_was(
    client: httpx.AsyncClient, as_author: dict[str, str], article: Article, address: str
) -> None:
    back = await client.post(f"{address}/undelete", headers=as_author)
    assert back.status_code == 200
    shown = back.json()
    assert (shown["status"], shown["slug"], shown["version"]) == ("published", "river", 3)
    assert [tag["name"] for tag in shown["tags"]] == ["boats"]
    assert (await client.get(f"{ARTICLES}/river")).json()["content"] == article.content


async def test_what_is_not_deleted_cannot_come_back(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    address = f"{ARTICLES}/{(await make.article(author)).id}"
    answer = await client.post(f"{address}/undelete", headers=as_author)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_deleted")


async def test_only_who_may_edit_it_brings_it_back(
    client: httpx.AsyncClient,
    address: str,
    as_stranger: dict[str, str],
    as_editor: dict[str, str],
) -> None:
    assert (await client.post(f"{address}/undelete")).status_code == 401
    assert (await client.post(f"{address}/undelete", headers=as_stranger)).status_code == 404
    assert (await client.post(f"{address}/undelete", headers=as_editor)).status_code == 200


async def test_a_stale_undeletion_is_refused(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str
) -> None:
    stale = {**as_author, "If-Match": '"1"'}
    answer = await client.post(f"{address}/undelete", headers=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    fresh = {**as_author, "If-Match": '"2"'}
    assert (await client.post(f"{address}/undelete", headers=fresh)).status_code == 200


async def test_deleting_and_coming_back_are_in_the_history(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    address: str,
    session: AsyncSession,
) -> None:
    await client.post(f"{address}/undelete", headers=as_editor)
    rows = (await session.scalars(select(Revision).order_by(Revision.version))).all()
    assert [(row.version, row.fields) for row in rows] == [
        (1, []),
        (2, ["deleted_at"]),
        (3, ["deleted_at"]),
    ]
    assert rows[1].editor_id != rows[2].editor_id


async def test_a_slug_that_it_has_lost_is_in_the_history(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    address: str,
    session: AsyncSession,
) -> None:
    new = {"title": "River", "content": "We set out at five."}
    assert (await client.post(ARTICLES, headers=as_author, json=new)).json()["slug"] == "river"
    back = (await client.post(f"{address}/undelete", headers=as_author)).json()
    query = select(Revision).where(Revision.article_id == back["id"], Revision.version == 3)
    revision = (await session.scalars(query)).one()
    assert revision.fields == ["deleted_at", "slug"]
    assert revision.state["slug"] == back["slug"]


async def test_the_working_copy_waits_in_the_bin_as_well(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    address = f"{ARTICLES}/{(await make.article(author)).id}"
    await client.patch(f"{address}?draft=true", headers=as_author, json={"title": "Up"})
    await client.delete(address, headers=as_author)
    await client.post(f"{address}/undelete", headers=as_author)
    copy = await client.get(f"{address}?draft=true", headers=as_author)
    assert copy.json()["title"] == "Up"
