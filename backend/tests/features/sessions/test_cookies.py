"""The cookie that keeps a browser signed in: over HTTPS, and against pages of other sites."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.services import Services
from tests.factories import PASSWORD, Factory
from tests.features.sessions.conftest import AUTH, Device, cookie_set_by

SITE = "https://blog.example.com"
FRIEND = "https://app.example.com"
CHANGED = {"site_url": SITE, "backend_cors_origins": (FRIEND,)}


class TestOverHttps:
    """The site's address says that browsers come over HTTPS."""

    @pytest.fixture
    def services(self, services: Services) -> Services:
        return replace(services, settings=services.settings.model_copy(update=CHANGED))

    async def test_the_cookie_is_one_that_browsers_keep_for_https_only(
        self, browser: Device, make: Factory
    ) -> None:
        cookie = cookie_set_by(await browser.sign_in(await make.user()))
        assert cookie is not None
        assert cookie.key == "__Secure-galley_refresh"
        assert cookie["secure"] is cookie["httponly"] is True
        assert (cookie["path"], cookie["samesite"].lower()) == ("/api/v1/auth", "strict")

    async def test_it_renews_the_sign_in(self, browser: Device, make: Factory) -> None:
        await browser.sign_in(await make.user())
        answer = await browser.refresh()
        assert answer.status_code == 200
        renewed = cookie_set_by(answer)
        assert renewed is not None
        assert renewed.key == "__Secure-galley_refresh"

    async def test_one_without_the_prefix_does_not(self, browser: Device, make: Factory) -> None:
        """A cookie that anybody on a plain connection could have planted is not looked at."""
        await browser.sign_in(await make.user())
        assert browser.cookie is not None
        browser.cookie.set("galley_refresh", browser.cookie.value, browser.cookie.value)
        assert (await browser.refresh()).status_code == 401

    async def test_signing_out_takes_it_back(self, browser: Device, make: Factory) -> None:
        await browser.sign_in(await make.user())
        cookie = cookie_set_by(await browser.post("logout"))
        assert cookie is not None
        assert (cookie.key, cookie.value) == ("__Secure-galley_refresh", "")
        assert (cookie["path"], cookie["max-age"]) == ("/api/v1/auth", "0")
        assert cookie["secure"] is True


class TestWhoMayUseIt:
    """`SameSite=Strict` is the first lock; where a request comes from is the second."""

    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(settings.model_copy(update=CHANGED))

    @pytest.fixture
    def services(self, services: Services) -> Services:
        return replace(services, settings=services.settings.model_copy(update=CHANGED))

    @pytest.mark.parametrize(
        "origin", [SITE, FRIEND, "http://galley.test"], ids=["site", "CORS", "the same host"]
    )
    @pytest.mark.parametrize("operation", ["refresh", "logout"])
    async def test_pages_of_ours_may(
        self, browser: Device, make: Factory, operation: str, origin: str
    ) -> None:
        await browser.sign_in(await make.user())
        assert (await browser.post(operation, Origin=origin)).status_code in {200, 204}

    @pytest.mark.parametrize("operation", ["refresh", "logout"])
    async def test_what_is_no_page_may(
        self, browser: Device, make: Factory, operation: str
    ) -> None:
        await browser.sign_in(await make.user())
        assert (await browser.post(operation)).status_code in {200, 204}

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", "", "https://blog.example.com.evil.example",
         "https://evil.example/blog.example.com", "http://blog.example.com",
         "https://blog.example.com:8443", "https://other.example.com", "nonsense", "https://",
         "https://[", f"{SITE}, {FRIEND}", "HTTPS://BLOG.EXAMPLE.COM"],
    )  # fmt: skip
    @pytest.mark.parametrize("operation", ["refresh", "logout"])
    async def test_pages_of_other_sites_may_not_and_change_nothing(
        self, browser: Device, make: Factory, operation: str, origin: str
    ) -> None:
        await browser.sign_in(await make.user())
        answer = await browser.post(operation, Origin=origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        assert cookie_set_by(answer) is None
        assert await browser.status() == 200
        assert (await browser.refresh()).status_code == 200

    async def test_they_sign_nobody_in_as_somebody_of_their_choice(
        self, browser: Device, make: Factory
    ) -> None:
        user = await make.user()
        form = {"username": user.username, "password": PASSWORD}
        evil = {"Origin": "https://evil.example"}
        answer = await browser.http.post(f"{AUTH}/login", data=form, headers=evil)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        assert cookie_set_by(answer) is None
        form["delivery"] = "body"
        answer = await browser.http.post(f"{AUTH}/login", data=form, headers=evil)
        assert answer.status_code == 200

    async def test_a_token_in_the_body_is_no_matter_of_origins(
        self, browser: Device, make: Factory
    ) -> None:
        """Who has it has it: no browser adds it to a request of somebody else's."""
        await browser.sign_in(await make.user(), delivery="body")
        answer = await browser.post("refresh", Origin="https://evil.example")
        assert answer.status_code == 200

    async def test_without_a_cookie_a_page_of_another_site_is_told_no_more(
        self, browser: Device
    ) -> None:
        answer = await browser.post("refresh", Origin="https://evil.example")
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_refresh_token")
