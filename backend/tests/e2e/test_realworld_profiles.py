"""The RealWorld API: profiles, and following them."""

import pytest

from tests.e2e.conduit import Conduit, Json, Somebody, unique

pytest_plugins = ["tests.e2e.conduit"]

NOT_FOUND = {"profile": ["not found"]}


def _profile(conduit: Conduit, whose: Somebody, reader: Somebody | None = None) -> Json:
    profile: Json = conduit.ask(f"GET /profiles/{whose.username}", reader)["profile"]
    return profile


def test_everybody_sees_a_profile(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    new = {"username": anna.username, "bio": None, "image": None, "following": False}
    assert _profile(conduit, anna) == new
    assert _profile(conduit, anna, ben) == new
    assert _profile(conduit, anna, anna) == new


def test_a_profile_shows_what_its_owner_has_changed(conduit: Conduit, anna: Somebody) -> None:
    shown = {"bio": "I write.\n\nAbout rivers.", "image": "https://example.com/anna.jpg"}
    conduit.ask("PUT /user", anna, {"user": shown})
    assert _profile(conduit, anna) == {"username": anna.username, "following": False, **shown}
    conduit.ask("PUT /user", anna, {"user": {"bio": "", "image": None}})
    assert _profile(conduit, anna)["bio"] is None
    assert _profile(conduit, anna)["image"] is None


def test_a_profile_moves_with_its_name(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    conduit.ask(f"POST /profiles/{anna.username}/follow", ben)
    conduit.ask("PUT /user", anna, {"user": {"username": f"{anna.username}.new"}})
    assert conduit.ask(f"GET /profiles/{anna.username}.new", ben)["profile"]["following"] is True
    conduit.refused(f"GET /profiles/{anna.username}", 404, NOT_FOUND)


def test_following_is_answered_and_remembered(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    answer = conduit.ask(f"POST /profiles/{anna.username}/follow", ben)["profile"]
    followed = {"username": anna.username, "bio": None, "image": None, "following": True}
    assert answer == followed
    assert _profile(conduit, anna, ben) == followed


def test_unfollowing_is_answered_and_remembered(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    conduit.ask(f"POST /profiles/{anna.username}/follow", ben)
    answer = conduit.ask(f"DELETE /profiles/{anna.username}/follow", ben)["profile"]
    assert answer == {"username": anna.username, "bio": None, "image": None, "following": False}
    assert _profile(conduit, anna, ben)["following"] is False


@pytest.mark.parametrize(("method", "following"), [("POST", True), ("DELETE", False)])
def test_twice_is_as_good_as_once(
    conduit: Conduit, anna: Somebody, ben: Somebody, method: str, following: bool
) -> None:
    for _ in range(2):
        answer = conduit.ask(f"{method} /profiles/{anna.username}/follow", ben)
        assert answer["profile"]["following"] is following
    assert _profile(conduit, anna, ben)["following"] is following


def test_only_who_follows_sees_it(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    conduit.ask(f"POST /profiles/{anna.username}/follow", ben)
    assert _profile(conduit, anna)["following"] is False
    assert _profile(conduit, anna, anna)["following"] is False
    assert _profile(conduit, anna, conduit.sign_up())["following"] is False
    assert _profile(conduit, ben, anna)["following"] is False


def test_whom_one_follows_is_so_wherever_an_author_stands(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    article = conduit.publish(anna)
    conduit.comment(article["slug"], anna)
    conduit.ask(f"POST /profiles/{anna.username}/follow", ben)
    for reader, following in ((ben, True), (anna, False), (None, False)):
        one = conduit.read(article["slug"], reader)
        listed = conduit.ask("GET /articles", reader, author=anna.username)["articles"][0]
        said = conduit.ask(f"GET /articles/{article['slug']}/comments", reader)["comments"][0]
        profiles = [found["author"] for found in (one, listed, said)]
        assert profiles == [_profile(conduit, anna, reader)] * 3
        assert profiles[0]["following"] is following


@pytest.mark.parametrize("call", ["GET /profiles/{}", "POST /profiles/{}/follow"])
def test_nobody_is_not_found(conduit: Conduit, anna: Somebody, call: str) -> None:
    conduit.refused(call.format(unique("nobody")), 404, NOT_FOUND, anna)


def test_nobody_is_not_found_by_those_who_are_not_signed_in(conduit: Conduit) -> None:
    conduit.refused(f"GET /profiles/{unique('nobody')}", 404, NOT_FOUND)


def test_nobody_cannot_be_unfollowed(conduit: Conduit, anna: Somebody) -> None:
    conduit.refused(f"DELETE /profiles/{unique('nobody')}/follow", 404, NOT_FOUND, anna)


@pytest.mark.parametrize("name", ["1", "2", "me", "0", "99999999999999999999", "a%20b"])
def test_only_usernames_name_profiles(conduit: Conduit, anna: Somebody, name: str) -> None:
    """Galley's own API takes ids, too; here they are no names."""
    conduit.refused(f"GET /profiles/{name}", 404, NOT_FOUND, anna)
    conduit.refused(f"POST /profiles/{name}/follow", 404, NOT_FOUND, anna)
    conduit.refused(f"DELETE /profiles/{name}/follow", 404, NOT_FOUND, anna)
