"""A preview link shows what is not published yet to whoever has it, for a while."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.services import Services
from app.core.tokens import PreviewClaims, TokenSigner
from app.features.drafts.repository import MOST_PREVIEWS
from app.features.drafts.service import DraftService
from app.models import Article, Preview, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.previews.conftest import ARTICLES, Link

SECOND = timedelta(seconds=1)


async def shown(client: httpx.AsyncClient, place: str, token: str) -> httpx.Response:
    return await client.get(place, params={"preview": token})


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (404, "preview_not_found")


async def test_a_link_is_made_and_says_how_to_use_it(
    client: httpx.AsyncClient, as_author: dict[str, str], article: Article, address: str
) -> None:
    answer = await client.post(f"{address}/previews", headers=as_author)
    assert answer.status_code == 201
    link = answer.json()
    assert answer.headers["Location"] == f"{address}/previews/{link['id']}"
    assert link == {
        "id": link["id"],
        "token": link["token"],
        "path": f"{address}?preview={link['token']}",
        "created_at": "2026-01-15T12:00:00Z",
        "expires_at": "2026-01-22T12:00:00Z",
    }
    assert (await client.get(link["path"])).json()["id"] == article.id


@pytest.mark.parametrize("place", ["{draft}", f"{ARTICLES}/draft"])
async def test_it_shows_a_draft_to_anybody_on_the_same_address(
    client: httpx.AsyncClient, as_stranger: dict[str, str], link: Link, draft: str, place: str
) -> None:
    token = (await link(draft))["token"]
    for headers in ({}, as_stranger):
        address = place.format(draft=draft)
        answer = await client.get(address, params={"preview": token}, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (200, "Not yet")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.json()["status"] == "draft"
    assert (await client.get(draft)).status_code == 404


async def test_it_shows_the_working_copy_as_it_is_today(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, address: str
) -> None:
    token = (await link())["token"]
    assert (await shown(client, address, token)).json()["title"] == "Down the river"
    keep = {"title": "Up", "note": "For the team only"}
    await client.patch(f"{address}?draft=true", headers=as_author, json=keep)
    answer = await shown(client, address, token)
    assert answer.json()["title"] == "Up"
    assert answer.json()["working_copy"] is None
    assert "team only" not in answer.text
    assert (await client.get(address)).json()["title"] == "Down the river"


async def test_it_brings_the_neighbours_that_everybody_may_see(
    client: httpx.AsyncClient, make: Factory, author: User, link: Link, draft: str
) -> None:
    await make.article(author, title="Before")
    query = {"preview": (await link(draft))["token"], "include": "previous,next,related"}
    page = (await client.get(draft, params=query)).json()
    assert (page["previous"]["title"], page["next"], page["related"]) == ("Before", None, [])


async def test_it_follows_the_article_to_its_new_slug(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, draft: str
) -> None:
    token = (await link(draft))["token"]
    await client.patch(draft, headers=as_author, json={"slug": "fresh"})
    answer = await shown(client, f"{ARTICLES}/draft", token)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{ARTICLES}/fresh?preview={token}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await client.get(answer.headers["Location"])).json()["title"] == "Not yet"


# For how long


@pytest.mark.parametrize("days", [1, 7, 365])
async def test_it_works_until_it_expires(
    client: httpx.AsyncClient, link: Link, draft: str, clock: MovableClock, days: int
) -> None:
    token = (await link(draft, days=days))["token"]
    clock.move(timedelta(days=days) - SECOND)
    assert (await shown(client, draft, token)).status_code == 200
    clock.move(SECOND)
    assert refused(await shown(client, draft, token))


@pytest.mark.parametrize("days", [0, 366, -1, "7", 1.5, True, 2**70])
async def test_a_lifetime_is_bounded(
    client: httpx.AsyncClient, as_author: dict[str, str], draft: str, days: object
) -> None:
    answer = await client.post(f"{draft}/previews", headers=as_author, json={"days": days})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "days"]


async def test_the_settings_say_how_long_otherwise(link: Link, settings: Settings) -> None:
    assert settings.preview_days == 7
    for body in ({}, {"days": None}):
        assert (await link(**body))["expires_at"] == "2026-01-22T12:00:00Z"


async def test_it_is_revoked_at_once_and_the_others_are_not(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, draft: str
) -> None:
    first, second = await link(draft), await link(draft)
    revoked = f"{draft}/previews/{first['id']}"
    answer = await client.delete(revoked, headers=as_author)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await shown(client, draft, first["token"]))
    assert (await shown(client, draft, second["token"])).status_code == 200
    assert refused(await client.delete(revoked, headers=as_author))


async def test_it_shows_nothing_from_the_bin_and_works_again_after_it(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, draft: str
) -> None:
    token = (await link(draft))["token"]
    await client.delete(draft, headers=as_author)
    assert refused(await shown(client, draft, token))
    await client.post(f"{draft}/undelete", headers=as_author)
    assert (await shown(client, draft, token)).status_code == 200


async def test_it_ends_with_the_account_of_its_maker(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, author: User
) -> None:
    bert = await make.user()
    place = f"{ARTICLES}/{(await make.draft(author, with_authors=[bert])).id}"
    made = await client.post(f"{place}/previews", headers=sign_in(bert))
    await client.delete("/api/v1/users/me", headers=sign_in(bert))
    assert refused(await shown(client, place, made.json()["token"]))


# Which tokens


async def test_it_is_good_for_its_own_article_only(
    client: httpx.AsyncClient, link: Link, draft: str, address: str
) -> None:
    of_draft, of_article = (await link(draft))["token"], (await link())["token"]
    assert refused(await shown(client, address, of_draft))
    assert refused(await shown(client, draft, of_article))
    assert refused(await shown(client, f"{ARTICLES}/nothing", of_draft))


async def test_one_kind_of_token_is_no_good_as_the_other(
    client: httpx.AsyncClient, author: User, sign_in: SignIn, link: Link, draft: str
) -> None:
    preview = (await link(draft))["token"]
    access = sign_in(author)["Authorization"].removeprefix("Bearer ")
    assert refused(await shown(client, draft, access))
    for method, path in (("GET", "/api/v1/users/me"), ("GET", draft), ("DELETE", draft)):
        headers = {"Authorization": f"Bearer {preview}"}
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize("secret", ["another-0123456789-abcdefghijklmnop", ""])
async def test_what_is_forged_or_spoilt_is_refused(
    client: httpx.AsyncClient, link: Link, draft: str, settings: Settings, secret: str
) -> None:
    made = await link(draft)
    key = secret or settings.secret_key.get_secret_value()
    signer = TokenSigner(key, timedelta(days=1))
    id_ = made["id"] if secret else "never-made"
    claims = PreviewClaims(int(draft.rpartition("/")[2]), id_)
    forged = signer.issue_preview(claims, EARLY_2026, timedelta(days=1))
    head, body, signature = made["token"].split(".")
    for token in (
        forged, "", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}",
        f"{head}.{body}", "\x00", "\u00e9" * 9,
    ):  # fmt: skip
        assert refused(await shown(client, draft, token))


async def test_a_longer_life_cannot_be_signed_for_a_link_that_has_expired(
    client: httpx.AsyncClient, link: Link, draft: str, services: Services, clock: MovableClock
) -> None:
    made = await link(draft, days=1)
    claims = PreviewClaims(int(draft.rpartition("/")[2]), made["id"])
    longer = services.tokens.issue_preview(claims, EARLY_2026, timedelta(days=9))
    clock.move(timedelta(days=1))
    assert refused(await shown(client, draft, longer))


async def test_a_token_of_endless_length_is_refused(client: httpx.AsyncClient, draft: str) -> None:
    answer = await shown(client, draft, "x" * 4097)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["query", "preview"])


async def test_a_draft_is_asked_for_in_one_way(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, draft: str
) -> None:
    query = {"preview": (await link(draft))["token"], "draft": "true"}
    answer = await client.get(draft, headers=as_author, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "draft_and_preview")
    assert answer.json()["errors"][0]["loc"] == ["query", "draft"]


# Who hands them out


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("DELETE", "/{id}")])
async def test_links_belong_to_who_may_edit_the_article(
    client: httpx.AsyncClient,
    as_stranger: dict[str, str],
    as_editor: dict[str, str],
    link: Link,
    address: str,
    draft: str,
    method: str,
    path: str,
) -> None:
    for place, status in ((address, 403), (draft, 404)):
        id_ = (await link(place))["id"]
        there = f"{place}/previews{path.format(id=id_)}"
        assert (await client.request(method, there)).status_code == 401
        assert (await client.request(method, there, headers=as_stranger)).status_code == status
        assert (await client.request(method, there, headers=as_editor)).status_code < 300


async def test_those_that_work_are_listed_the_newest_first_with_the_same_token(
    client: httpx.AsyncClient,
    author: User,
    sign_in: SignIn,
    link: Link,
    draft: str,
    address: str,
    clock: MovableClock,
) -> None:
    await link(draft, days=1)
    second = await link(draft, days=3)
    clock.move(timedelta(days=2))
    as_author = sign_in(author)
    third = (await client.post(f"{draft}/previews", headers=as_author)).json()
    listed = await client.get(f"{draft}/previews", headers=as_author)
    assert listed.json() == [third, second]
    assert (await client.get(f"{address}/previews", headers=as_author)).json() == []


async def test_a_link_is_revoked_where_it_belongs(
    client: httpx.AsyncClient, as_author: dict[str, str], link: Link, draft: str, address: str
) -> None:
    made = await link(draft)
    elsewhere = await client.delete(f"{address}/previews/{made['id']}", headers=as_author)
    assert refused(elsewhere)
    assert (await shown(client, draft, made["token"])).status_code == 200


@pytest.mark.parametrize("id_", ["%00", "a.b", "x" * 65])
async def test_what_cannot_be_a_link_is_refused(
    client: httpx.AsyncClient, as_author: dict[str, str], draft: str, id_: str
) -> None:
    answer = await client.delete(f"{draft}/previews/{id_}", headers=as_author)
    assert answer.status_code == 422


async def test_there_are_so_many_links_of_an_article_and_no_more(
    client: httpx.AsyncClient,
    author: User,
    sign_in: SignIn,
    session: AsyncSession,
    link: Link,
    draft: str,
    clock: MovableClock,
) -> None:
    article_id = int(draft.rpartition("/")[2])
    session.add_all(
        Preview(
            id=f"link-{number}",
            article_id=article_id,
            created_at=EARLY_2026,
            expires_at=EARLY_2026 + timedelta(days=1),
        )
        for number in range(MOST_PREVIEWS - 1)
    )
    await session.commit()
    await link(draft)
    answer = await client.post(f"{draft}/previews", headers=sign_in(author))
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_previews")
    clock.move(timedelta(days=1))
    again = await client.post(f"{draft}/previews", headers=sign_in(author))
    assert again.status_code == 201


async def test_a_repeated_request_makes_one_link(
    client: httpx.AsyncClient, as_author: dict[str, str], draft: str
) -> None:
    once: dict[str, Any] = {"headers": {**as_author, "Idempotency-Key": "once"}, "json": {}}
    first, again = [await client.post(f"{draft}/previews", **once) for _ in range(2)]
    assert first.json() == again.json()
    assert len((await client.get(f"{draft}/previews", headers=as_author)).json()) == 1


async def test_expired_links_are_forgotten(session: AsyncSession, link: Link, draft: str) -> None:
    await link(draft, days=1)
    await link(draft, days=2)
    drafts = DraftService(session)
    assert await drafts.forget_expired(at=EARLY_2026 + timedelta(days=1) - SECOND) == 0
    assert await drafts.forget_expired(at=EARLY_2026 + timedelta(days=1)) == 1


async def test_a_link_can_be_read_where_it_was_made(
    client: httpx.AsyncClient, as_author: dict[str, str], address: str, link: Link
) -> None:
    made = await link()
    found = await client.get(f"{address}/previews/{made['id']}", headers=as_author)
    assert (found.status_code, found.json()) == (200, made)
    missing = await client.get(f"{address}/previews/none", headers=as_author)
    assert refused(missing)


@pytest.mark.parametrize("change", [{"author_ids": []}, {"is_active": False}])
async def test_a_link_is_as_good_as_whoever_made_it(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
    author: User,
    change: dict[str, Any],
) -> None:
    carl = await make.user()
    draft = await make.draft(author, with_authors=[carl])
    place = f"{ARTICLES}/{draft.id}"
    token = (await client.post(f"{place}/previews", headers=sign_in(carl))).json()["token"]
    assert (await shown(client, place, token)).status_code == 200
    kind: type[Article | User] = Article if "author_ids" in change else User
    id_ = draft.id if kind is Article else carl.id
    await session.execute(update(kind).filter_by(id=id_).values(**change))
    await session.commit()
    assert refused(await shown(client, place, token))
