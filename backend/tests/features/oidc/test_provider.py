"""A provider that is slow, broken or misconfigured harms nobody, and that is no refusal."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.oidc.adapters import provider as adapter
from app.features.oidc.adapters.provider import Client, OpenIdProvider
from app.features.oidc.errors import ProviderUnavailable
from app.features.oidc.schemas import Trip
from app.models import ProviderVisit, User
from tests.factories import EARLY_2026, MovableClock
from tests.features.oidc.conftest import OIDC, Browser, Realm, error_of, signed_in

TRIP = Trip("s" * 43, "n" * 43, "v" * 43)
TROUBLES = ["crash", "huge", "packed", "garbage", "list", "redirect", "gone", "slow"]


def provider(issuer: str) -> OpenIdProvider:
    return OpenIdProvider(issuer, Client("galley", "", "https://blog.example/back"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the slow provider, which never answers, for a moment only."""
    monkeypatch.setattr(adapter, "SECONDS", 0.5)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_nobody_leaves_for_a_provider_that_cannot_be_understood(
    client: httpx.AsyncClient,
    realm: Realm,
    session: AsyncSession,
    impatient: None,
    trouble: str,
) -> None:
    await realm.set(trouble={"discovery": trouble})
    answer = await client.get(f"{OIDC}/start")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert "Retry-After" in answer.headers
    assert await session.scalar(select(func.count()).select_from(ProviderVisit)) == 0


@pytest.mark.parametrize("place", ["token", "jwks", "userinfo"])
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_who_comes_back_then_is_told_so(
    browser: Browser,
    realm: Realm,
    session: AsyncSession,
    impatient: None,
    trouble: str,
    place: str,
) -> None:
    person = {"sub": "anna"} if place == "userinfo" else {}
    await realm.set(trouble={place: trouble}, **({"person": person} if person else {}))
    assert error_of(await browser.sign_in()) == "provider_unavailable"
    assert await session.scalar(select(func.count()).select_from(User)) == 0


async def test_a_refusal_of_the_provider_is_a_refusal(browser: Browser, realm: Realm) -> None:
    await realm.set(denied=True)
    assert error_of(await browser.sign_in()) == "provider_refused"
    assert "token" not in await realm.asked()


async def test_a_code_that_the_provider_does_not_know_is_a_refusal(browser: Browser) -> None:
    back = await browser.at_provider(await browser.leave())
    page, _, query = back.partition("?")
    other = "&".join("code=other" if p.startswith("code=") else p for p in query.split("&"))
    assert error_of(await browser.come_back(f"{page}?{other}")) == "provider_refused"


async def test_a_code_of_another_visit_is_a_refusal(browser: Browser, realm: Realm) -> None:
    """PKCE: a code that somebody has stolen is of no use in a visit of their own."""
    stolen = httpx.URL(await browser.at_provider(await browser.leave())).params["code"]
    back = httpx.URL(await browser.at_provider(await browser.leave()))
    answer = await browser.come_back(str(back.copy_set_param("code", stolen)))
    assert error_of(answer) == "provider_refused"


async def test_another_client_secret_is_for_the_operator_to_mend(
    browser: Browser, realm: Realm
) -> None:
    await realm.set(client_secret="another")
    assert error_of(await browser.sign_in()) == "provider_unavailable"


async def test_the_secret_goes_into_the_form_where_the_provider_wants_it_there(
    browser: Browser, realm: Realm
) -> None:
    methods = ["private_key_jwt", "client_secret_post"]
    await realm.set(metadata={"token_endpoint_auth_methods_supported": methods})
    assert signed_in(await browser.sign_in())


@pytest.mark.parametrize("more_settings", [{"oidc_client_secret": SecretStr("")}])
async def test_a_client_without_a_secret_shows_its_name(browser: Browser, realm: Realm) -> None:
    await realm.set(client_secret="")
    assert signed_in(await browser.sign_in())


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://blog.example/token"},
        {"token_endpoint": "ftp://blog.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "//blog.example/token"},
        {"token_endpoint": "http://[::1"},
        {"jwks_uri": "http://127.0.0.1.evil.example/keys"},
        {"jwks_uri": "http://127.0.0.1@evil.example/keys"},
        {"userinfo_endpoint": "http://192.0.2.1/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example/"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
    ids=str,
)
async def test_a_discovery_that_cannot_be_right_is_not_followed(
    client: httpx.AsyncClient, realm: Realm, metadata: dict[str, Any]
) -> None:
    await realm.set(metadata=metadata)
    answer = await client.get(f"{OIDC}/start")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://",
        "id.example.com",
        "file:///etc",
        "http://[",
    ],
)
async def test_plain_http_reaches_only_this_machine(issuer: str) -> None:
    with pytest.raises(ProviderUnavailable):
        await provider(issuer).departure(TRIP, at=EARLY_2026)


async def test_the_issuer_is_compared_to_the_letter(realm: Realm) -> None:
    with pytest.raises(ProviderUnavailable):
        await provider(f"{realm.issuer}/").departure(TRIP, at=EARLY_2026)


async def test_what_the_provider_says_of_itself_is_kept_for_an_hour(
    browser: Browser, realm: Realm, clock: MovableClock
) -> None:
    await browser.leave()
    clock.move(timedelta(minutes=59))
    await browser.leave()
    assert (await realm.asked()).count("discovery") == 1
    clock.move(timedelta(minutes=1))
    await browser.leave()
    assert (await realm.asked()).count("discovery") == 2


async def test_a_provider_that_is_down_is_left_in_peace_for_a_moment(
    client: httpx.AsyncClient, realm: Realm, clock: MovableClock
) -> None:
    await realm.set(trouble={"discovery": "crash"})
    for _ in range(5):
        assert (await client.get(f"{OIDC}/start")).status_code == 503
    assert (await realm.asked()).count("discovery") == 1
    clock.move(timedelta(seconds=5))
    await realm.set(trouble={})
    assert (await client.get(f"{OIDC}/start")).status_code == 302
