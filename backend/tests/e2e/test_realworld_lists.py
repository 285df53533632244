"""The RealWorld API: lists of articles, their filters and their pages."""

import pytest

from tests.e2e.conduit import Conduit, Json, Somebody, slugs, unique

pytest_plugins = ["tests.e2e.conduit"]

EMPTY = {"articles": [], "articlesCount": 0}


@pytest.fixture
def three(conduit: Conduit, anna: Somebody) -> list[Json]:
    """Three articles of Anna's, the newest first."""
    return [conduit.publish(anna) for _ in range(3)][::-1]


def _listed(article: Json) -> Json:
    return {key: value for key, value in article.items() if key != "body"}


def test_the_newest_article_comes_first(conduit: Conduit, anna: Somebody) -> None:
    article = conduit.publish(anna, tagList=[unique("b"), unique("a")])
    for reader in (None, anna):
        listed = conduit.ask("GET /articles", reader)
        assert listed["articles"][0] == _listed(article)
        assert listed["articlesCount"] >= len(listed["articles"]) >= 1


def test_a_list_shows_what_an_article_shows_except_its_body(
    conduit: Conduit, anna: Somebody, ben: Somebody, three: list[Json]
) -> None:
    conduit.ask(f"POST /articles/{three[1]['slug']}/favorite", ben)
    conduit.ask(f"POST /profiles/{anna.username}/follow", ben)
    for reader in (None, anna, ben):
        listed = conduit.ask("GET /articles", reader, author=anna.username)
        articles = [conduit.read(slug, reader) for slug in slugs(listed)]
        assert listed["articles"] == list(map(_listed, articles))
        assert slugs(listed) == [article["slug"] for article in three]


def test_a_list_without_a_filter_shows_everybodys(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    before = conduit.ask("GET /articles", limit=1)["articlesCount"]
    written = [conduit.publish(by)["slug"] for by in (anna, ben)]
    listed = conduit.ask("GET /articles", limit=2)
    assert (slugs(listed), listed["articlesCount"]) == (written[::-1], before + 2)


def test_an_author_has_what_that_one_wrote(
    conduit: Conduit, anna: Somebody, ben: Somebody, three: list[Json]
) -> None:
    conduit.publish(ben)
    for reader in (None, anna, ben):
        listed = conduit.ask("GET /articles", reader, author=anna.username)
        assert slugs(listed) == [article["slug"] for article in three]
        assert listed["articlesCount"] == 3
        assert {found["author"]["username"] for found in listed["articles"]} == {anna.username}


def test_a_tag_has_what_is_tagged_with_it(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    tag, other = unique("d_"), unique("t_")
    tagged = [conduit.publish(by, tagList=[other, tag])["slug"] for by in (anna, ben)]
    conduit.publish(anna, tagList=[other])
    for reader in (None, anna):
        listed = conduit.ask("GET /articles", reader, tag=tag)
        assert (slugs(listed), listed["articlesCount"]) == (tagged[::-1], 2)
        assert [found["tagList"] for found in listed["articles"]] == [[other, tag]] * 2


def test_filters_narrow_each_other(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    tag = unique("t")
    wanted = conduit.publish(anna, tagList=[tag])["slug"]
    conduit.publish(ben, tagList=[tag])
    conduit.publish(anna)
    listed = conduit.ask("GET /articles", author=anna.username, tag=tag)
    assert (slugs(listed), listed["articlesCount"]) == ([wanted], 1)
    assert conduit.ask("GET /articles", author=ben.username, tag=unique("t")) == EMPTY


@pytest.mark.parametrize("key", ["tag", "author", "favorited"])
def test_a_filter_that_fits_nothing_gives_an_empty_list(
    conduit: Conduit, anna: Somebody, three: list[Json], key: str
) -> None:
    for reader in (None, anna):
        assert conduit.ask("GET /articles", reader, **{key: unique("nothing")}) == EMPTY


@pytest.mark.parametrize("author", ["1", "me", "a b"])
def test_only_usernames_name_authors(conduit: Conduit, three: list[Json], author: str) -> None:
    assert conduit.ask("GET /articles", author=author) == EMPTY


def test_a_page_is_20_unless_another_size_is_asked_for(conduit: Conduit, anna: Somebody) -> None:
    written = [conduit.publish(anna)["slug"] for _ in range(22)][::-1]
    pages: list[tuple[Json, list[str]]] = [
        ({}, written[:20]),
        ({"limit": "", "offset": ""}, written[:20]),
        ({"offset": 20}, written[20:]),
        ({"limit": 5}, written[:5]),
        ({"limit": 21}, written[:21]),
        ({"limit": 5, "offset": 3}, written[3:8]),
    ]
    for query, page in pages:
        listed = conduit.ask("GET /articles", author=anna.username, **query)
        assert (slugs(listed), listed["articlesCount"]) == (page, 22)


def test_pages_follow_each_other_and_count_all(
    conduit: Conduit, anna: Somebody, three: list[Json]
) -> None:
    for reader in (None, anna):
        for offset, article in enumerate(three):
            page = conduit.ask(
                "GET /articles", reader, author=anna.username, limit=1, offset=offset
            )
            assert page == {"articles": [_listed(article)], "articlesCount": 3}


def test_after_the_last_page_there_is_nothing_but_the_count(
    conduit: Conduit, anna: Somebody, three: list[Json]
) -> None:
    for offset in (3, 1000, 10**30):
        page = conduit.ask("GET /articles", author=anna.username, offset=offset)
        assert page == {"articles": [], "articlesCount": 3}


@pytest.mark.parametrize("call", ["GET /articles", "GET /articles/feed"])
@pytest.mark.parametrize("key", ["limit", "offset"])
@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
def test_a_page_that_is_none_is_refused(
    conduit: Conduit, anna: Somebody, call: str, key: str, value: str
) -> None:
    errors = conduit.refused(call, 422, None, anna, **{key: value})
    assert set(errors) == {key}


def test_changing_an_article_does_not_move_it(
    conduit: Conduit, anna: Somebody, three: list[Json]
) -> None:
    oldest = three[-1]["slug"]
    conduit.ask(f"PUT /articles/{oldest}", anna, {"article": {"body": "Edited"}})
    listed = conduit.ask("GET /articles", author=anna.username)
    assert slugs(listed) == [article["slug"] for article in three]
