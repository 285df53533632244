"""What nginx keeps: nothing that is older than a second, and the last good answers for an outage.

A second is nginx's and ours alike, since all of them are containers on one machine.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import API, Person, sign_in, sign_up, write

READERS = 8
PAUSE = 0.01  # of a reader between two pages, so that all of them stay below the limit
WATCHMAN = "watchman"
ELSEWHERE = "http://elsewhere.test:8080"
STRANGER = "http://stranger.test:8080"
LISTED = f"{API}/users/{WATCHMAN}/articles"

Asked = tuple[str, dict[str, str]]  # a page, and the headers to ask for it with
Answer = tuple[float, int, str | None]  # when it was asked for, its status, and the title it shows


@dataclass
class Readers:
    """Readers of one page who never stop, and everything that they have been answered."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    _home: Event = field(default_factory=Event)

    def read(self) -> None:
        """Read the page again and again, until everybody goes home."""
        with httpx.Client(base_url=os.environ["BASE_URL"], timeout=20) as reader:
            while not self._home.wait(PAUSE):
                asked = time.monotonic()
                answer = reader.get(self.url)
                self.answers.append((asked, answer.status_code, _title(answer)))

    def after_a_second(self) -> set[tuple[int, str | None]]:
        """Return what has been answered to whoever asked when a second had passed from now."""
        passed = time.monotonic() + 1
        while sum(asked >= passed for asked, *_ in list(self.answers)) < 10 * READERS:
            time.sleep(0.02)
        return {(status, title) for asked, status, title in self.answers if asked >= passed}

    def go_home(self) -> None:
        """Let them stop."""
        self._home.set()


def _title(answer: httpx.Response) -> str | None:
    if answer.status_code != httpx.codes.OK:
        return None
    page: Any = answer.json()
    first = (page[0] if page else {}) if isinstance(page, list) else page
    return str(first["title"]) if first else None


@contextmanager
def reading(url: str) -> Iterator[Readers]:
    """Have a crowd of readers at a page."""
    readers = Readers(url)
    with ThreadPoolExecutor(READERS) as pool:
        crowd = [pool.submit(readers.read) for _ in range(READERS)]
        try:
            yield readers
        finally:
            readers.go_home()
        for each in crowd:
            each.result()


@pytest.fixture
def newcomer() -> Iterator[httpx.Client]:
    """A reader who does not wait for the backend to be there, nor long for anything else."""
    with httpx.Client(base_url=os.environ["BASE_URL"], timeout=2) as newcomer:
        yield newcomer


def _cache(answer: httpx.Response) -> str:
    return str(answer.headers["X-Cache"])


def _in_one_second(
    client: httpx.Client, *asked: tuple[str, dict[str, str]]
) -> list[httpx.Response]:
    """Ask for all of them in the first half of a second, as nginx counts them."""
    for _ in range(20):
        time.sleep(1 - time.time() % 1)
        began = time.time()
        answers = [client.get(url, headers=headers) for url, headers in asked]
        if int(began + 0.5) == int(time.time() + 0.5):
            return answers
    raise AssertionError("this machine never answers within half a second")


def test_a_change_is_seen_by_its_author_at_once_and_by_all_within_a_second(
    client: httpx.Client, person: Person
) -> None:
    """Written, renamed, taken back, published again and deleted, while a crowd is reading."""
    article = write(client, person, "As it was", published=True).json()
    url = f"{API}/articles/{article['id']}"
    with reading(url) as readers:
        assert readers.after_a_second() == {(200, "As it was")}
        for title in ("As it is", "As it shall be"):
            changed = client.patch(url, json={"title": title}, headers=person.headers)
            assert changed.status_code == 200, changed.text
            assert client.get(url, headers=person.headers).json()["title"] == title
            assert readers.after_a_second() == {(200, title)}
        for published, seen in ((False, (404, None)), (True, (200, title))):
            changed = client.patch(url, json={"published": published}, headers=person.headers)
            assert changed.status_code == 200, changed.text
            assert readers.after_a_second() == {seen}
        assert client.delete(url, headers=person.headers).status_code == 204
        assert readers.after_a_second() == {(404, None)}


def test_a_list_shows_what_is_published_and_forgets_what_is_deleted_within_a_second(
    client: httpx.Client, person: Person
) -> None:
    mine = f"{API}/users/{person.username}/articles"
    write(client, person, "The first", published=True)
    with reading(f"{mine}?limit=1") as readers:
        assert readers.after_a_second() == {(200, "The first")}
        second = write(client, person, "The second", published=True).json()["id"]
        assert client.get(mine, headers=person.headers).json()[0]["title"] == "The second"
        assert readers.after_a_second() == {(200, "The second")}
        gone = client.delete(f"{API}/articles/{second}", headers=person.headers)
        assert gone.status_code == 204
        assert readers.after_a_second() == {(200, "The first")}


def test_a_page_is_asked_for_once_a_second(client: httpx.Client, person: Person) -> None:
    """However a reader came to it, with or without its body, and whether it is known or not."""
    url = f"{API}/articles/{write(client, person, 'Read by many', published=True).json()['id']}"
    came = ("", "?utm_source=letter&utm_medium=mail", "?fbclid=4711", "/", "?&gclid=1&")
    first, *others = _in_one_second(client, *((f"{url}{each}", {}) for each in came))
    assert (_cache(first), {_cache(each) for each in others}) == ("MISS", {"HIT"})
    assert {each.text for each in others} == {first.text}
    assert len({each.headers["X-Request-ID"] for each in (first, *others)}) == len(came)

    known = {"If-None-Match": first.headers["ETag"]}
    read, again = _in_one_second(client, (url, {}), (url, known))
    assert (read.status_code, again.status_code, again.content) == (200, 304, b"")
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")


def test_what_asks_for_something_else_is_something_else(
    client: httpx.Client, person: Person
) -> None:
    for title in ("One", "Two"):
        write(client, person, title, published=True)
    mine = f"{API}/users/{person.username}/articles"
    asked = ("?limit=1", "?limit=2", "?limit=1&skip=1", "?limit=0", "?limit=1&limit=2")
    answers = _in_one_second(client, *((f"{mine}{each}", {}) for each in asked))
    assert "HIT" not in {_cache(each) for each in answers}
    assert [each.status_code for each in answers] == [200, 200, 200, 422, 200]
    assert [len(each.json()) for each in answers[:3]] == [1, 2, 1]
    assert answers[0].json() != answers[2].json()
    for odd in ("/articles/%2e%2e/users", "/articles/%2e/1"):
        assert client.get(f"{API}{odd}").status_code == 400
    assert client.get(f"/api/v1//articles/{uuid4()}").headers["X-Cache"] == "BYPASS"


def test_what_somebody_reads_who_is_known_is_kept_for_nobody(
    client: httpx.Client, person: Person
) -> None:
    """A draft is seen by its author alone, also in the same second; so is whatever has a cookie."""
    draft = f"{API}/articles/{write(client, person, 'Mine alone', published=False).json()['id']}"
    public = f"{API}/articles/{write(client, person, 'For all', published=True).json()['id']}"
    mine, theirs = _in_one_second(client, (draft, person.headers), (draft, {}))
    assert (mine.status_code, theirs.status_code) == (200, 404)
    assert _cache(mine) == "BYPASS"
    assert "private" in mine.headers["Cache-Control"]
    asked: tuple[Asked, ...] = (
        (public, {}),
        (public, person.headers),
        (public, {"Cookie": "past=cache"}),
    )
    assert [_cache(each) for each in _in_one_second(client, *asked)] == ["MISS", "BYPASS", "BYPASS"]
    preview = client.post(f"{draft}/previews", headers=person.headers).json()["path"]
    shown, again = _in_one_second(client, (preview, {}), (preview, {}))
    assert (shown.status_code, _cache(shown), _cache(again)) == (200, "BYPASS", "BYPASS")


def test_an_origin_reads_no_answer_that_was_made_for_another(
    client: httpx.Client, person: Person
) -> None:
    url = f"{API}/articles/{write(client, person, 'Across', published=True).json()['id']}"
    origins = (STRANGER, ELSEWHERE, ELSEWHERE, STRANGER)
    answers = _in_one_second(client, (url, {}), *((url, {"Origin": each}) for each in origins))
    allowed = [each.headers.get("Access-Control-Allow-Origin") for each in answers]
    assert allowed == [None, None, ELSEWHERE, ELSEWHERE, None]
    assert [_cache(each) for each in answers] == ["MISS", "MISS", "MISS", "HIT", "MISS"]


def test_compressed_pages_are_kept_compressed(client: httpx.Client, person: Person) -> None:
    for number in range(5):
        write(client, person, f"{number} of many words that are alike", published=True)
    url = f"{API}/users/{person.username}/articles"
    encodings = ("gzip", "br, gzip;q=0.5", "identity", "gzip;q=0")
    answers = _in_one_second(client, *((url, {"Accept-Encoding": each}) for each in encodings))
    assert [_cache(each) for each in answers] == ["MISS", "HIT", "MISS", "HIT"]
    assert [each.headers.get("Content-Encoding") for each in answers] == ["gzip"] * 2 + [None] * 2
    assert len({each.text for each in answers}) == 1
    assert all("Accept-Encoding" in each.headers["Vary"] for each in answers)


@pytest.mark.parametrize("url", [f"{API}/openapi.json", "/docs/swagger-ui-bundle.js"])
def test_what_never_changes_arrives_as_the_backend_has_compressed_it(
    client: httpx.Client, url: str
) -> None:
    answers = []
    for encoding in ("identity", "gzip"):
        asked = {"Accept-Encoding": encoding}
        answers.append(client.get(url, headers=asked))
        etag = answers[-1].headers["ETag"]
        again = client.get(url, headers={**asked, "If-None-Match": etag})
        assert (again.status_code, again.headers["ETag"]) == (304, etag)
    plain, compressed = answers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.text == plain.text
    # What nginx compresses itself has no length, because it is sent while it is being made.
    assert int(compressed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 3


@pytest.mark.before
def test_the_watchman_writes_and_is_read(client: httpx.Client) -> None:
    """Leave two articles that have been read, one of them deleted since, which was noticed."""
    sign_up(client, WATCHMAN)
    watchman = sign_in(client, WATCHMAN)
    kept, gone = (write(client, watchman, each, published=True) for each in ("Kept", "Gone"))
    for each in (kept, gone):
        assert client.get(f"{API}/articles/{each.json()['id']}").status_code == 200
    url = f"{API}/articles/{gone.json()['id']}"
    assert client.delete(url, headers=watchman.headers).status_code == 204
    time.sleep(1)
    assert client.get(url).status_code == 404
    listed = client.get(LISTED)
    assert [each["title"] for each in listed.json()] == ["Kept"]


@pytest.mark.after
def test_without_any_backend_what_was_read_is_still_there(newcomer: httpx.Client) -> None:
    """Each page at once, and known to be old; what is gone stays gone."""
    listed = newcomer.get(LISTED)
    assert (listed.status_code, _cache(listed)) == (200, "STALE")
    kept = listed.json()[0]["id"]
    for _ in range(2):
        read = newcomer.get(f"{API}/articles/{kept}?utm_source=letter")
        assert (read.status_code, _cache(read), read.json()["title"]) == (200, "STALE", "Kept")
    gone = newcomer.get(f"{API}/articles/{kept + 1}")
    assert (gone.status_code, _cache(gone)) == (404, "STALE")


@pytest.mark.after
def test_without_any_backend_nothing_else_is_made_up(newcomer: httpx.Client) -> None:
    asked: tuple[Asked, ...] = (
        ("/no-such-page", {}),
        ("", {"Authorization": "Bearer x"}),
        ("", {"Cookie": "a=b"}),
    )
    for path, headers in asked:
        answer = newcomer.get(f"{API}/articles{path}", headers=headers)
        assert answer.status_code == 502
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    errors = newcomer.get("/realworld/api/articles/no-such-page")
    assert (errors.status_code, list(errors.json())) == (502, ["errors"])


def test_with_a_backend_nothing_is_stale(client: httpx.Client) -> None:
    """Which says more after those above than alone."""
    for url in (LISTED, f"{API}/articles"):
        assert _cache(client.get(url)) in {"MISS", "HIT"}
