"""What is measured: each scenario with what is asked for, and the floor that it stands on."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.site import API, PASSWORD, Site, Unexpected
from benchmarks.wrk import Load, Request

FLOOR = "floor.test"
STATIC = Path("/static")
# nginx answers nobody from its cache who sends a cookie, and the backend does not look at this one.
UNCACHED = {"Cookie": "past=cache"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

LIST = f"{API}/articles?limit=20"
TAG = f"{LIST}&tag=topic-7"
AUTHOR = f"{LIST}&author=person7"
# A word that one article in a hundred has.
SEARCH = f"{LIST}&q=baral"
# The articles are of the five years before November 2026.
MIDWAY = "2024-05-01T00:00:00Z"
# A page is cached from its second request in the same second on.
TRIES = 4
REALWORLD = "/realworld/api/articles?limit=20"
PARAGRAPH = (
    "We set out at *five* in the morning, past the lighthouse and the last of the harbour, and by "
    "noon nothing was left of the coast but a line that might have been a cloud. Somebody had "
    "left [a letter](https://example.org/letters) on the table, and nobody wanted to be the first "
    "to open it."
)
# Made so long ago, new articles change none of the pages that are read meanwhile.
NEW = json.dumps(
    {
        "title": "On {n} the benchmark wrote this",
        "content": "## How it began\n\n" + "\n\n".join([PARAGRAPH] * 7),
        "tags": ["Topic 7", "Topic 8"],
        "published": True,
        "published_at": "2001-01-01T00:00:00Z",
    }
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table."""

    key: str
    title: str
    load: Load
    # What it is held against: the key of a floor, which is measured in the same round.
    floor: str = ""
    # What else is sent meanwhile.
    meanwhile: Load | None = None


def _reading(path: str, headers: Mapping[str, str] | None = None, host: str = "") -> Load:
    return Load([Request(path)], host=host, headers=headers or {})


class Reading:
    """The scenarios that change nothing."""

    def __init__(self, site: Site, token: str) -> None:
        """Take the stack, with its data set, and somebody's token."""
        self._site, self._token = site, token

    def scenarios(self) -> Iterator[Scenario]:
        """Yield them in the order of a round: each beside its floors."""
        yield from self._page("list", "list of 20", LIST)
        etag = self._site.get(LIST, **UNCACHED).headers["etag"]
        known = _reading(LIST, UNCACHED | {"If-None-Match": etag})
        yield Scenario("list-304", "list of 20, 304", known)
        slug = self._site.get(LIST).json()[7]["slug"]
        yield from self._page("article", "one article", f"{API}/articles/{slug}")
        deep = f"{LIST}&cursor={self._site.cursor(MIDWAY)}"
        for key, title, path in (
            ("tag", "list by tag", TAG),
            ("author", "list by author", AUTHOR),
            ("deep", "list, deep cursor", deep),
        ):
            yield Scenario(key, title, _reading(path, UNCACHED), f"{key}-floor")
            yield Scenario(f"{key}-floor", f"{title}: bare", _reading(path, host=FLOOR))
        yield Scenario("search", "search", _reading(SEARCH, UNCACHED))
        signed_in = {"Authorization": f"Bearer {self._token}"}
        yield Scenario("signed-in", "list of 20, signed in", _reading(LIST, signed_in))
        yield Scenario("realworld", "RealWorld list", _reading(REALWORLD, UNCACHED))

    def _page(self, key: str, title: str, path: str) -> Iterator[Scenario]:
        yield Scenario(key, f"{title}, uncached", _reading(path, UNCACHED), f"{key}-floor")
        yield Scenario(f"{key}-floor", f"{title}: bare", _reading(path, host=FLOOR))
        yield Scenario(f"{key}-cached", f"{title}, cached", _reading(path), f"{key}-static")
        body = self._site.get(path, **UNCACHED).body
        (STATIC / key).write_bytes(body)
        yield Scenario(f"{key}-static", f"{title}: file", _reading(f"/static/{key}", host=FLOOR))


class Writing:
    """The scenarios that change something, and what reading is like meanwhile."""

    def __init__(self, site: Site, token: str) -> None:
        """Take the stack, with its data set, and the token of who writes."""
        self._site = site
        self._signed_in = JSON | {"Authorization": f"Bearer {token}"}

    def scenarios(self) -> Iterator[Scenario]:
        """Yield them in the order of a round."""
        new = Request(f"{API}/articles", "POST", NEW)
        load = Load([new], headers=self._signed_in)
        yield Scenario("create", "create", load, "create-floor")
        yield Scenario("create-floor", "create: bare", replace(load, host=FLOOR))
        read = _reading(LIST, UNCACHED)
        yield Scenario("alone", "list, nothing else", read)
        yield Scenario("writes", "list, 4 writing", read, "alone", self._writers(new))
        yield Scenario("logins", "list, 50 signing in", read, "alone", self._logins())

    def _writers(self, new: Request) -> Load:
        made = self._site.expect(201, "POST", new.path, self._signed_in, new.body)
        change = Request(f"{API}/articles/{made.json()['id']}", "PATCH", '{"excerpt": "{n}"}')
        return Load([new, change], headers=self._signed_in, connections=4)

    def _logins(self) -> Load:
        # Not the writer's account: each has so many sessions, and new ones end the oldest.
        self._site.sign_up("crowd")
        words = ("not the password", PASSWORD)
        forms = [{"username": "crowd", "password": word} for word in words]
        tries = [Request(f"{API}/auth/login", "POST", urlencode(form)) for form in forms]
        return Load(tries, headers=FORM, connections=50, may_be_refused=True)


def check(site: Site, scenario: Scenario) -> None:
    """Try a reading scenario once, past wrk; raise Unexpected if it is not what it is called."""
    load = scenario.load
    headers = dict(load.headers) | ({"Host": load.host} if load.host else {})
    status = 304 if "If-None-Match" in headers else 200
    for request in load.requests:
        if request.method != "GET":
            continue
        answers = [site.expect(status, "GET", request.path, headers) for _ in range(TRIES)]
        words = {answer.headers.get("x-cache") for answer in answers}
        if scenario.key.endswith("-cached") and "HIT" not in words:
            raise Unexpected(f"{request.path} is not cached: {words}")
