"""The RealWorld API: tokens; who has none, and what is none."""

import base64
import json

import pytest

from tests.e2e.conduit import (
    MISSING,
    OPERATIONS,
    PASSWORD,
    Conduit,
    Json,
    Somebody,
    operation_of,
    unique,
)

pytest_plugins = ["tests.e2e.conduit"]

PROTECTED = [name for name, operation in OPERATIONS.items() if operation.needs_token]
OPEN = [name for name in OPERATIONS if name not in PROTECTED and name.startswith("GET")]
WORDS: Json = {
    "user": {"bio": "Hijacked"},
    "article": {"title": "T", "description": "D", "body": "Hijacked"},
    "comment": {"body": "Hijacked"},
}
NO_TOKENS = [
    "",
    "Token",
    "Bearer",
    "Token nonsense",
    "Bearer nonsense",
    "Token a.b.c",
    "Token ..",
    "Token two words",
    "Token eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
    "Token " + "x" * 5000,
    "Basic YW5uYTpwYXNzd29yZA==",
    "nonsense",
]


def _body_for(name: str) -> Json | None:
    return WORDS if name.startswith(("POST", "PUT")) else None


def _call(name: str, **values: str) -> str:
    return name.format(**({"slug": "some-slug", "id": "1", "username": "nobody"} | values))


def _parts(token: str) -> list[str]:
    return token.split(".")


def _encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("name", PROTECTED)
def test_a_missing_token_is_refused_before_anything_is_looked_up(
    conduit: Conduit, name: str
) -> None:
    call = _call(name, slug=unique("unknown-"), username=unique("nobody"))
    conduit.refused(call, 401, MISSING, body=_body_for(name))


@pytest.mark.parametrize("name", [name for name in PROTECTED if "{" in name])
def test_a_missing_token_is_refused_for_what_there_is_too(
    conduit: Conduit, anna: Somebody, name: str
) -> None:
    article = conduit.publish(anna)
    comment = conduit.comment(article["slug"], anna)
    call = _call(name, slug=article["slug"], username=anna.username, id=str(comment["id"]))
    conduit.refused(call, 401, MISSING, body=_body_for(name))
    assert conduit.read(article["slug"], anna) == article
    comments = conduit.ask(f"GET /articles/{article['slug']}/comments", anna)["comments"]
    assert comments == [comment]


@pytest.mark.parametrize("name", [name for name in PROTECTED if _body_for(name)])
@pytest.mark.parametrize("body", [None, b"{", b"[]", b'{"article": {}}'])
def test_a_missing_token_is_refused_before_the_body_is_read(
    conduit: Conduit, name: str, body: bytes | None
) -> None:
    conduit.refused(_call(name), 401, MISSING, body=body)


@pytest.mark.parametrize("name", PROTECTED)
def test_a_malformed_token_is_refused_by_every_operation(conduit: Conduit, name: str) -> None:
    call = _call(name, slug=unique("unknown-"), username=unique("nobody"))
    by = {"Authorization": "Token not.a.token"}
    errors = conduit.refused(call, 401, None, by, _body_for(name))
    assert set(errors) == {"token"}


@pytest.mark.parametrize("header", NO_TOKENS)
def test_whatever_is_no_token_is_refused(conduit: Conduit, header: str) -> None:
    errors = conduit.refused("GET /user", 401, None, {"Authorization": header})
    assert set(errors) == {"token"}
    call = f"DELETE /articles/{unique('unknown-')}/favorite"
    assert conduit.refused(call, 401, None, {"Authorization": header}) == errors


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_tampered_with_is_refused(
    conduit: Conduit, anna: Somebody, part: int
) -> None:
    parts = _parts(anna.token)
    parts[part] = parts[part][::-1]
    errors = conduit.refused("GET /user", 401, None, {"Authorization": f"Token {'.'.join(parts)}"})
    assert set(errors) == {"token"}


def test_a_token_without_a_signature_is_refused(conduit: Conduit, anna: Somebody) -> None:
    unsigned = f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_parts(anna.token)[1]}."
    errors = conduit.refused("GET /user", 401, None, {"Authorization": f"Token {unsigned}"})
    assert set(errors) == {"token"}


def test_a_token_is_three_parts_of_base64(conduit: Conduit, anna: Somebody) -> None:
    """Front ends read the expiry of a JWT (RFC 7519) themselves."""
    head, claims, _ = _parts(anna.token)
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims)]
    assert decoded[0]["alg"] != "none"
    assert isinstance(decoded[1]["exp"], int)
    assert PASSWORD not in str(decoded)


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "bearer", "TOKEN"])
def test_each_scheme_carries_a_token(conduit: Conduit, anna: Somebody, scheme: str) -> None:
    me = Somebody(anna.username, anna.email, anna.token, scheme)
    assert conduit.ask("GET /user", me)["user"]["username"] == anna.username
    article = conduit.publish(me)
    assert conduit.ask(f"POST /articles/{article['slug']}/favorite", me)["article"]["favorited"]


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_to_all_answers_a_bad_token_with_no_more_than_401(
    conduit: Conduit, anna: Somebody, name: str
) -> None:
    slug = conduit.publish(anna)["slug"]
    call = _call(name, slug=slug, username=anna.username)
    answer = conduit.send(call, {"Authorization": "Token not.a.token"})
    assert answer.status_code in (200, 401), answer.text
    if answer.status_code == 401:
        assert set(answer.json()["errors"]) == {"token"}
    conduit.tally.tick(operation_of(call), answer.status_code)


def test_each_sees_their_own_account(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    for somebody in (anna, ben, anna):
        assert conduit.ask("GET /user", somebody)["user"]["email"] == somebody.email
