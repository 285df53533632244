"""The RealWorld API: asked as the front ends that exist do ask, which is not always by the book."""

import pytest

from tests.e2e.conduit import Conduit, Json, Somebody, slugs, unique

pytest_plugins = ["tests.e2e.conduit"]


def test_a_slash_at_the_end_makes_no_difference(
    conduit: Conduit, anna: Somebody, ben: Somebody
) -> None:
    """Angular publishes by `POST /articles/`; a redirect would lose the body or the token."""
    words = {"title": unique("T "), "description": "D", "body": "B"}
    article = conduit.ask("POST /articles/", anna, {"article": words})["article"]
    slug = article["slug"]
    assert conduit.ask(f"GET /articles/{slug}/")["article"] == article
    assert slugs(conduit.ask("GET /articles/", author=anna.username)) == [slug]
    assert conduit.ask("GET /articles/feed/", ben)["articles"] == []
    said = {"comment": {"body": "Well said."}}
    comment = conduit.ask(f"POST /articles/{slug}/comments/", ben, said)["comment"]
    assert conduit.ask(f"GET /articles/{slug}/comments/")["comments"] == [comment]
    conduit.ask(f"DELETE /articles/{slug}/comments/{comment['id']}/", ben)
    assert conduit.ask("GET /user/", anna)["user"]["username"] == anna.username
    assert conduit.ask("GET /tags/")["tags"] == conduit.ask("GET /tags")["tags"]
    conduit.ask(f"DELETE /articles/{slug}/", anna)


@pytest.mark.parametrize("body", [None, b"", {}, {"article": {}}, b"null", b"not JSON"])
def test_a_body_that_nothing_needs_is_not_read(
    conduit: Conduit, anna: Somebody, ben: Somebody, body: object
) -> None:
    """Angular sends `{}` with each favourite and follow."""
    slug = conduit.publish(anna)["slug"]
    favoured = conduit.ask(f"POST /articles/{slug}/favorite", ben, body)["article"]
    assert (favoured["favorited"], favoured["favoritesCount"]) == (True, 1)
    plain = conduit.ask(f"DELETE /articles/{slug}/favorite", ben, body)["article"]
    assert (plain["favorited"], plain["favoritesCount"]) == (False, 0)
    for method, following in (("POST", True), ("DELETE", False)):
        call = f"{method} /profiles/{anna.username}/follow"
        assert conduit.ask(call, ben, body)["profile"]["following"] is following
    conduit.ask(f"DELETE /articles/{slug}", anna, body)


def test_a_filter_left_empty_is_none(conduit: Conduit, anna: Somebody) -> None:
    written = [conduit.publish(anna)["slug"] for _ in range(2)][::-1]
    listed = conduit.ask("GET /articles", tag="", author="", favorited="", limit=2)
    assert slugs(listed) == written
    assert listed["articlesCount"] >= 2
    listed = conduit.ask("GET /articles", author=anna.username, tag="", limit="", offset="")
    assert (slugs(listed), listed["articlesCount"]) == (written, 2)


def test_a_parameter_that_it_does_not_know_is_ignored(conduit: Conduit, anna: Somebody) -> None:
    slug = conduit.publish(anna)["slug"]
    listed = conduit.ask("GET /articles", author=anna.username, page=7, _=1)
    assert slugs(listed) == [slug]


def test_the_same_comment_twice_on_two_articles_is_two(conduit: Conduit, anna: Somebody) -> None:
    for _ in range(2):
        slug = conduit.publish(anna)["slug"]
        comment = conduit.comment(slug, anna, "First!")
        assert conduit.ask(f"GET /articles/{slug}/comments")["comments"] == [comment]


def test_the_form_of_settings_sends_everything_but_a_password(
    conduit: Conduit, anna: Somebody
) -> None:
    user = conduit.ask("GET /user", anna)["user"]
    form: Json = user | {"image": "", "bio": "New words"}
    changed = conduit.ask("PUT /user", anna, {"user": form})["user"]
    assert changed | {"token": ""} == user | {"bio": "New words", "token": ""}


def test_the_form_of_an_article_sends_everything_that_it_was_given(
    conduit: Conduit, anna: Somebody
) -> None:
    article = conduit.publish(anna, tagList=[unique("t"), unique("a")])
    form = article | {"tagList": article["tagList"][1:]}
    changed = conduit.ask(f"PUT /articles/{article['slug']}", anna, {"article": form})["article"]
    assert changed == form | {"updatedAt": changed["updatedAt"]}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json, text/plain, */*"},
        {"Accept": "*/*", "X-Requested-With": "XMLHttpRequest"},
        {"Content-Type": "application/json", "Accept-Language": "de"},
        {"Authorization": ""},
        {"Origin": "http://localhost:4200", "Referer": "http://localhost:4200/"},
        {"Accept": "text/html"},
    ],
)
def test_whatever_else_a_browser_sends_changes_nothing(
    conduit: Conduit, anna: Somebody, headers: dict[str, str]
) -> None:
    article = conduit.publish(anna)
    path = f"/articles/{article['slug']}"
    answer = conduit.send(f"GET {path}", headers)
    assert (answer.status_code, answer.json()) == (200, {"article": article})
    conduit.tally.tick("GET /articles/{slug}", 200)
    refused = {"errors": {"token": ["is missing"]}}
    answer = conduit.send(f"DELETE {path}", headers)
    assert (answer.status_code, answer.json()) == (401, refused)
    conduit.tally.tick("DELETE /articles/{slug}", 401)
