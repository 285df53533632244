"""The bytes of a list, which PostgreSQL has made, are those that the OpenAPI document promises."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator, meta
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import FIRST_MOMENT, LAST_MOMENT
from app.core.policy import Role
from app.features.lists.schemas import (
    FIELDS,
    INCLUDES,
    PLAIN_FIELDS,
    ArticleAuthor,
    ArticleListed,
    SeriesPlace,
)
from app.features.tags.schemas import TagBrief
from app.models import Bookmark, Comment, Favorite, User, UserFollow
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

Headers = dict[str, str]
Items = list[dict[str, Any]]
Asked = tuple[str | None, str | None]  # `include` and `fields`, where they are given

ARTICLES = "/api/v1/articles"
ODD = (
    "\"quotes\" 'apostrophes' \\ \\n \\u0041 / </script><!-- & &amp; % _ {} [] $1 :name "
    "\b\t\n\f\r\x01\x1f\x7f\x85\u2028\u2029\ufeff\ufffd\uffff "
    "\U0001f6f6 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \u00e9 "
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u202e\u0639\u0631\u0628\u0649\u202c \u6f22\u5b57 \U0010ffff"
)
MOMENTS = [
    FIRST_MOMENT + timedelta.resolution,
    datetime(1582, 10, 10, 1, 2, 3, 4, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 30, 0, 500_000, tzinfo=UTC),
    datetime(2025, 3, 30, 1, 0, 0, 120, tzinfo=UTC),
]
LATE = LAST_MOMENT - timedelta.resolution

subsets = chain.from_iterable(combinations(sorted(INCLUDES), size) for size in range(6))
ALL_INCLUDES = [",".join(names) for names in subsets]
NAMES = sorted(FIELDS)


def questions() -> Iterator[Asked]:
    """Yield all of `include`, each of `fields`, and what chance makes of both."""
    chance = random.Random(4711)
    yield None, None
    for include in ALL_INCLUDES:
        yield include, None
        yield include, ",".join(NAMES)
        some = chance.sample(NAMES, chance.randint(2, len(NAMES) - 1))
        yield include, ",".join(some)
    for name in NAMES:
        yield None, name
        yield chance.choice(ALL_INCLUDES), name


@pytest.fixture
async def reader(make: Factory) -> User:
    """Who reads, likes, keeps and follows."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
async def shelf(
    make: Factory, reader: User, session: AsyncSession, clock: MovableClock
) -> list[int]:
    """Articles whose texts, times and company have all that could trouble a writer of JSON."""
    anna = await make.user(username="anna", full_name=ODD, avatar="/a?b=\\&c=%22")
    bert = await make.user(username="bert", full_name=None)
    series = await make.series(anna, slug="journey", title=ODD)
    heading = {"id": "odd", "title": ODD, "level": 2}
    toc = [{**heading, "children": [{**heading, "level": 3, "children": []}]}]
    bare = await make.article(anna, title="", content="", created_at=LATE, updated_at=LATE)
    full = await make.article(
        anna, with_authors=[bert], tags=["rivers", '"quotes" \\ \U0001f6f6'], title=ODD,
        content=ODD, content_html=f"<p>{ODD}</p>", toc=toc, cover='/x\\y".jpg', cover_alt=ODD,
        given_excerpt=ODD, locale="pt-BR", featured=True, pinned=True, word_count=2**31 - 1,
        series_id=series.id, series_position=1, version=2**40,
    )  # fmt: skip
    others = [
        await make.article(
            bert, published_at=moment, created_at=moment, updated_at=moment + timedelta.resolution
        )
        for moment in MOMENTS
    ]
    now = clock()
    session.add_all([
        *(Favorite(user_id=each.id, article_id=full.id, created_at=now) for each in (anna, reader)),
        Bookmark(user_id=reader.id, article_id=bare.id, created_at=now),
        Bookmark(user_id=reader.id, article_id=full.id, created_at=now),
        UserFollow(follower_id=reader.id, followed_id=anna.id, created_at=now),
        Comment(
            article_id=full.id, depth=1, content="", content_html="", status="visible",
            created_at=now, updated_at=now,
        ),
    ])  # fmt: skip
    await session.commit()
    return [bare.id, full.id, *(each.id for each in others)]


@pytest.fixture(params=["nobody", "rita"])
def headers(request: pytest.FixtureRequest, sign_in: SignIn, reader: User) -> Headers:
    """Of nobody, and of somebody who is signed in."""
    return sign_in(reader) if request.param == "rita" else {}


def shown_by(include: str | None, fields: str | None) -> frozenset[str]:
    """Return the names of what is asked for, as the documentation has them."""
    if include is None:
        include = "author,tags" if fields is None else ""
    chosen = PLAIN_FIELDS if fields is None else frozenset(["id", *fields.split(",")])
    return chosen.union(*(INCLUDES[name] for name in include.split(",") if name))


def in_order(model: type[Any], shown: Iterable[str]) -> list[str]:
    return [name for name in model.model_fields if name in set(shown)]


def distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, in which nothing is said twice."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def validator_of(app: FastAPI, path: str) -> Draft202012Validator:
    """Return what knows the documented shape of an answer."""
    document = app.openapi()
    answer = document["paths"][path]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    meta.validate(schema)
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, validate_formats=True)


async def asked(
    client: httpx.AsyncClient, path: str, question: Asked, headers: Headers
) -> httpx.Response:
    named = dict(zip(("include", "fields"), question, strict=True))
    params = {name: value for name, value in named.items() if value is not None}
    answer = await client.get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer


def items_of(answer: httpx.Response, validator: Draft202012Validator) -> Items:
    """Return a list that is as the document and the model of the wire have it."""
    items: Items = json.loads(answer.content, object_pairs_hook=distinct)
    wrong = [(error.message, error.instance_path) for error in validator.iter_errors(items)]
    assert wrong == []
    TypeAdapter(list[ArticleListed]).validate_json(answer.content, strict=True)
    return items


def check_shape(items: Items, shown: frozenset[str]) -> None:
    """Nothing is there but what was asked for, in the order of the document."""
    person = in_order(ArticleAuthor, {"id", "username", "full_name", "avatar"})
    person += ["followed"] if "author.followed" in shown else []
    for item in items:
        assert list(item) == in_order(ArticleListed, shown)
        for each in [item[name] for name in ("author",) if name in item] + item.get("authors", []):
            assert list(each) == person
        for tag in item.get("tags", []):
            assert list(tag) == list(TagBrief.model_fields)
        if item.get("series") is not None:
            assert list(item["series"]) == list(SeriesPlace.model_fields)


def unasked(value: Any, shown: frozenset[str]) -> Any:  # noqa: ANN401 - any value of JSON
    """Return a value of the article itself, but for what this list was not asked for."""
    if isinstance(value, list):
        return [unasked(each, shown) for each in value]
    if isinstance(value, dict) and "author.followed" not in shown:
        return {name: each for name, each in value.items() if name != "followed"}
    return value


async def test_a_list_is_what_was_asked_for_as_documented_and_says_what_each_article_says(
    app: FastAPI, client: httpx.AsyncClient, shelf: list[int], headers: Headers
) -> None:
    validator = validator_of(app, ARTICLES)
    wholes: dict[int, dict[str, Any]] = {
        id_: (await client.get(f"{ARTICLES}/{id_}?include=mine", headers=headers)).json()
        for id_ in shelf
    }
    for question in questions():
        shown = shown_by(*question)
        answer = await asked(client, ARTICLES, question, headers)
        items = items_of(answer, validator)
        assert {item["id"] for item in items} == set(shelf), question
        check_shape(items, shown)
        for item in items:
            whole = wholes[item["id"]]
            assert item == {name: unasked(whole[name], shown) for name in item}, question


@pytest.mark.parametrize("path", ["/users/anna/articles", "/feed", "/users/me/bookmarks"])
@pytest.mark.usefixtures("shelf")
async def test_every_other_list_has_articles_of_the_same_shape(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, reader: User, path: str
) -> None:
    headers = sign_in(reader)
    documented = f"/api/v1{path}".replace("anna", "{ref}")
    validator = validator_of(app, documented)
    for include in (None, *ALL_INCLUDES):
        question = (include, None)
        shown = shown_by(*question)
        items = items_of(await asked(client, f"/api/v1{path}", question, headers), validator)
        assert len(items) == 2, question
        check_shape(items, shown)
        params = {} if include is None else {"include": include}
        everything = await client.get(ARTICLES, params=params, headers=headers)
        same = {item["id"]: item for item in everything.json()}
        assert items == [same[item["id"]] for item in items]


@pytest.mark.parametrize("way", ["at once", "one by one"])
@pytest.mark.usefixtures("shelf")
async def test_times_lead_from_page_to_page_however_early(
    client: httpx.AsyncClient, shelf: list[int], way: str
) -> None:
    limit = len(shelf) if way == "at once" else 1
    answer = await client.get(f"{ARTICLES}?limit={limit}")
    times = [item["published_at"] for item in answer.json()]
    while "next" in answer.links:
        answer = await client.get(answer.links["next"]["url"])
        times += [item["published_at"] for item in answer.json()]
    assert len(times) == len(shelf)
    told = [datetime.fromisoformat(time) for time in times]
    assert told == [EARLY_2026 - timedelta(minutes=1)] * 2 + MOMENTS[::-1]


async def test_an_empty_list_is_one(client: httpx.AsyncClient) -> None:
    answer = await client.get(ARTICLES)
    assert (answer.content, answer.headers["Content-Type"]) == (b"[]", "application/json")
