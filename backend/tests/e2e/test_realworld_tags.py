"""The RealWorld API: all tags."""

from tests.e2e.conduit import Conduit, Somebody, unique

pytest_plugins = ["tests.e2e.conduit"]


def test_tags_hold_each_tag_of_an_article_once(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    tags = [unique("h_"), unique("t_"), unique("Big "), unique("ünï-")]
    conduit.publish(anna, tagList=tags)
    conduit.publish(ben, tagList=tags[::-1])
    for reader in (None, anna):
        found = conduit.ask("GET /tags", reader)["tags"]
        assert set(tags) <= set(found)
        assert len(found) == len(set(found))


def test_tags_hold_what_a_change_has_brought(conduit: Conduit, anna: Somebody) -> None:
    slug = conduit.publish(anna)["slug"]
    tag = unique("t")
    assert tag not in conduit.ask("GET /tags")["tags"]
    conduit.ask(f"PUT /articles/{slug}", anna, {"article": {"tagList": [tag]}})
    assert tag in conduit.ask("GET /tags")["tags"]


def test_tags_hold_nothing_that_nobody_has_used(conduit: Conduit) -> None:
    tag = unique("t")
    assert conduit.ask("GET /articles", tag=tag)["articlesCount"] == 0
    assert tag not in conduit.ask("GET /tags")["tags"]
