"""The interactive documentation, from our own files."""

import re

import httpx
import pytest

from app.web.docs import FILES


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        assert address.startswith("/docs/")
        assert (await client.get(address)).status_code == 200


async def test_it_shows_the_document_of_this_api(client: httpx.AsyncClient) -> None:
    assert "/api/v1/openapi.json" in (await client.get("/docs/start.js")).text


async def test_only_its_own_files_are_served(client: httpx.AsyncClient) -> None:
    assert (FILES.parents[1] / "docs.py").exists()
    assert (await client.get("/docs/%2e%2e/%2e%2e/docs.py")).status_code == 404
