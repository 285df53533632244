"""The site: what it says of itself, and who changes that."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.policy import Role
from app.features.site.schemas import MOST_LINKS, MOST_PROFILES
from app.models import Site
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

SITE = "/api/v1/site"
PLAIN = {
    "title": "Galley",
    "description": "",
    "url": "http://localhost:8080",
    "locale": "en",
    "timezone": "UTC",
    "navigation": [],
    "social": [],
    "comments": "open",
    "comments_hold_first": False,
    "article_path": "/articles/{slug}",
    "version": 0,
}
EDITS = {
    "title": "Down the river",
    "description": "Notes from the water.",
    "locale": "en-GB",
    "timezone": "Europe/Dublin",
    "navigation": [
        {"label": "Articles", "href": "/articles"},
        {"label": "About", "href": "#about"},
        {"label": "Write to us", "href": "mailto:anna@example.com"},
        {"label": "Elsewhere", "href": "https://elsewhere.example.com/?a=b"},
    ],
    "social": [{"platform": "mastodon", "url": "https://social.example.com/@anna"}],
    "comments": "members",
    "comments_hold_first": True,
}
Headers = dict[str, str]


async def stored(session: AsyncSession) -> dict[str, object]:
    site = await session.get(Site, 1, populate_existing=True)
    return site.edits if site else {}


async def test_untouched_a_site_is_what_the_settings_say(client: httpx.AsyncClient) -> None:
    answer = await client.get(SITE)
    assert (answer.status_code, answer.json()) == (200, PLAIN)
    assert answer.headers["ETag"].startswith('"1-0-')
    again = await client.get(SITE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


async def test_an_administrator_changes_it(client: httpx.AsyncClient, as_admin: Headers) -> None:
    answer = await client.patch(SITE, headers=as_admin, json=EDITS)
    assert answer.status_code == 200
    assert answer.json() == {**PLAIN, **EDITS, "version": 1}
    read = await client.get(SITE)
    assert read.json() == answer.json()
    assert read.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
async def test_nobody_else_does(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role
) -> None:
    answer = await client.patch(SITE, headers=sign_in(await make.user(role)), json=EDITS)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_an_administrator")
    assert (await client.patch(SITE, json=EDITS)).status_code == 401
    assert (await client.get(SITE)).json() == PLAIN


async def test_only_what_differs_from_the_settings_is_kept(
    client: httpx.AsyncClient, as_admin: Headers, session: AsyncSession
) -> None:
    await client.patch(SITE, headers=as_admin, json={"title": "River", "timezone": "UTC"})
    assert await stored(session) == {"title": "River"}
    await client.patch(SITE, headers=as_admin, json={"locale": "EN-gb"})
    assert await stored(session) == {"title": "River", "locale": "en-GB"}
    await client.patch(SITE, headers=as_admin, json={"title": "Galley"})
    assert await stored(session) == {"locale": "en-GB"}


@pytest.mark.parametrize("name", list(EDITS))
async def test_null_brings_the_settings_value_back(
    client: httpx.AsyncClient, as_admin: Headers, session: AsyncSession, name: str
) -> None:
    await client.patch(SITE, headers=as_admin, json=EDITS)
    answer = await client.patch(SITE, headers=as_admin, json={name: None})
    assert answer.json() == {**PLAIN, **EDITS, name: PLAIN[name], "version": 2}
    assert name not in await stored(session)


async def test_a_change_of_nothing_is_no_version(
    client: httpx.AsyncClient, as_admin: Headers
) -> None:
    nothing: list[dict[str, object]] = [
        {},
        {"title": None},
        {"title": "Galley"},
        {"navigation": []},
    ]
    for changes in nothing:
        answer = await client.patch(SITE, headers=as_admin, json=changes)
        assert answer.json() == PLAIN
        assert answer.headers["ETag"] == (await client.get(SITE)).headers["ETag"]


async def test_a_stale_change_is_refused(
    client: httpx.AsyncClient, as_admin: Headers, session: AsyncSession, clock: MovableClock
) -> None:
    clock.move(timedelta(minutes=1))
    for title in ("first", "second"):
        known = (await client.get(SITE)).headers["ETag"]
        headers = {**as_admin, "If-Match": known}
        changed = await client.patch(SITE, headers=headers, json={"title": title})
        assert changed.status_code == 200
        late = await client.patch(SITE, headers=headers, json={"title": "too late"})
        assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert await stored(session) == {"title": "second"}


async def test_a_refused_first_change_leaves_no_row(
    client: httpx.AsyncClient, as_admin: Headers, session: AsyncSession
) -> None:
    headers = {**as_admin, "If-Match": '"1-1"'}
    assert (await client.patch(SITE, headers=headers, json=EDITS)).status_code == 412
    assert await session.get(Site, 1) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"title": 5},
        {"description": "x" * 501},
        {"locale": "Gaelic, I think"},
        {"timezone": "Dublin"},
        {"timezone": "../../etc/passwd"},
        {"url": "https://elsewhere.example.com"},
        {"article_path": "/{slug}"},
        {"version": 5},
        {"navigation": {}},
        {"navigation": [{"label": "Home", "href": "/"}] * (MOST_LINKS + 1)},
        {"navigation": [{"label": "Home"}]},
        {"navigation": [{"label": "", "href": "/"}]},
        {"navigation": [{"label": "Home", "href": "/", "rel": "me"}]},
        {"social": [{"platform": "x", "url": "https://example.com"}] * (MOST_PROFILES + 1)},
        {"comments": "everybody"},
        {"comments": False},
        {"comments_hold_first": "yes"},
        {"social": [{"platform": "x", "url": "/me"}]},
        {"social": [{"platform": "x", "url": "javascript:alert(1)"}]},
    ],
)
async def test_what_no_site_can_say_is_refused(
    client: httpx.AsyncClient, as_admin: Headers, wrong: dict[str, object]
) -> None:
    assert (await client.patch(SITE, headers=as_admin, json=wrong)).status_code == 422
    assert (await client.get(SITE)).json() == PLAIN


@pytest.mark.parametrize(
    "href",
    ["", "#", "about", "//elsewhere.example.com", "/\\elsewhere.example.com", "javascript:alert(1)",
     "JAVASCRIPT:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "mailto:", "mailto:anna",
     "mailto:a@b c", 'mailto:a@b"onclick=', "#a b", "ftp://example.com/", "http://", "/a\x00b",
     "/" + "x" * 2000, None, 5],
)  # fmt: skip
async def test_a_link_leads_to_a_place(
    client: httpx.AsyncClient, as_admin: Headers, href: object
) -> None:
    body = {"navigation": [{"label": "There", "href": href}]}
    assert (await client.patch(SITE, headers=as_admin, json=body)).status_code == 422


async def test_other_settings_show_through(
    client: httpx.AsyncClient, as_admin: Headers, settings: Settings
) -> None:
    before = await client.get(SITE)
    await client.patch(SITE, headers=as_admin, json={"title": "River"})
    await client.patch(SITE, headers=as_admin, json={"title": None})
    after = await client.get(SITE)
    assert after.json() == {**before.json(), "version": 2}
    assert after.json()["description"] == settings.site_description
