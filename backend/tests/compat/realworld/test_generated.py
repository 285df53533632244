"""Bodies, queries and paths that nobody thought of: each is answered, none breaks anything."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.compat.realworld.conftest import API, ARTICLE, PASSWORD, Conduit

# Any code point, lone surrogates and NUL included.
any_text = st.text(st.characters(codec=None), max_size=80)
any_scalar = st.none() | st.booleans() | st.integers() | st.floats() | any_text
any_json: st.SearchStrategy[Any] = st.recursive(
    any_scalar,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=10,
)
EXAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/users"): {
        "user": {"username": "bert", "email": "bert@test.com", "password": PASSWORD}
    },
    ("POST", "/users/login"): {"user": {"email": "anna@test.com", "password": PASSWORD}},
    ("PUT", "/user"): {"user": {"bio": "Rivers", "image": None, "username": "anne"}},
    ("POST", "/articles"): {"article": {**ARTICLE, "tagList": ["a", "b"]}},
    ("PUT", "/articles/down-the-river"): {"article": {**ARTICLE, "tagList": []}},
    ("POST", "/articles/down-the-river/comments"): {"comment": {"body": "Hello"}},
}

generated = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def headers(conduit: Conduit) -> dict[str, str]:
    """The headers of somebody with an article."""
    token = await conduit.join("anna")
    await conduit.publish(token)
    return {"Authorization": f"Token {token}"}


@generated
@given(data=st.data())
async def test_bodies(conduit: Conduit, headers: dict[str, str], data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(sorted(EXAMPLES)))
    [(wrapper, example)] = EXAMPLES[method, path].items()
    names = st.sampled_from(sorted(example)) | any_text
    inner = {**example, **data.draw(st.dictionaries(names, any_json, max_size=3))}
    body = data.draw(st.sampled_from([{wrapper: inner}, inner, [inner]]) | any_json)
    content = json.dumps(body).encode()
    answer = await conduit.client.request(method, API + path, content=content, headers=headers)

    assert answer.status_code in {200, 201, 401, 403, 409, 422}, answer.text
    assert set(answer.json()) in ({wrapper}, {"errors"})


@generated
@given(
    query=st.dictionaries(
        st.sampled_from(["tag", "author", "favorited", "limit", "offset"]),
        any_text | st.integers().map(str),
        max_size=3,
    )
)
async def test_queries(conduit: Conduit, query: dict[str, str]) -> None:
    asked = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
    answer = await conduit.client.get(f"{API}/articles?{asked}")

    assert answer.status_code in {200, 422}, answer.text
    assert set(answer.json()) in ({"articles", "articlesCount"}, {"errors"})


@generated
@given(
    shape=st.sampled_from(["/articles/{}", "/articles/{}/comments", "/profiles/{}"]),
    name=any_text,
)
async def test_paths(conduit: Conduit, shape: str, name: str) -> None:
    answer = await conduit.client.get(API + shape.format(_quoted(name)))

    assert answer.status_code in {200, 404, 405}, answer.text
    assert answer.status_code == 200 or set(answer.json()) == {"errors"}


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
