"""A client of the RealWorld API which checks each answer whole: status, type, keys and values.

What the API promises stands here once, in `OPERATIONS`; the tests say what they ask, and what is
special about the answer. Each answer is counted, and again when it was found good, so that
`test_realworld_whole.py` can prove that none went unchecked.

The tests name this module as their plugin, for its fixtures, after they have imported it for all
else; that is too late for pytest to rewrite its assertions, which say themselves what they found.
PYTEST_DONT_REWRITE
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx
import pytest

API = "/realworld/api"
PASSWORD = "password123"

MISSING = {"token": ["is missing"]}
BLANK = ["can't be blank"]
TAKEN = ["has already been taken"]

Json = dict[str, Any]
Shape = Mapping[str, object]  # of a key: a rule, another shape, or either in a list, for each item

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def is_text(value: object) -> bool:
    """Say whether this is text, perhaps none."""
    return isinstance(value, str)


def is_word(value: object) -> bool:
    """Say whether this is text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_word_or_null(value: object) -> bool:
    """Say whether this is null or says something: what is empty is null."""
    return value is None or is_word(value)


def is_flag(value: object) -> bool:
    """Say whether this is true or false."""
    return isinstance(value, bool)


def is_count(value: object) -> bool:
    """Say whether this is an integer, zero or more; true and 1.0 are none."""
    return type(value) is int and value >= 0


def is_id(value: object) -> bool:
    """Say whether this is a positive integer, and so not text that looks like one."""
    return type(value) is int and value > 0


def is_timestamp(value: object) -> bool:
    """Say whether this is a real moment in ISO 8601, with milliseconds, in UTC."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return False
    return datetime.fromisoformat(value).year > 2000


def is_slug(value: object) -> bool:
    """Say whether this can stand in a path as it is."""
    return isinstance(value, str) and bool(re.fullmatch(r"[^\s/?#%]+", value))


PROFILE: Shape = {
    "username": is_word,
    "bio": is_word_or_null,
    "image": is_word_or_null,
    "following": is_flag,
}
USER: Shape = {
    "username": is_word,
    "email": is_word,
    "bio": is_word_or_null,
    "image": is_word_or_null,
    "token": is_word,
}
LISTED: Shape = {
    "slug": is_slug,
    "title": is_word,
    "description": is_word,
    "tagList": [is_word],
    "createdAt": is_timestamp,
    "updatedAt": is_timestamp,
    "favorited": is_flag,
    "favoritesCount": is_count,
    "author": PROFILE,
}
COMMENT: Shape = {
    "id": is_id,
    "body": is_word,
    "createdAt": is_timestamp,
    "updatedAt": is_timestamp,
    "author": PROFILE,
}
A_USER: Shape = {"user": USER}
A_PROFILE: Shape = {"profile": PROFILE}
AN_ARTICLE: Shape = {"article": {**LISTED, "body": is_word}}
ARTICLES: Shape = {"articles": [LISTED], "articlesCount": is_count}
A_COMMENT: Shape = {"comment": COMMENT}
COMMENTS: Shape = {"comments": [COMMENT]}
TAGS: Shape = {"tags": [is_word]}


@dataclass(frozen=True)
class Operation:
    """What can be asked, and what a good answer is; without a shape that has no body."""

    status: int
    shape: Shape | None
    needs_token: bool = False


OPERATIONS = {
    "POST /users": Operation(201, A_USER),
    "POST /users/login": Operation(200, A_USER),
    "GET /user": Operation(200, A_USER, needs_token=True),
    "PUT /user": Operation(200, A_USER, needs_token=True),
    "GET /profiles/{username}": Operation(200, A_PROFILE),
    "POST /profiles/{username}/follow": Operation(200, A_PROFILE, needs_token=True),
    "DELETE /profiles/{username}/follow": Operation(200, A_PROFILE, needs_token=True),
    "GET /articles": Operation(200, ARTICLES),
    "POST /articles": Operation(201, AN_ARTICLE, needs_token=True),
    "GET /articles/feed": Operation(200, ARTICLES, needs_token=True),
    "GET /articles/{slug}": Operation(200, AN_ARTICLE),
    "PUT /articles/{slug}": Operation(200, AN_ARTICLE, needs_token=True),
    "DELETE /articles/{slug}": Operation(204, None, needs_token=True),
    "GET /articles/{slug}/comments": Operation(200, COMMENTS),
    "POST /articles/{slug}/comments": Operation(201, A_COMMENT, needs_token=True),
    "DELETE /articles/{slug}/comments/{id}": Operation(204, None, needs_token=True),
    "POST /articles/{slug}/favorite": Operation(200, AN_ARTICLE, needs_token=True),
    "DELETE /articles/{slug}/favorite": Operation(200, AN_ARTICLE, needs_token=True),
    "GET /tags": Operation(200, TAGS),
}
_PATTERNS = {name: re.compile(re.sub(r"\{\w+\}", "[^/]+", name)) for name in OPERATIONS}


def operation_of(call: str) -> str:
    """Return the name of the operation that a call such as `GET /articles/a-slug` is."""
    plain = call.rstrip("/")
    return next(name for name, pattern in _PATTERNS.items() if pattern.fullmatch(plain))


def assert_shape(value: object, shape: object, where: str) -> None:
    """Fail unless a value has exactly these keys, at every depth, and each value obeys its rule."""
    if isinstance(shape, Mapping):
        assert isinstance(value, dict), f"{where} is {value!r}"
        assert set(value) == set(shape), f"{where} has {sorted(value)}"
        for key, inner in shape.items():
            assert_shape(value[key], inner, f"{where}.{key}")
        if "updatedAt" in shape:
            assert value["createdAt"] <= value["updatedAt"], f"{where} is older than itself"
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where} is {value!r}"
        for place, item in enumerate(value):
            assert_shape(item, shape[0], f"{where}[{place}]")
    else:
        assert callable(shape)
        assert shape(value), f"{where} is {value!r}: not {shape}"


def assert_errors(body: object) -> None:
    """Fail unless this is `{"errors": {FIELD: [MESSAGE, ...], ...}}`, and says something."""
    assert isinstance(body, dict), body
    assert set(body) == {"errors"}, body
    assert isinstance(body["errors"], dict), body
    assert body["errors"], "an error without a reason"
    for messages in body["errors"].values():
        assert isinstance(messages, list), body
        assert messages, body
        assert all(map(is_word, messages)), body


@dataclass(frozen=True)
class Somebody:
    """A person with an account, signed in."""

    username: str
    email: str
    token: str
    scheme: str = "Token"

    @property
    def headers(self) -> dict[str, str]:
        """What this person's front end sends along."""
        return {"Authorization": f"{self.scheme} {self.token}"}


@dataclass
class Tally:
    """What has been asked so far: by every client, and by those who check."""

    sent: int = 0
    checked: int = 0
    seen: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    lock: Lock = field(default_factory=Lock)

    def count(self, _: httpx.Response) -> None:
        """Note that something was answered, whoever asked."""
        with self.lock:
            self.sent += 1

    def tick(self, name: str, status: int) -> None:
        """Note that an answer was found good."""
        with self.lock:
            self.checked += 1
            self.seen[name].add(status)


@dataclass(frozen=True)
class Conduit:
    """The service, asked as a front end asks it."""

    http: httpx.Client
    tally: Tally = field(default_factory=Tally)

    def ask(
        self, call: str, by: Somebody | None = None, body: object = None, **params: object
    ) -> Json:
        """Ask; return the body of the answer, which is the good one of its operation."""
        name = operation_of(call)
        operation = OPERATIONS[name]
        answer = self.send(call, by, body, **params)
        assert answer.status_code == operation.status, f"{call}: {answer.status_code} {answer.text}"
        if operation.shape is None:
            assert answer.content == b"", f"{call}: {answer.text}"
            self.tally.tick(name, answer.status_code)
            return {}
        found: Json = _json_of(answer)
        assert_shape(found, operation.shape, call)
        self.tally.tick(name, answer.status_code)
        return found

    def refused(
        self,
        call: str,
        status: int,
        errors: object = None,
        by: Somebody | Mapping[str, str] | None = None,
        body: object = None,
        **params: object,
    ) -> Json:
        """Ask for what is refused, with exactly these errors if some are given; return them."""
        answer = self.send(call, by, body, **params)
        assert answer.status_code == status, f"{call}: {answer.status_code} {answer.text}"
        found: Json = _json_of(answer)
        assert_errors(found)
        if errors is not None:
            assert found["errors"] == errors, f"{call}: {answer.text}"
        self.tally.tick(operation_of(call), status)
        errors_found: Json = found["errors"]
        return errors_found

    def send(
        self,
        call: str,
        by: Somebody | Mapping[str, str] | None = None,
        body: object = None,
        **params: object,
    ) -> httpx.Response:
        """Ask; return whatever is answered. A body of bytes is sent as it is."""
        method, path = call.split(" ", 1)
        headers = dict(by.headers if isinstance(by, Somebody) else by or {})
        content = body if isinstance(body, bytes) else None
        if content is not None:
            headers |= {"Content-Type": "application/json"}
        return self.http.request(
            method,
            API + path,
            headers=headers,
            params={key: str(value) for key, value in params.items()} or None,
            content=content,
            json=None if content is not None else body,
        )

    def sign_up(self, password: str = PASSWORD) -> Somebody:
        """Return a newcomer, whose e-mail follows from the name."""
        username = unique("u")
        email = f"{username}@test.com"
        account = {"username": username, "email": email, "password": password}
        user = self.ask("POST /users", body={"user": account})["user"]
        assert (user["username"], user["email"]) == (username, email)
        assert (user["bio"], user["image"]) == (None, None)
        return Somebody(username, email, user["token"])

    def publish(self, author: Somebody, **fields: object) -> Json:
        """Return a new article of somebody's; what is not given follows from a new title."""
        title = unique("Article ")
        words = {"title": title, "description": f"About {title}", "body": f"All of {title}"}
        wanted = {**words, **fields}
        article: Json = self.ask("POST /articles", author, {"article": wanted})["article"]
        assert {key: article[key] for key in wanted} == wanted
        assert (article["favorited"], article["favoritesCount"]) == (False, 0)
        assert article["author"]["username"] == author.username
        return article

    def read(self, slug: str, reader: Somebody | None = None) -> Json:
        """Return an article as somebody, or nobody in particular, sees it."""
        article: Json = self.ask(f"GET /articles/{slug}", reader)["article"]
        return article

    def comment(self, slug: str, author: Somebody, body: str = "Well said.") -> Json:
        """Return a new comment of somebody's on an article."""
        wanted = {"comment": {"body": body}}
        comment: Json = self.ask(f"POST /articles/{slug}/comments", author, wanted)["comment"]
        assert comment["body"] == body
        assert comment["author"]["username"] == author.username
        return comment


def unique(prefix: str) -> str:
    """Return a name that nobody has."""
    return f"{prefix}{uuid4().hex[:16]}"


def slugs(listed: Json) -> list[str]:
    """Return the slugs of a list of articles, in its order."""
    return [article["slug"] for article in listed["articles"]]


def _json_of(answer: httpx.Response) -> Json:
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json", answer.text
    found: Json = answer.json()
    return found


@pytest.fixture(scope="session")
def conduit(client: httpx.Client) -> Conduit:
    """The service, once it is ready, and the tally of what was asked."""
    conduit = Conduit(client)
    client.event_hooks["response"].append(conduit.tally.count)
    return conduit


@pytest.fixture
def anna(conduit: Conduit) -> Somebody:
    """Somebody new, who writes."""
    return conduit.sign_up()


@pytest.fixture
def ben(conduit: Conduit) -> Somebody:
    """Somebody else."""
    return conduit.sign_up()
