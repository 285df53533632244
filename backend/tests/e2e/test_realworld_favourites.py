"""The RealWorld API: favourites."""

import pytest

from tests.e2e.conduit import Conduit, Json, Somebody, slugs, unique

pytest_plugins = ["tests.e2e.conduit"]


@pytest.fixture
def article(conduit: Conduit, anna: Somebody) -> Json:
    """An article of Anna's."""
    return conduit.publish(anna, tagList=[unique("t")])


def _favour(conduit: Conduit, article: Json, reader: Somebody, *, wanted: bool = True) -> Json:
    call = f"{'POST' if wanted else 'DELETE'} /articles/{article['slug']}/favorite"
    answer: Json = conduit.ask(call, reader)["article"]
    return answer


def _listed(conduit: Conduit, article: Json, reader: Somebody | None) -> Json:
    author = article["author"]["username"]
    listed: Json = conduit.ask("GET /articles", reader, author=author)["articles"][0]
    return listed


def test_a_favourite_is_answered_and_remembered(
    conduit: Conduit, ben: Somebody, article: Json
) -> None:
    favoured = article | {"favorited": True, "favoritesCount": 1}
    assert _favour(conduit, article, ben) == favoured
    assert conduit.read(article["slug"], ben) == favoured


def test_it_is_one_for_whom_it_is_and_counted_for_all(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    _favour(conduit, article, ben)
    for reader, favorited in ((ben, True), (anna, False), (None, False)):
        for found in (
            conduit.read(article["slug"], reader),
            _listed(conduit, article, reader),
        ):
            assert (found["favorited"], found["favoritesCount"]) == (favorited, 1)


def test_it_can_be_taken_back(conduit: Conduit, ben: Somebody, article: Json) -> None:
    _favour(conduit, article, ben)
    assert _favour(conduit, article, ben, wanted=False) == article
    assert conduit.read(article["slug"], ben) == article


def test_twice_is_as_good_as_once(conduit: Conduit, ben: Somebody, article: Json) -> None:
    for wanted, count in ((True, 1), (False, 0)):
        for _ in range(2):
            answer = _favour(conduit, article, ben, wanted=wanted)
            assert (answer["favorited"], answer["favoritesCount"]) == (wanted, count)


def test_taking_back_what_never_was_changes_nothing(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    _favour(conduit, article, anna)
    answer = _favour(conduit, article, ben, wanted=False)
    assert (answer["favorited"], answer["favoritesCount"]) == (False, 1)


def test_each_reader_counts_the_author_too(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    readers = (anna, ben, conduit.sign_up())
    for count, reader in enumerate(readers, start=1):
        assert _favour(conduit, article, reader)["favoritesCount"] == count
    assert _favour(conduit, article, ben, wanted=False)["favoritesCount"] == 2
    assert conduit.read(article["slug"], anna)["favorited"] is True
    assert conduit.read(article["slug"], ben)["favorited"] is False


def test_a_list_shows_what_somebody_has_favoured(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    conduit.publish(anna)
    second = conduit.publish(ben)
    _favour(conduit, second, ben)
    _favour(conduit, article, ben)
    for reader, favorited in ((None, False), (anna, False), (ben, True)):
        listed = conduit.ask("GET /articles", reader, favorited=ben.username)
        assert set(slugs(listed)) == {article["slug"], second["slug"]}
        assert listed["articlesCount"] == 2
        flags = [(found["favorited"], found["favoritesCount"]) for found in listed["articles"]]
        assert flags == [(favorited, 1)] * 2


def test_that_list_comes_in_pages_and_in_combination(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    newer = conduit.publish(anna)
    for favourite in (article, newer):
        _favour(conduit, favourite, ben)
    page = conduit.ask("GET /articles", favorited=ben.username, limit=1, offset=1)
    assert (len(page["articles"]), page["articlesCount"]) == (1, 2)
    tag = article["tagList"][0]
    both = conduit.ask("GET /articles", favorited=ben.username, tag=tag, author=anna.username)
    assert (slugs(both), both["articlesCount"]) == ([article["slug"]], 1)


def test_what_is_taken_back_leaves_that_list(
    conduit: Conduit, ben: Somebody, article: Json
) -> None:
    _favour(conduit, article, ben)
    _favour(conduit, article, ben, wanted=False)
    listed = conduit.ask("GET /articles", ben, favorited=ben.username)
    assert listed == {"articles": [], "articlesCount": 0}


def test_what_is_deleted_leaves_that_list(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json
) -> None:
    _favour(conduit, article, ben)
    conduit.ask(f"DELETE /articles/{article['slug']}", anna)
    listed = conduit.ask("GET /articles", favorited=ben.username)
    assert listed == {"articles": [], "articlesCount": 0}


@pytest.mark.parametrize("name", ["nobody-at-all", "1", "me", "a b"])
def test_nobody_has_favoured_nothing(conduit: Conduit, name: str) -> None:
    listed = conduit.ask("GET /articles", favorited=name)
    assert listed == {"articles": [], "articlesCount": 0}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_unknown_article_is_not_found(conduit: Conduit, ben: Somebody, method: str) -> None:
    call = f"{method} /articles/{unique('unknown-')}/favorite"
    conduit.refused(call, 404, {"article": ["not found"]}, ben)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_deleted_article_is_not_found(
    conduit: Conduit, anna: Somebody, ben: Somebody, article: Json, method: str
) -> None:
    conduit.ask(f"DELETE /articles/{article['slug']}", anna)
    call = f"{method} /articles/{article['slug']}/favorite"
    conduit.refused(call, 404, {"article": ["not found"]}, ben)
