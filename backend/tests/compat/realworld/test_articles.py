"""Articles one by one, as RealWorld has them: writing, reading, favourites, tags."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.core.policy import Role
from tests.compat.realworld.conftest import ARTICLE, Conduit
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

BLANK = ["can't be blank"]
NOT_FOUND = {"article": ["not found"]}
FORBIDDEN = {"article": ["forbidden"]}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_an_article_is_public_at_once(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token, tagList=["rivers", "boats"])

    assert MOMENT.fullmatch(article["createdAt"])
    assert article["createdAt"] == article["updatedAt"]
    assert article == {
        "slug": "down-the-river",
        **ARTICLE,
        "tagList": ["rivers", "boats"],
        "createdAt": article["createdAt"],
        "updatedAt": article["updatedAt"],
        "favorited": False,
        "favoritesCount": 0,
        "author": {"username": "anna", "bio": None, "image": None, "following": False},
    }
    assert await conduit.ask("GET", "/articles/down-the-river") == {"article": article}


@pytest.mark.parametrize("field", ["title", "description", "body"])
@pytest.mark.parametrize("empty", ["", "  ", None, "missing"])
async def test_no_article_without(field: str, empty: str | None, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    article: dict[str, Any] = {**ARTICLE, field: empty}
    if empty == "missing":
        del article[field]

    errors = await conduit.refused(
        "POST", "/articles", {"article": article}, token=token, status=422
    )
    assert errors == {field: BLANK}
    assert (await conduit.ask("GET", "/articles"))["articlesCount"] == 0


async def test_all_that_is_blank_is_told_at_once(conduit: Conduit) -> None:
    token = await conduit.join("anna")

    errors = await conduit.refused("POST", "/articles", {"article": {}}, token=token, status=422)
    assert errors == {"title": BLANK, "description": BLANK, "body": BLANK}


async def test_words_may_be_single_letters(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token, title="a", description="b", body="c")
    path = f"/articles/{article['slug']}"
    answer = await conduit.ask("PUT", path, {"article": {"body": "d"}}, token=token)

    assert answer["article"]["body"] == "d"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "t" * 201),
        ("title", 7),
        ("description", "d" * 1001),
        ("body", "b" * 200_001),
        ("body", "nul \x00"),
        ("tagList", None),
        ("tagList", "rivers"),
        ("tagList", [7]),
        ("tagList", ["t" * 51]),
        ("tagList", [f"tag {number}" for number in range(21)]),
    ],
)
async def test_what_no_article_can_have(field: str, value: object, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    body = {"article": {**ARTICLE, field: value}}

    errors = await conduit.refused("POST", "/articles", body, token=token, status=422)
    assert list(errors) == [field]
    article = await conduit.publish(token)
    errors = await conduit.refused(
        "PUT",
        f"/articles/{article['slug']}",
        {"article": {field: value}},
        token=token,
        status=422,
    )
    assert list(errors) == [field]


async def test_tags_stay_in_the_order_in_which_they_were_sent(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    names = ["zebra", "apple", "Mango", "42"]
    article = await conduit.publish(token, tagList=[*names, "", "ZEBRA"])

    assert article["tagList"] == names
    listed = (await conduit.ask("GET", "/articles"))["articles"]
    assert [each["tagList"] for each in listed] == [names]


async def test_each_of_the_same_title_has_its_slug(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slugs = {(await conduit.publish(token))["slug"] for _ in range(3)}

    assert len(slugs) == 3


async def test_other_fields_are_ignored(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    more = {"slug": "mine", "featured": True, "published": False, "authors": ["x"], "id": 4}
    article = await conduit.publish(token, **more)
    path = f"/articles/{article['slug']}"

    assert article["slug"] == "down-the-river"
    whole = {**article, "slug": "mine", "favoritesCount": 99, "published": False}
    assert await conduit.ask("PUT", path, {"article": whole}, token=token) == {"article": article}


async def test_only_what_is_given_changes(conduit: Conduit, clock: MovableClock) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token, tagList=["rivers", "boats"])
    clock.move(timedelta(seconds=1))
    path, changes = "/articles/down-the-river", {"article": {"body": "At six."}}
    answer = await conduit.ask("PUT", path, changes, token=token)

    assert answer["article"]["updatedAt"] > article["updatedAt"]
    assert answer["article"] == {
        **article,
        "body": "At six.",
        "updatedAt": answer["article"]["updatedAt"],
    }
    assert await conduit.ask("GET", path) == answer


@pytest.mark.parametrize("field", ["title", "description"])
async def test_title_and_description_change(field: str, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token)
    path, changes = f"/articles/{article['slug']}", {"article": {field: "New words"}}
    answer = await conduit.ask("PUT", path, changes, token=token)

    assert answer == {"article": {**article, field: "New words"}}
    assert await conduit.ask("GET", f"/articles/{answer['article']['slug']}") == answer


async def test_tags_change_only_when_they_are_given(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    await conduit.publish(token, tagList=["rivers", "boats"])
    path = "/articles/down-the-river"

    async def tags_after(changes: dict[str, Any]) -> list[str]:
        answer = await conduit.ask("PUT", path, {"article": changes}, token=token)
        assert await conduit.ask("GET", path) == answer
        tags: list[str] = answer["article"]["tagList"]
        return tags

    assert await tags_after({"body": "At six."}) == ["rivers", "boats"]
    assert await tags_after({"tagList": ["boats", "rivers"]}) == ["boats", "rivers"]
    assert await tags_after({"tagList": []}) == []
    errors = await conduit.refused(
        "PUT", path, {"article": {"tagList": None}}, token=token, status=422
    )
    assert list(errors) == ["tagList"]


@pytest.mark.parametrize("field", ["title", "description", "body"])
@pytest.mark.parametrize("empty", ["", None])
async def test_nothing_of_an_article_is_lost(
    field: str, empty: str | None, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    article = await conduit.publish(token)
    path = f"/articles/{article['slug']}"

    errors = await conduit.refused(
        "PUT", path, {"article": {field: empty}}, token=token, status=422
    )
    assert errors == {field: BLANK}
    assert await conduit.ask("GET", path) == {"article": article}


async def test_a_deleted_article_is_gone_for_everybody(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    path = f"/articles/{(await conduit.publish(token))['slug']}"
    assert await conduit.ask("DELETE", path, token=token, status=204) is None

    for reader in ("", token):
        assert await conduit.refused("GET", path, token=reader, status=404) == NOT_FOUND
        errors = await conduit.refused("GET", f"{path}/comments", token=reader, status=404)
        assert errors == NOT_FOUND
        assert (await conduit.ask("GET", "/articles", token=reader))["articlesCount"] == 0
    said = {"comment": {"body": "Too late"}}
    for method, more, body in (
        ("PUT", "", {"article": {"body": "x"}}),
        ("DELETE", "", None),
        ("POST", "/favorite", None),
        ("DELETE", "/favorite", None),
        ("POST", "/comments", said),
        ("DELETE", "/comments/1", None),
    ):
        errors = await conduit.refused(method, path + more, body, token=token, status=404)
        assert errors == NOT_FOUND


async def test_nobody_changes_what_is_somebody_elses(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    article = await conduit.publish(anna)
    path, changes = f"/articles/{article['slug']}", {"article": {"body": "Hijacked"}}

    assert await conduit.refused("PUT", path, changes, token=bert, status=403) == FORBIDDEN
    assert await conduit.refused("DELETE", path, token=bert, status=403) == FORBIDDEN
    assert await conduit.ask("GET", path) == {"article": article}


async def test_readers_do_not_write(conduit: Conduit, make: Factory, sign_in: SignIn) -> None:
    token = sign_in(await make.user(Role.READER))["Authorization"].removeprefix("Bearer ")

    errors = await conduit.refused(
        "POST", "/articles", {"article": ARTICLE}, token=token, status=403
    )
    assert errors == FORBIDDEN


@pytest.mark.parametrize("slug", ["nothing", "no thing", "%00", "x" * 300, "%E2%80%A8"])
async def test_an_article_that_is_not_there(slug: str, conduit: Conduit) -> None:
    token, path = await conduit.join("anna"), f"/articles/{slug}"

    assert await conduit.refused("GET", path, status=404) == NOT_FOUND
    for method, more in (
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/favorite"),
        ("DELETE", "/favorite"),
    ):
        body = {"article": {"body": "x"}} if method == "PUT" else None
        errors = await conduit.refused(method, path + more, body, token=token, status=404)
        assert errors == NOT_FOUND


async def test_ids_are_no_slugs(conduit: Conduit, make: Factory) -> None:
    article = await make.article(await make.user())

    assert await conduit.refused("GET", f"/articles/{article.id}", status=404) == NOT_FOUND


async def test_drafts_are_nobody_elses_business(conduit: Conduit, make: Factory) -> None:
    draft = await make.draft(await make.user())
    token = await conduit.join("anna")

    for reader in ("", token):
        path = f"/articles/{draft.slug}"
        assert await conduit.refused("GET", path, token=reader, status=404) == NOT_FOUND


async def test_favourites(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    article = await conduit.publish(anna)
    path = f"/articles/{article['slug']}"
    liked = {"article": {**article, "favorited": True, "favoritesCount": 1}}
    by_another = {"article": {**article, "favoritesCount": 1}}

    assert await conduit.ask("POST", f"{path}/favorite", token=bert) == liked
    assert await conduit.ask("POST", f"{path}/favorite", token=bert) == liked
    assert await conduit.ask("GET", path, token=bert) == liked
    assert await conduit.ask("GET", path, token=anna) == by_another
    assert await conduit.ask("GET", path) == by_another
    changes = {"article": {"body": ARTICLE["body"]}}
    assert await conduit.ask("PUT", path, changes, token=anna) == by_another
    assert await conduit.ask("DELETE", f"{path}/favorite", token=bert) == {"article": article}
    assert await conduit.ask("DELETE", f"{path}/favorite", token=bert) == {"article": article}


async def test_following_shows_at_the_author(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    article = await conduit.publish(anna)
    path = f"/articles/{article['slug']}"
    await conduit.ask("PUT", "/user", {"user": {"bio": "Rivers"}}, token=anna)
    await conduit.ask("POST", "/profiles/anna/follow", token=bert)
    author = {"username": "anna", "bio": "Rivers", "image": None, "following": True}

    assert (await conduit.ask("GET", path, token=bert))["article"]["author"] == author
    [listed] = (await conduit.ask("GET", "/articles", token=bert))["articles"]
    assert listed["author"] == author
    liked = await conduit.ask("POST", f"{path}/favorite", token=bert)
    assert liked["article"]["author"] == author
    assert (await conduit.ask("GET", path))["article"]["author"] == {**author, "following": False}


async def test_tags_are_those_of_public_articles(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    assert await conduit.ask("GET", "/tags") == {"tags": []}
    await conduit.publish(token, tagList=["boats", "rivers"])
    gone = await conduit.publish(token, tagList=["rivers", "lakes"])
    assert await conduit.ask("GET", "/tags") == {"tags": ["rivers", "boats", "lakes"]}
    await conduit.ask("DELETE", f"/articles/{gone['slug']}", token=token, status=204)

    assert await conduit.ask("GET", "/tags", token=token) == {"tags": ["boats", "rivers"]}
