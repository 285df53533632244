"""Whose passkeys they are, and what their counters say."""

import pytest

from app.core.config import Settings
from app.features.passkeys.rules import counts_up, origin, relying_party


@pytest.mark.parametrize(
    ("site", "host", "own"),
    [
        ("http://localhost:8080", "localhost", "http://localhost:8080"),
        ("https://example.com", "example.com", "https://example.com"),
        ("https://Example.COM:443/blog", "example.com", "https://example.com"),
        ("http://example.com:80", "example.com", "http://example.com"),
        ("https://example.com:8443", "example.com", "https://example.com:8443"),
        ("https://b\u00fccher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8080", "::1", "http://[::1]:8080"),
    ],
)
def test_they_belong_to_the_host_of_the_site(
    settings: Settings, site: str, host: str, own: str
) -> None:
    party = relying_party(settings.model_copy(update={"site_url": site}))
    assert (party.id, party.origins) == (host, (own,))
    assert origin(site) == own


def test_pages_of_the_same_host_and_below_may_ask_too(settings: Settings) -> None:
    others = (
        "https://admin.example.com",
        "https://example.com:3000",
        "https://example.com",
        "https://evil-example.com",
        "https://example.com.evil.example",
        "https://example.org",
        "https://com",
    )
    changed = {"site_url": "https://example.com", "backend_cors_origins": others}
    assert relying_party(settings.model_copy(update=changed)).origins == (
        "https://example.com",
        "https://admin.example.com",
        "https://example.com:3000",
    )


def test_a_site_without_a_title_is_called_by_its_host(settings: Settings) -> None:
    assert relying_party(settings.model_copy(update={"site_title": ""})).name == "localhost"


@pytest.mark.parametrize(
    ("stored", "signed", "fine"),
    [(0, 0, True), (0, 1, True), (1, 2, True), (1, 1, False), (1, 0, False), (2**32 - 1, 0, False)],
)
def test_a_counter_rises_or_is_none(stored: int, signed: int, fine: bool) -> None:
    assert counts_up(stored, signed) is fine
