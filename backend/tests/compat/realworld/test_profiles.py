"""Profiles and follows, as RealWorld has them."""

import pytest

from tests.compat.realworld.conftest import Conduit
from tests.factories import Factory

BERT = {"username": "bert", "bio": None, "image": None}
NOT_FOUND = {"profile": ["not found"]}
FOLLOW = "/profiles/bert/follow"


async def test_everybody_reads_a_profile(conduit: Conduit) -> None:
    token = await conduit.join("bert")
    image = "https://example.com/bert.jpg"
    await conduit.ask("PUT", "/user", {"user": {"bio": "Boats", "image": image}}, token=token)

    assert await conduit.ask("GET", "/profiles/bert") == {
        "profile": {"username": "bert", "bio": "Boats", "image": image, "following": False}
    }


async def test_a_profile_is_found_whatever_its_case(conduit: Conduit) -> None:
    await conduit.join("bert")

    assert (await conduit.ask("GET", "/profiles/BERT"))["profile"]["username"] == "bert"


async def test_following_and_leaving(conduit: Conduit) -> None:
    anna = await conduit.join("anna")
    await conduit.join("bert")
    followed = {"profile": {**BERT, "following": True}}
    left = {"profile": {**BERT, "following": False}}

    assert await conduit.ask("GET", "/profiles/bert", token=anna) == left
    assert await conduit.ask("POST", FOLLOW, token=anna) == followed
    assert await conduit.ask("POST", FOLLOW, token=anna) == followed
    assert await conduit.ask("GET", "/profiles/bert", token=anna) == followed
    assert await conduit.ask("GET", "/profiles/bert") == left
    assert await conduit.ask("DELETE", FOLLOW, token=anna) == left
    assert await conduit.ask("DELETE", FOLLOW, token=anna) == left
    assert await conduit.ask("GET", "/profiles/bert", token=anna) == left


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nobody_follows_themselves(method: str, conduit: Conduit) -> None:
    bert = await conduit.join("bert")

    errors = await conduit.refused(method, FOLLOW, token=bert, status=422)
    assert list(errors) == ["profile"]


@pytest.mark.parametrize("name", ["nobody", "no body", "%00", "x" * 300, "%F0%9F%9A%A3"])
async def test_somebody_who_is_not_there(name: str, conduit: Conduit) -> None:
    token = await conduit.join("anna")

    assert await conduit.refused("GET", f"/profiles/{name}", status=404) == NOT_FOUND
    for method in ("POST", "DELETE"):
        errors = await conduit.refused(method, f"/profiles/{name}/follow", token=token, status=404)
        assert errors == NOT_FOUND


async def test_ids_are_no_names(conduit: Conduit, make: Factory) -> None:
    user = await make.user()

    assert await conduit.refused("GET", f"/profiles/{user.id}", status=404) == NOT_FOUND
