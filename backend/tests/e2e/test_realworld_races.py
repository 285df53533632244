"""The RealWorld API: what many ask for at once is as right as what they ask one by one."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conduit import (
    OPERATIONS,
    PASSWORD,
    TAKEN,
    Conduit,
    Json,
    Somebody,
    assert_errors,
    operation_of,
    slugs,
    unique,
)

pytest_plugins = ["tests.e2e.conduit"]

CROWD = 20
ROUNDS = 5

Request = tuple[str, Somebody | None, Json | None]
Crowd = Callable[[list[Request]], list[tuple[int, Json]]]


@pytest.fixture(scope="module")
def readers(conduit: Conduit) -> list[Somebody]:
    """Twenty people."""
    return [conduit.sign_up() for _ in range(CROWD)]


@pytest.fixture
def at_once(conduit: Conduit) -> Iterator[Crowd]:
    """Whatever is given is asked by twenty at once; every answer has a shape that is promised."""

    def ask(request: Request) -> tuple[int, Json]:
        call, by, body = request
        answer = conduit.send(call, by, body)
        assert answer.status_code < 500, f"{call}: {answer.text}"
        found: Json = answer.json() if answer.content else {}
        if answer.status_code >= 400:
            assert_errors(found)
        name = operation_of(call)
        assert answer.status_code >= 400 or answer.status_code == OPERATIONS[name].status
        conduit.tally.tick(name, answer.status_code)
        return answer.status_code, found

    with ThreadPoolExecutor(CROWD) as pool:
        yield lambda requests: list(pool.map(ask, requests))


def _statuses(answers: list[tuple[int, Json]]) -> Counter[int]:
    return Counter(status for status, _ in answers)


def test_100_favourites_of_20_readers_at_once_are_20(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    slug = conduit.publish(anna)["slug"]
    call = f"POST /articles/{slug}/favorite"
    answers = at_once([(call, reader, None) for _ in range(ROUNDS) for reader in readers])
    assert _statuses(answers) == {200: CROWD * ROUNDS}
    assert all(found["article"]["favorited"] for _, found in answers)
    assert conduit.read(slug)["favoritesCount"] == CROWD
    call = f"DELETE /articles/{slug}/favorite"
    answers = at_once([(call, reader, None) for _ in range(ROUNDS) for reader in readers])
    assert _statuses(answers) == {200: CROWD * ROUNDS}
    assert conduit.read(slug)["favoritesCount"] == 0


def test_100_toggles_at_once_leave_the_number_of_those_whose_favourite_it_is(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    slug = conduit.publish(anna)["slug"]
    calls = [f"{method} /articles/{slug}/favorite" for method in ("POST", "DELETE")]
    requests: list[Request] = [
        (calls[(turn + place) % 2], reader, None)
        for turn in range(ROUNDS)
        for place, reader in enumerate(readers)
    ]
    assert _statuses(at_once(requests)) == {200: CROWD * ROUNDS}
    flags = [conduit.read(slug, reader)["favorited"] for reader in readers]
    assert conduit.read(slug)["favoritesCount"] == sum(flags)
    listed = conduit.ask("GET /articles", author=anna.username)["articles"]
    assert listed[0]["favoritesCount"] == sum(flags)
    for reader, favorited in zip(readers, flags, strict=True):
        favourites = slugs(conduit.ask("GET /articles", favorited=reader.username))
        assert (slug in favourites) is favorited


def test_20_followers_at_once_all_follow(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    slug = conduit.publish(anna)["slug"]
    call = f"POST /profiles/{anna.username}/follow"
    answers = at_once([(call, reader, None) for _ in range(ROUNDS) for reader in readers])
    assert _statuses(answers) == {200: CROWD * ROUNDS}
    for reader in readers:
        assert slug in slugs(conduit.ask("GET /articles/feed", reader))


def test_a_storm_of_following_and_unfollowing_leaves_profile_and_feed_agreed(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    slug = conduit.publish(anna)["slug"]
    calls = [f"{method} /profiles/{anna.username}/follow" for method in ("POST", "DELETE")]
    requests: list[Request] = [
        (calls[(turn + place) % 2], reader, None)
        for turn in range(ROUNDS)
        for place, reader in enumerate(readers)
    ]
    assert _statuses(at_once(requests)) == {200: CROWD * ROUNDS}
    for reader in readers:
        profile = conduit.ask(f"GET /profiles/{anna.username}", reader)["profile"]
        feed = conduit.ask("GET /articles/feed", reader)
        assert (slug in slugs(feed)) is profile["following"]


def test_an_article_deleted_while_it_is_commented_and_favoured_takes_all_along(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    for _ in range(3):
        article = f"/articles/{conduit.publish(anna)['slug']}"
        words: Json = {"comment": {"body": "Is it still there?"}}
        requests: list[Request] = []
        for reader in readers[:10]:
            requests.append((f"POST {article}/comments", reader, words))
            requests.append((f"POST {article}/favorite", reader, None))
        requests.insert(len(requests) // 2, (f"DELETE {article}", anna, None))
        answers = at_once(requests)
        assert answers[len(requests) // 2] == (204, {})
        assert set(_statuses(answers)) <= {200, 201, 204, 404}
        gone = {"errors": {"article": ["not found"]}}
        assert all(found == gone for status, found in answers if status == 404)
        conduit.refused(f"GET {article}", 404, gone["errors"], anna)
        conduit.refused(f"GET {article}/comments", 404, gone["errors"])


def test_an_article_deleted_by_20_requests_at_once_is_deleted_once(
    conduit: Conduit, anna: Somebody, at_once: Crowd
) -> None:
    slug = conduit.publish(anna)["slug"]
    answers = at_once([(f"DELETE /articles/{slug}", anna, None)] * CROWD)
    assert _statuses(answers) == {204: 1, 404: CROWD - 1}


def test_comments_of_20_at_once_are_all_there_and_one_is_deleted_once(
    conduit: Conduit, anna: Somebody, readers: list[Somebody], at_once: Crowd
) -> None:
    comments = f"/articles/{conduit.publish(anna)['slug']}/comments"
    answers = at_once(
        [(f"POST {comments}", by, {"comment": {"body": by.username}}) for by in readers]
    )
    assert _statuses(answers) == {201: CROWD}
    listed = conduit.ask(f"GET {comments}")["comments"]
    assert {comment["body"] for comment in listed} == {reader.username for reader in readers}
    assert len(listed) == len({comment["id"] for comment in listed}) == CROWD
    first = f"DELETE {comments}/{answers[0][1]['comment']['id']}"
    assert _statuses(at_once([(first, readers[0], None)] * CROWD)) == {204: 1, 404: CROWD - 1}
    assert len(conduit.ask(f"GET {comments}")["comments"]) == CROWD - 1


def test_one_name_is_given_to_one_of_20(conduit: Conduit, at_once: Crowd) -> None:
    name = unique("u")
    answers = at_once(
        [
            (
                "POST /users",
                None,
                {"user": {"username": name, "email": f"{turn}{name}@test.com"} | _PASSWORD},
            )
            for turn in range(CROWD)
        ]
    )
    assert _statuses(answers) == {201: 1, 409: CROWD - 1}
    assert all(
        found == {"errors": {"username": TAKEN}} for status, found in answers if status == 409
    )
    assert conduit.ask(f"GET /profiles/{name}")["profile"]["username"] == name


def test_20_articles_of_one_title_and_one_tag_at_once_each_have_a_slug(
    conduit: Conduit, readers: list[Somebody], at_once: Crowd
) -> None:
    words: Json = {"title": unique("Same "), "description": "D", "body": "B"}
    tag = unique("t")
    body = {"article": words | {"tagList": [tag]}}
    answers = at_once([("POST /articles", reader, body) for reader in readers])
    assert _statuses(answers) == {201: CROWD}
    assert len({found["article"]["slug"] for _, found in answers}) == CROWD
    assert conduit.ask("GET /articles", tag=tag)["articlesCount"] == CROWD
    assert conduit.ask("GET /tags")["tags"].count(tag) == 1


_PASSWORD = {"password": PASSWORD}
