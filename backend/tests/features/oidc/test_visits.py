"""A visit to the provider is begun and ended by the same browser, once, and soon."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ProviderVisit, User
from tests.factories import MovableClock
from tests.features.oidc.conftest import OIDC, SITE, Browser, Realm, error_of, signed_in


async def visits(session: AsyncSession) -> int | None:
    return await session.scalar(select(func.count()).select_from(ProviderVisit))


def is_unknown(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json().get("code")) == (400, "visit_unknown")


async def test_the_browser_is_sent_on_with_all_that_protects_the_visit(
    browser: Browser, session: AsyncSession, realm: Realm
) -> None:
    address = urlsplit(await browser.leave())
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert asked.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method",
    }  # fmt: skip
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{SITE}{OIDC}/callback"
    visit = (await session.scalars(select(ProviderVisit))).one()
    cookie = browser.site.cookies["galley_visit"]
    kept = visit.state_hash + visit.browser_hash
    assert asked["state"].encode() not in kept
    assert cookie.encode() not in kept
    assert len({asked["state"], asked["nonce"], cookie, visit.code_verifier}) == 4
    assert min(map(len, (asked["state"], asked["nonce"], visit.code_verifier))) == 43


async def test_where_the_provider_sends_browsers_does_not_depend_on_the_host_header(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "//evil"}
    answer = await client.get(f"{OIDC}/start", headers=headers)
    assert "evil" not in answer.headers["Location"]


async def test_what_has_secrets_in_it_is_not_kept_and_not_told(browser: Browser) -> None:
    leaving = await browser.site.get(f"{OIDC}/start")
    coming = await browser.come_back(await browser.at_provider(leaving.headers["Location"]))
    for answer in (leaving, coming):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_cookie_is_for_this_site_and_taken_back_afterwards(browser: Browser) -> None:
    leaving = await browser.site.get(f"{OIDC}/start")
    (cookie,) = leaving.headers.get_list("set-cookie")
    _, *attributes = cookie.split("; ")
    assert set(attributes) == {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"}
    await browser.come_back(await browser.at_provider(leaving.headers["Location"]))
    assert "galley_visit" not in browser.site.cookies


@pytest.mark.parametrize("more_settings", [{"site_url": "https://blog.example"}])
async def test_over_https_no_sibling_site_can_plant_the_cookie(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{OIDC}/start")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-galley_visit=")
    assert {"Secure", "Path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()


async def test_another_browser_cannot_come_back_in_this_ones_place(
    browser: Browser, realm: Realm
) -> None:
    """Somebody's own sign-in, sent to a victim, would have the victim write into their account."""
    back = await browser.at_provider(await browser.leave())
    cookie = browser.site.cookies["galley_visit"]
    browser.site.cookies.clear()
    assert is_unknown(await browser.come_back(back))
    browser.site.cookies.set("galley_visit", "a" * len(cookie))
    assert is_unknown(await browser.come_back(back))
    assert "token" not in await realm.asked()
    browser.site.cookies.clear()
    browser.site.cookies.set("galley_visit", cookie)
    assert signed_in(await browser.come_back(back)), "strangers have not used it up"


async def test_it_is_good_for_once(browser: Browser, session: AsyncSession) -> None:
    back = await browser.at_provider(await browser.leave())
    cookie = browser.site.cookies["galley_visit"]
    assert signed_in(await browser.come_back(back))
    browser.site.cookies.set("galley_visit", cookie)
    assert is_unknown(await browser.come_back(back))
    assert await visits(session) == 0


async def test_it_is_over_after_the_first_try_even_if_that_has_failed(
    browser: Browser, realm: Realm
) -> None:
    address = await browser.leave()
    cookie = browser.site.cookies["galley_visit"]
    await realm.set(id_token={"nonce": "another"})
    back = await browser.at_provider(address)
    assert error_of(await browser.come_back(back)) == "provider_answer_invalid"
    await realm.set(id_token={})
    browser.site.cookies.set("galley_visit", cookie)
    assert is_unknown(await browser.come_back(await browser.at_provider(address)))


@pytest.mark.parametrize(("minutes", "in_time"), [(9, True), (10, False)])
async def test_it_lasts_ten_minutes(
    browser: Browser, clock: MovableClock, realm: Realm, minutes: int, in_time: bool
) -> None:
    back = await browser.at_provider(await browser.leave())
    clock.move(timedelta(minutes=minutes))
    await realm.set()
    answer = await browser.come_back(back)
    assert signed_in(answer) if in_time else is_unknown(answer)


@pytest.mark.parametrize("more_settings", [{"attempts_per_address": 3}])
async def test_an_address_can_leave_only_so_often(
    browser: Browser, session: AsyncSession, clock: MovableClock
) -> None:
    for _ in range(3):
        await browser.leave()
    answer = await browser.site.get(f"{OIDC}/start")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) == 300
    assert "RateLimit" in answer.headers
    assert await visits(session) == 3
    clock.move(timedelta(minutes=5))
    await browser.leave()


async def test_of_two_tabs_the_later_one_signs_in(browser: Browser) -> None:
    first = await browser.at_provider(await browser.leave())
    second = await browser.at_provider(await browser.leave())
    assert is_unknown(await browser.come_back(first))
    assert signed_in(await browser.come_back(second))


@pytest.mark.parametrize(
    "return_to",
    ["/", "/desk", "/a/b?c=d&e=%2F%2Fevil.example", "/@evil.example", "/a//b", "/:80"],
)
async def test_the_way_back_is_a_path(browser: Browser, return_to: str) -> None:
    answer = await browser.sign_in(return_to)
    assert signed_in(answer)
    assert answer.headers["Location"] == SITE + return_to


@pytest.mark.parametrize(
    "return_to",
    [
        "", "desk", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "/desk\\..", "/\t/evil.example", "/a\r\nSet-Cookie: x=y", "/\x00", "/ä", "/a b", "/#a",
        "javascript:alert(1)", "@evil.example", ".evil.example", "/" * 3, "/" + "a" * 500, "/a\n",
    ],
)  # fmt: skip
async def test_the_way_back_is_nothing_but_a_path(
    client: httpx.AsyncClient, session: AsyncSession, return_to: str
) -> None:
    answer = await client.get(f"{OIDC}/start?return_to={quote(return_to, safe='')}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert await visits(session) == 0


INCOMPLETE = [
    "", "state=", "code=x", "state=" + "x" * 201, "state=x&code=" + "x" * 4097,
    "state=x&error=" + "x" * 201, "state=x&iss=" + "x" * 1001,
]  # fmt: skip
UNKNOWN = [
    "state=x", "state=x&code=x", "state=%00&code=%00", "state=%ff&code=%ff", "state=%F0%9F%98%80",
    "state=x&error=x", "state=a&state=b&code=c", "state='+OR+1=1--&code=x",
]  # fmt: skip


@pytest.mark.parametrize("cookie", ["", "x" * 4000, '"\\"', "ä"])
async def test_garbage_is_refused_and_changes_nothing(
    browser: Browser, session: AsyncSession, realm: Realm, cookie: str
) -> None:
    await browser.leave()
    browser.site.cookies.clear()
    headers = [(b"cookie", f"galley_visit={cookie}".encode())]

    async def status(query: str) -> int:
        return (await browser.site.get(f"{OIDC}/callback?{query}", headers=headers)).status_code

    assert {query: await status(query) for query in INCOMPLETE} == dict.fromkeys(INCOMPLETE, 422)
    assert {query: await status(query) for query in UNKNOWN} == dict.fromkeys(UNKNOWN, 400)
    assert await visits(session) == 1
    assert await session.scalar(select(func.count()).select_from(User)) == 0
    assert "token" not in await realm.asked()
