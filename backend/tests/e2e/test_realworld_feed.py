"""The RealWorld API: the feed of those whom one follows."""

from tests.e2e.conduit import MISSING, Conduit, Somebody, slugs

pytest_plugins = ["tests.e2e.conduit"]

EMPTY = {"articles": [], "articlesCount": 0}


def _follow(conduit: Conduit, author: Somebody, reader: Somebody) -> None:
    conduit.ask(f"POST /profiles/{author.username}/follow", reader)


def test_a_newcomers_feed_is_empty(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    conduit.publish(ben)
    assert conduit.ask("GET /articles/feed", anna) == EMPTY


def test_a_feed_needs_a_token(conduit: Conduit) -> None:
    conduit.refused("GET /articles/feed", 401, MISSING)
    conduit.refused("GET /articles/feed", 401, MISSING, limit=1, offset=1)


def test_a_feed_shows_what_those_wrote_whom_one_follows(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    older = conduit.publish(anna)
    _follow(conduit, anna, ben)
    newer = conduit.publish(anna)
    feed = conduit.ask("GET /articles/feed", ben)
    assert slugs(feed) == [newer["slug"], older["slug"]]
    assert feed["articlesCount"] == 2
    for found, article in zip(feed["articles"], (newer, older), strict=True):
        author = article.pop("author") | {"following": True}
        article.pop("body")
        assert found == article | {"author": author}


def test_a_feed_mixes_authors_and_leaves_out_strangers_and_oneself(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    friends = [anna, conduit.sign_up()]
    for friend in friends:
        _follow(conduit, friend, ben)
    written = [conduit.publish(by)["slug"] for by in (*friends, conduit.sign_up(), ben, *friends)]
    feed = conduit.ask("GET /articles/feed", ben)
    assert slugs(feed) == [written[5], written[4], written[1], written[0]]
    assert feed["articlesCount"] == 4


def test_following_goes_one_way(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    _follow(conduit, anna, ben)
    conduit.publish(ben)
    assert conduit.ask("GET /articles/feed", anna) == EMPTY


def test_a_feed_comes_in_pages_and_counts_all(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    _follow(conduit, anna, ben)
    written = [conduit.publish(anna)["slug"] for _ in range(3)][::-1]
    for offset, slug in enumerate(written):
        page = conduit.ask("GET /articles/feed", ben, limit=1, offset=offset)
        assert (slugs(page), page["articlesCount"]) == ([slug], 3)
        assert page["articles"][0]["author"]["following"] is True
    beyond = conduit.ask("GET /articles/feed", ben, offset=3)
    assert beyond == {"articles": [], "articlesCount": 3}


def test_a_page_of_a_feed_is_20_unless_another_size_is_asked_for(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    _follow(conduit, anna, ben)
    written = [conduit.publish(anna)["slug"] for _ in range(21)][::-1]
    feed = conduit.ask("GET /articles/feed", ben)
    assert (slugs(feed), feed["articlesCount"]) == (written[:20], 21)
    assert slugs(conduit.ask("GET /articles/feed", ben, offset=20)) == written[20:]
    assert slugs(conduit.ask("GET /articles/feed", ben, limit=21)) == written


def test_a_feed_tells_what_its_reader_has_favoured(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    _follow(conduit, anna, ben)
    slug = conduit.publish(anna)["slug"]
    other = conduit.publish(anna)["slug"]
    conduit.ask(f"POST /articles/{slug}/favorite", ben)
    conduit.ask(f"POST /articles/{other}/favorite", anna)
    flags = {
        found["slug"]: (found["favorited"], found["favoritesCount"])
        for found in conduit.ask("GET /articles/feed", ben)["articles"]
    }
    assert flags == {slug: (True, 1), other: (False, 1)}


def test_unfollowing_empties_the_feed(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    _follow(conduit, anna, ben)
    conduit.publish(anna)
    assert conduit.ask("GET /articles/feed", ben)["articlesCount"] == 1
    conduit.ask(f"DELETE /profiles/{anna.username}/follow", ben)
    assert conduit.ask("GET /articles/feed", ben) == EMPTY


def test_a_deleted_article_leaves_the_feed(conduit: Conduit, anna: Somebody, ben: Somebody) -> None:
    _follow(conduit, anna, ben)
    slug = conduit.publish(anna)["slug"]
    conduit.ask(f"DELETE /articles/{slug}", anna)
    assert conduit.ask("GET /articles/feed", ben) == EMPTY
