"""What the provider says is believed only if every part of it fits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Identity, LoginSession, User
from tests.factories import EARLY_2026, MovableClock
from tests.features.oidc.conftest import Browser, Realm, error_of, signed_in

NOW = int(EARLY_2026.timestamp())
INVALID = "provider_answer_invalid"

CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "a list of nonces": {"nonce": ["another"]},
    "another issuer": {"iss": "https://evil.example"},
    "the issuer with a slash": {"iss": "/"},
    "a list of issuers": {"iss": ["https://evil.example"]},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another"},
    "other audiences": {"aud": ["another", "third"]},
    "an audience that is like ours": {"aud": "galley2"},
    "an audience of other case": {"aud": "Galley"},
    "an empty audience": {"aud": []},
    "no audience": {"aud": None},
    "ours among others, and nobody says to whom": {"aud": ["galley", "another"]},
    "ours among others, and issued to another": {"aud": ["galley", "another"], "azp": "another"},
    "ours, and issued to another": {"azp": "another"},
    "expired": {"exp": NOW - 60},
    "expired for ever": {"exp": 0},
    "expires never": {"exp": None},
    "expires in words": {"exp": "tomorrow"},
    "expires as a truth": {"exp": True},
    "expires at a list": {"exp": [NOW + 300]},
    "issued in the future": {"iat": NOW + 61},
    "issued never": {"iat": None},
    "not yet good": {"nbf": NOW + 61},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "a hash that is a number": {"at_hash": 7},
    "a hash that is a list": {"at_hash": ["A"]},
}

FORGERIES: dict[str, dict[str, Any]] = {
    "alg none": {"id_token_alg": "none"},
    "alg none, without a kid": {"id_token_alg": "none", "id_token_header": {"kid": None}},
    "the shared secret as a key": {"id_token_alg": "HS256", "signed_by": "secret"},
    "the public key as a secret": {
        "id_token_alg": "HS256",
        "signed_by": "public",
        "id_token_header": {"kid": "first"},
    },
    "an unknown key": {"signed_by": "unpublished"},
    "an unknown key by a known name": {
        "signed_by": "unpublished",
        "id_token_header": {"kid": "first"},
    },
    "no kid among many": {"id_token_header": {"kid": None}},
    "a kid that is a list": {"id_token_header": {"kid": ["first"]}},
    "a short key": {"signed_by": "short", "published": ["first", "short"]},
    "an algorithm that it does not name": {
        "id_token_alg": "RS512",
        "metadata": {"id_token_signing_alg_values_supported": ["RS256"]},
    },
    "a key of another kind": {"id_token_header": {"kid": "EC"}},
    "an extension that we do not know": {"id_token_header": {"crit": ["new"], "new": 1}},
}


async def nothing_is_left(session: AsyncSession) -> bool:
    tables = (User, Identity, LoginSession)
    return not sum([await session.scalar(select(func.count()).select_from(t)) or 0 for t in tables])


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
async def test_a_claim_that_does_not_fit_is_not_believed(
    browser: Browser, realm: Realm, session: AsyncSession, claims: dict[str, Any]
) -> None:
    if claims.get("iss") == "/":
        claims = {"iss": realm.issuer + "/"}
    await realm.set(id_token=claims)
    assert error_of(await browser.sign_in()) == INVALID
    assert await nothing_is_left(session)


@pytest.mark.filterwarnings("ignore:Key size should be")  # which is all that the library says
@pytest.mark.parametrize("habits", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_signature_that_is_not_the_providers_is_not_believed(
    browser: Browser, realm: Realm, session: AsyncSession, habits: dict[str, Any]
) -> None:
    await realm.set(**habits)
    assert error_of(await browser.sign_in()) == INVALID
    assert await nothing_is_left(session)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 59},
        {"iat": NOW + 60},
        {"at_hash": None},
        {"aud": ["galley"]},
        {"aud": ["galley", "another"], "azp": "galley"},
        {"azp": "galley", "more": {"of": ["any", "kind"]}},
    ],
    ids=str,
)
async def test_clocks_may_differ_by_a_minute_and_providers_in_their_habits(
    browser: Browser, realm: Realm, claims: dict[str, Any]
) -> None:
    await realm.set(id_token=claims)
    assert signed_in(await browser.sign_in())


@pytest.mark.parametrize(
    ("algorithm", "key"), [("RS256", "first"), ("PS256", "first"), ("ES256", "EC")]
)
async def test_the_providers_own_signatures_are_believed(
    browser: Browser, realm: Realm, algorithm: str, key: str
) -> None:
    header = {"typ": "JWT", "x5t": "AAAA", "a header of": "its own"}
    await realm.set(id_token_alg=algorithm, signed_by=key, id_token_header=header)
    assert signed_in(await browser.sign_in())


async def test_a_single_key_needs_no_name(browser: Browser, realm: Realm) -> None:
    await realm.set(published=["first"], id_token_header={"kid": None})
    assert signed_in(await browser.sign_in())


async def test_keys_are_kept_until_an_unknown_one_appears(
    browser: Browser, realm: Realm, clock: MovableClock
) -> None:
    for _ in range(3):
        assert signed_in(await browser.sign_in())
    asked = await realm.asked()
    assert (asked.count("discovery"), asked.count("jwks")) == (1, 1)
    clock.move(timedelta(minutes=1))
    await realm.set(published=["second", "first"], signed_by="second")
    assert signed_in(await browser.sign_in())
    assert (await realm.asked()).count("jwks") == 2


async def test_unknown_keys_do_not_have_us_ask_over_and_over(
    browser: Browser, realm: Realm, clock: MovableClock
) -> None:
    await realm.set(signed_by="unpublished")
    for _ in range(5):
        assert error_of(await browser.sign_in()) == INVALID
    assert (await realm.asked()).count("jwks") == 1
    clock.move(timedelta(seconds=30))
    await realm.set(published=["unpublished"])
    assert signed_in(await browser.sign_in())
    assert (await realm.asked()).count("jwks") == 2


async def test_a_key_that_is_withdrawn_is_good_for_another_hour_at_the_most(
    browser: Browser, realm: Realm, clock: MovableClock
) -> None:
    assert signed_in(await browser.sign_in())
    clock.move(timedelta(hours=1))
    await realm.set(published=["second", "EC"])
    assert error_of(await browser.sign_in()) == INVALID


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
async def test_an_answer_in_another_providers_name_is_not_exchanged(
    browser: Browser, realm: Realm, iss: str
) -> None:
    back = await browser.at_provider(await browser.leave())
    page, _, query = back.partition("?")
    kept = [part for part in query.split("&") if not part.startswith("iss=")]
    answer = await browser.come_back(f"{page}?{'&'.join([*kept, f'iss={iss}'])}")
    assert error_of(answer) == INVALID
    assert "token" not in await realm.asked()


async def test_a_provider_that_says_it_names_itself_has_to(browser: Browser, realm: Realm) -> None:
    await realm.set(metadata={"authorization_response_iss_parameter_supported": True})
    back = await browser.at_provider(await browser.leave())
    page, _, query = back.partition("?")
    kept = [part for part in query.split("&") if not part.startswith("iss=")]
    assert error_of(await browser.come_back(f"{page}?{'&'.join(kept)}")) == INVALID
    assert signed_in(await browser.sign_in())
