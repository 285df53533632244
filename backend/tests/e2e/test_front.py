"""Front ends on one stack: a real one-page application in a real browser, through nginx.

It is loaded at `/`, below a path, and from another origin, and does what people do.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import API, PASSWORD
from tests.e2e.front.browser import Browser

REALWORLD = "/realworld/api"
ELSEWHERE = "http://elsewhere.test:8080"
STRANGER = "http://stranger.test:8080"


@pytest.fixture
def home(client: httpx.Client) -> str:
    """Return the origin of the main host."""
    return str(client.base_url).rstrip("/")


@pytest.fixture
def browser(client: httpx.Client, tmp_path: Path) -> Iterator[Browser]:
    """Return a browser whose other origins are nginx, too, and whose pages complain of nothing."""
    hosts = f"MAP *.test {client.base_url.host}"
    with Browser(tmp_path, hosts) as browser:
        yield browser
        assert browser.complaints == []


@pytest.fixture
def front(request: pytest.FixtureRequest, home: str) -> str:
    """Return where the front end is, whichever way it is served."""
    return str(request.param).replace("HOME", home)


def _sign_up(browser: Browser, front: str, username: str) -> None:
    browser.open(front)
    browser.press("Sign up")
    browser.fill("username", username)
    browser.fill("email", f"{username}@example.org")
    browser.fill("password", PASSWORD)
    browser.press("Join")
    browser.see("Write", username)


def _write(browser: Browser, title: str) -> None:
    browser.press("Write")
    browser.fill("title", title)
    browser.fill("description", "Of rowing together")
    browser.fill("body", "We set out at five.")
    browser.fill("tags", "rowing dawn")
    browser.press("Publish")
    browser.see(title, "We set out at five.", "rowing", "dawn", "♡ 0")


@pytest.mark.parametrize("front", ["HOME/", "HOME/below/", f"{ELSEWHERE}/"], indirect=True)
def test_people_write_comment_and_favour_and_find_it_again(
    browser: Browser, front: str, home: str
) -> None:
    """Same origin at `/` and below a path, and cross-origin from a host name of its own."""
    username, title = f"f{uuid4().hex[:12]}", f"Down the river {uuid4().hex[:8]}"
    _sign_up(browser, front, username)
    assert browser.tell("new URL(API, location).origin") == home
    _write(browser, title)
    browser.fill("comment", "I was there, and it was six.")
    browser.press("Send")
    browser.see("I was there, and it was six.")
    browser.press("♡ 0")
    browser.see("♥ 1")

    browser.reload()
    browser.see(username, title, "We set out at five.", "I was there, and it was six.", "♥ 1")

    article = browser.path
    browser.open(f"{front}register")
    browser.see("Join")
    browser.open(front.rstrip("/").removesuffix("/below") + article)
    browser.see(title, "I was there, and it was six.", "♥ 1")
    browser.press("Logbook")
    browser.see(title, "in all", f"{username} · ♥ 1")
    browser.tell("history.back()")
    browser.see("I was there, and it was six.")
    assert browser.path == article
    browser.tell("history.back()")
    browser.see("Join")
    browser.tell("history.go(2)")
    browser.see(title, "in all")


def test_our_own_api_is_read_from_another_origin(
    browser: Browser, client: httpx.Client, home: str
) -> None:
    """With a token, with headers that scripts may read, and preflights that allow changes."""
    username = f"f{uuid4().hex[:12]}"
    _sign_up(browser, f"{ELSEWHERE}/", username)
    asked = f"""fetch("{home}{API}/users/me", {{
        method: METHOD, body: BODY,
        headers: {{
            Authorization: `Bearer ${{user.token}}`, "Content-Type": "application/json",
        }},
    }}).then(async answer => [answer.status, (await answer.json()).username,
                              answer.headers.has("ETag"), answer.headers.has("X-Request-ID")])"""
    read = asked.replace("METHOD", "'GET'").replace("BODY", "undefined")
    assert browser.tell(read) == [200, username, True, True]
    changed = asked.replace("METHOD", "'PATCH'").replace("BODY", """'{"bio": "I row"}'""")
    assert browser.tell(changed) == [200, username, True, True]


def test_an_origin_that_is_not_named_reads_nothing(browser: Browser, home: str) -> None:
    browser.open(f"{STRANGER}/")
    browser.see("in all")
    for path in (f"{REALWORLD}/tags", "/api/tags", f"{API}/articles"):
        ask = f'fetch("{home}{path}").then(() => "read", () => "refused")'
        assert browser.tell(ask) == "refused"
    # Chromium says why, once for each; that is what was wanted.
    refused = [each for each in browser.complaints if "CORS" in each or "ERR_FAILED" in each]
    assert len(refused) >= 3
    browser.complaints = [each for each in browser.complaints if each not in refused]


@pytest.mark.parametrize("host", ["", "elsewhere.test"])
def test_every_host_answers_at_api_what_realworld_says(client: httpx.Client, host: str) -> None:
    headers = {"Host": host} if host else {}
    direct, mapped, ours = (
        client.get(path, headers=headers)
        for path in (f"{REALWORLD}/tags", "/api/tags", f"{API}/tags")
    )
    assert mapped.status_code == direct.status_code == 200
    assert mapped.json() == direct.json()
    assert "tags" in direct.json()
    assert isinstance(ours.json(), list)
    unknown = client.get("/api/articles/no%20such%2Fslug%3F", headers=headers)
    assert unknown.status_code == 404
    assert "errors" in unknown.json()


@pytest.mark.parametrize("path", [REALWORLD, "/api"])
def test_the_front_door_refuses_in_the_words_of_realworld(client: httpx.Client, path: str) -> None:
    too_large = client.post(f"{path}/users", content=b" " * 1_100_000)
    assert too_large.status_code == 413
    assert too_large.json() == {"errors": {"body": ["The body is larger than 1 MB."]}}
    assert too_large.headers["Content-Type"] == "application/json"
    assert too_large.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{path}/x/%2e%2e/tags").status_code == 400


def test_a_front_end_below_a_path_has_its_files_and_its_addresses(client: httpx.Client) -> None:
    moved = client.get("/below?from=here")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/below/?from=here")
    index, deep = client.get("/below/"), client.get("/below/article/of-the-river")
    assert index.text == deep.text
    assert '<base href="/below/">' in index.text
    assert "'self'" in index.headers["Content-Security-Policy"]
    for missing in ("/below/missing.js", "/below/.git/config"):
        answer = client.get(missing)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
