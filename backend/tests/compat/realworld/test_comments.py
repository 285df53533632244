"""Comments, as RealWorld has them."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.policy import Role
from tests.compat.realworld.conftest import Conduit
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

ANNA = {"username": "anna", "bio": None, "image": None, "following": False}
NOT_FOUND = {"comment": ["not found"]}


async def listed(conduit: Conduit, slug: str, token: str = "") -> list[dict[str, Any]]:
    """Return the comments on an article."""
    answer = await conduit.ask("GET", f"/articles/{slug}/comments", token=token)
    assert list(answer) == ["comments"]
    comments: list[dict[str, Any]] = answer["comments"]
    return comments


async def test_a_comment(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]
    comment = await conduit.say(token, slug, "Did you see the *otters*?")

    assert isinstance(comment["id"], int)
    assert comment["createdAt"].endswith(".000Z")
    assert comment == {
        "id": comment["id"],
        "body": "Did you see the *otters*?",
        "createdAt": comment["createdAt"],
        "updatedAt": comment["createdAt"],
        "author": ANNA,
    }
    assert await listed(conduit, slug) == [comment]
    assert await listed(conduit, slug, token) == [comment]


async def test_comments_stand_in_their_order(conduit: Conduit, clock: MovableClock) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    slug = (await conduit.publish(anna))["slug"]
    said = []
    for token, words in ((anna, "one"), (bert, "two"), (anna, "three")):
        clock.move(timedelta(seconds=1))
        said.append(await conduit.say(token, slug, words))

    assert await listed(conduit, slug) == said
    await conduit.ask("POST", "/profiles/anna/follow", token=bert)
    following = [comment["author"]["following"] for comment in await listed(conduit, slug, bert)]
    assert following == [True, False, True]


async def test_a_comment_of_one_letter(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]

    assert (await conduit.say(token, slug, "b"))["body"] == "b"


@pytest.mark.parametrize("comment", [{"body": ""}, {"body": "  "}, {"body": None}, {}])
async def test_no_comment_without_words(comment: dict[str, str | None], conduit: Conduit) -> None:
    token = await conduit.join("anna")
    path = f"/articles/{(await conduit.publish(token))['slug']}/comments"

    errors = await conduit.refused("POST", path, {"comment": comment}, token=token, status=422)
    assert errors == {"body": ["can't be blank"]}


@pytest.mark.parametrize("words", ["x" * 10_001, "\x00", 7, ["x"]])
async def test_what_no_comment_can_say(words: object, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    path = f"/articles/{(await conduit.publish(token))['slug']}/comments"

    errors = await conduit.refused(
        "POST", path, {"comment": {"body": words}}, token=token, status=422
    )
    assert list(errors) == ["body"]


async def test_comments_on_what_is_not_there(conduit: Conduit) -> None:
    token, path = await conduit.join("anna"), "/articles/nothing/comments"
    missing = {"article": ["not found"]}

    assert await conduit.refused("GET", path, status=404) == missing
    assert await conduit.refused("GET", path, token=token, status=404) == missing
    said = {"comment": {"body": "Hello?"}}
    assert await conduit.refused("POST", path, said, token=token, status=404) == missing
    assert await conduit.refused("DELETE", f"{path}/1", token=token, status=404) == missing


async def test_a_comment_is_deleted(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]
    first, second = await conduit.say(token, slug, "one"), await conduit.say(token, slug, "two")
    path = f"/articles/{slug}/comments/{first['id']}"
    assert await conduit.ask("DELETE", path, token=token, status=204) is None

    assert await listed(conduit, slug) == [second]
    assert await conduit.refused("DELETE", path, token=token, status=404) == NOT_FOUND


@pytest.mark.parametrize("id_", ["99999", "0", "-1", "x", "1.5", "9" * 40, "%00"])
async def test_a_comment_that_is_not_there(id_: str, conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]

    errors = await conduit.refused(
        "DELETE", f"/articles/{slug}/comments/{id_}", token=token, status=404
    )
    assert errors == NOT_FOUND


async def test_a_comment_belongs_to_its_article(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug, other = [(await conduit.publish(token))["slug"] for _ in range(2)]
    comment = await conduit.say(token, slug, "Here")

    path = f"/articles/{other}/comments/{comment['id']}"
    assert await conduit.refused("DELETE", path, token=token, status=404) == NOT_FOUND
    assert await listed(conduit, slug) == [comment]


async def test_a_comment_on_what_is_in_the_bin_stays(conduit: Conduit) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]
    comment = await conduit.say(token, slug, "Here")
    await conduit.ask("DELETE", f"/articles/{slug}", token=token, status=204)

    path = f"/articles/{slug}/comments/{comment['id']}"
    errors = await conduit.refused("DELETE", path, token=token, status=404)
    assert errors == {"article": ["not found"]}


async def test_nobody_deletes_what_others_say(conduit: Conduit) -> None:
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    slug = (await conduit.publish(anna))["slug"]
    comment = await conduit.say(anna, slug, "Mine")

    errors = await conduit.refused(
        "DELETE", f"/articles/{slug}/comments/{comment['id']}", token=bert, status=403
    )
    assert errors == {"comment": ["forbidden"]}
    assert await listed(conduit, slug) == [comment]


async def test_readers_comment_too(conduit: Conduit, make: Factory, sign_in: SignIn) -> None:
    slug = (await make.article(await make.user())).slug
    token = sign_in(await make.user(Role.READER))["Authorization"].removeprefix("Bearer ")

    comment = await conduit.say(token, slug, "Hello")
    assert await listed(conduit, slug) == [comment]


async def test_where_comments_are_closed(conduit: Conduit, make: Factory, sign_in: SignIn) -> None:
    author = await make.user()
    slug = (await make.article(author, comment_policy="closed")).slug
    token = sign_in(author)["Authorization"].removeprefix("Bearer ")
    said = {"comment": {"body": "Hello?"}}

    path = f"/articles/{slug}/comments"
    assert list(await conduit.refused("POST", path, said, token=token, status=403)) == ["comment"]


async def test_what_somebody_said_who_is_gone(conduit: Conduit, client: Any) -> None:  # noqa: ANN401
    anna, bert = await conduit.join("anna"), await conduit.join("bert")
    slug = (await conduit.publish(anna))["slug"]
    await conduit.say(bert, slug, "Farewell")
    headers = {"Authorization": f"Bearer {bert}"}
    assert (await client.delete("/api/v1/users/me", headers=headers)).status_code == 204

    [comment] = await listed(conduit, slug)
    assert comment["body"] == "Farewell"
    assert comment["author"]["username"] == "[deleted]"
