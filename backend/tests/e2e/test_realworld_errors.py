"""The RealWorld API: whatever is sent is answered, in one shape, and never by a crash."""

import httpx
import pytest

from tests.e2e.conduit import Conduit, Json, Somebody, assert_errors, unique

pytest_plugins = ["tests.e2e.conduit"]

TAKES_A_BODY = [
    "POST /users",
    "POST /users/login",
    "PUT /user",
    "POST /articles",
    "PUT /articles/{slug}",
    "POST /articles/{slug}/comments",
]
NO_BODIES = {
    "nothing": b"",
    "half of it": b'{"user": {"email": "a',
    "not JSON": b"user=anna&password=password",
    "bytes": b"\xff\xfe\x00",
    "a list": b"[]",
    "a word": b'"word"',
    "null": b"null",
    "too deep": b"[" * 2000,
    "half a character": b'{"user": {"bio": "\\ud800"}, "article": {"body": "\\ud800"},'
    b' "comment": {"body": "\\ud800"}}',
    "unwrapped": b'{"email": "a@test.com", "password": "password", "title": "T", "body": "B"}',
    "null in its wrapping": b'{"user": null, "article": null, "comment": null}',
    "a list in its wrapping": b'{"user": [], "article": [], "comment": []}',
    "a word in its wrapping": b'{"user": "u", "article": "a", "comment": "c"}',
}
NO_TEXTS = [1, True, {}, [], ["a"], "\x00", "a\x00b"]


def _wrapping_of(name: str) -> str:
    return "user" if "user" in name else "comment" if name.endswith("comments") else "article"


def _words_for(name: str) -> Json:
    username = unique("u")
    if name.startswith("POST /user"):
        return {"username": username, "email": f"{username}@test.com", "password": "password123"}
    if name == "PUT /user":
        return {"username": username, "email": f"{username}@test.com", "bio": "B", "image": None}
    words = {"title": "T", "description": "D", "body": "B"}
    return {"body": "B"} if name.endswith("comments") else words


def _refusal(conduit: Conduit, name: str, answer: httpx.Response) -> Json:
    """Return the errors of a request that could not be understood."""
    assert answer.status_code in (400, 422), f"{name}: {answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert_errors(answer.json())
    conduit.tally.tick(name, 422)
    errors: Json = answer.json()["errors"]
    return errors


@pytest.mark.parametrize("name", TAKES_A_BODY)
@pytest.mark.parametrize("body", NO_BODIES.values(), ids=NO_BODIES)
def test_a_body_that_is_none_is_refused(
    conduit: Conduit, anna: Somebody, name: str, body: bytes
) -> None:
    article = conduit.publish(anna)
    answer = conduit.send(name.format(slug=article["slug"]), anna, body)
    _refusal(conduit, name, answer)
    assert conduit.read(article["slug"]) == article
    assert conduit.ask("GET /user", anna)["user"]["email"] == anna.email


@pytest.mark.parametrize("name", TAKES_A_BODY)
def test_a_value_that_is_no_text_is_refused_under_its_field(
    conduit: Conduit, anna: Somebody, name: str
) -> None:
    article = conduit.publish(anna)
    call = name.format(slug=article["slug"])
    for field in _words_for(name):
        if name == "POST /users/login" and field == "username":
            continue
        for value in NO_TEXTS:
            body = {_wrapping_of(name): _words_for(name) | {field: value}}
            answer = conduit.send(call, anna, body)
            errors = _refusal(conduit, name, answer)
            assert set(errors) == {field}, f"{field} = {value!r}: {answer.text}"
    assert conduit.read(article["slug"]) == article
    assert conduit.ask("GET /user", anna)["user"]["email"] == anna.email


@pytest.mark.parametrize("name", [name for name in TAKES_A_BODY if name != "POST /users/login"])
def test_a_text_that_is_too_long_is_refused_under_its_field(
    conduit: Conduit, anna: Somebody, name: str
) -> None:
    slug = conduit.publish(anna)["slug"]
    for field in _words_for(name):
        if field == "body" and not name.endswith("comments"):
            continue
        long = "x" * 100_000
        value = f"{long}@test.com" if field == "email" else long
        body = {_wrapping_of(name): _words_for(name) | {field: value}}
        answer = conduit.send(name.format(slug=slug), anna, body)
        assert set(_refusal(conduit, name, answer)) == {field}, f"{field}: {answer.text}"


@pytest.mark.parametrize("tags", ["a", 1, {}, [1], [None], [[]], ["\x00"], ["x" * 1000], ["a", {}]])
@pytest.mark.parametrize("name", ["POST /articles", "PUT /articles/{slug}"])
def test_what_is_no_list_of_tags_is_refused(
    conduit: Conduit, anna: Somebody, name: str, tags: object
) -> None:
    article = conduit.publish(anna, tagList=[unique("t")])
    body = {"article": _words_for(name) | {"tagList": tags}}
    answer = conduit.send(name.format(slug=article["slug"]), anna, body)
    assert set(_refusal(conduit, name, answer)) == {"tagList"}
    assert conduit.read(article["slug"]) == article


@pytest.mark.parametrize("username", ["12345", "...", "me", "a b", "a/b", "x" * 51, "ünï"])
def test_a_name_that_no_path_could_say_is_refused(
    conduit: Conduit, anna: Somebody, username: str
) -> None:
    account = _words_for("POST /users") | {"username": username}
    for name in ("POST /users", "PUT /user"):
        answer = conduit.send(name, anna, {"user": account})
        assert set(_refusal(conduit, name, answer)) == {"username"}


@pytest.mark.parametrize("query", ["tag=%00", "author=%00", "favorited=%ff", "tag=%ED%A0%80"])
def test_a_filter_that_no_text_could_be_finds_nothing(conduit: Conduit, query: str) -> None:
    answer = conduit.send(f"GET /articles?{query}")
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        assert answer.json() == {"articles": [], "articlesCount": 0}
        conduit.tally.tick("GET /articles", 200)
    else:
        _refusal(conduit, "GET /articles", answer)


@pytest.mark.parametrize("call", ["GET /nothing", "GET /articles/a/b/c/d", "PATCH /user", "GET /"])
def test_what_is_no_operation_is_refused_in_the_same_shape(
    conduit: Conduit, anna: Somebody, call: str
) -> None:
    for by in (anna, None):
        answer = conduit.send(call, by)
        assert answer.status_code in (404, 405), answer.text
        assert_errors(answer.json())
        conduit.tally.tick("no operation", answer.status_code)
