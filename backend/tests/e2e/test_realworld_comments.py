"""The RealWorld API: comments."""

import pytest

from tests.e2e.conduit import BLANK, Conduit, Json, Somebody, unique

pytest_plugins = ["tests.e2e.conduit"]

NO_ARTICLE = {"article": ["not found"]}
NO_COMMENT = {"comment": ["not found"]}


@pytest.fixture
def slug(conduit: Conduit, anna: Somebody) -> str:
    """An article of Anna's."""
    return str(conduit.publish(anna)["slug"])


def _comments(conduit: Conduit, slug: str, reader: Somebody | None = None) -> list[Json]:
    comments: list[Json] = conduit.ask(f"GET /articles/{slug}/comments", reader)["comments"]
    return comments


def test_a_new_article_has_none(conduit: Conduit, anna: Somebody, slug: str) -> None:
    assert _comments(conduit, slug) == _comments(conduit, slug, anna) == []


def test_a_comment_is_answered_as_it_is_listed(
    conduit: Conduit, anna: Somebody, ben: Somebody, slug: str
) -> None:
    comment = conduit.comment(slug, ben, "I was there, too.")
    assert comment["createdAt"] == comment["updatedAt"]
    assert comment["author"] == {
        "username": ben.username,
        "bio": None,
        "image": None,
        "following": False,
    }
    for reader in (ben, anna, None):
        assert _comments(conduit, slug, reader) == [comment]


@pytest.mark.parametrize(
    "body",
    [
        "One\n\nTwo",
        "*stars*, `code` & <b>tags</b>",
        "Ünïcödé 🦫",
        "A very long one. " * 120 + "End.",
    ],
)
def test_a_comment_is_kept_as_it_was_written(
    conduit: Conduit, ben: Somebody, slug: str, body: str
) -> None:
    conduit.comment(slug, ben, body)
    assert [comment["body"] for comment in _comments(conduit, slug)] == [body]


def test_each_comment_has_an_id_of_its_own(
    conduit: Conduit, anna: Somebody, ben: Somebody, slug: str
) -> None:
    said = [conduit.comment(slug, by, f"No. {place}") for place, by in enumerate((anna, ben, anna))]
    assert len({comment["id"] for comment in said}) == 3
    listed = sorted(_comments(conduit, slug), key=lambda comment: str(comment["body"]))
    assert listed == said


def test_comments_stay_with_their_article(conduit: Conduit, anna: Somebody, slug: str) -> None:
    elsewhere = conduit.publish(anna)["slug"]
    comment = conduit.comment(elsewhere, anna)
    assert _comments(conduit, slug) == []
    conduit.refused(f"DELETE /articles/{slug}/comments/{comment['id']}", 404, NO_COMMENT, anna)
    assert _comments(conduit, elsewhere) == [comment]


def test_who_wrote_a_comment_deletes_it(conduit: Conduit, ben: Somebody, slug: str) -> None:
    comment = conduit.comment(slug, ben)
    conduit.ask(f"DELETE /articles/{slug}/comments/{comment['id']}", ben)
    assert _comments(conduit, slug) == _comments(conduit, slug, ben) == []


def test_deleting_one_comment_leaves_the_others(conduit: Conduit, ben: Somebody, slug: str) -> None:
    first, second = (conduit.comment(slug, ben, body) for body in ("First", "Second"))
    conduit.ask(f"DELETE /articles/{slug}/comments/{first['id']}", ben)
    assert _comments(conduit, slug) == [second]


def test_a_deleted_comment_is_not_found(conduit: Conduit, ben: Somebody, slug: str) -> None:
    call = f"DELETE /articles/{slug}/comments/{conduit.comment(slug, ben)['id']}"
    conduit.ask(call, ben)
    conduit.refused(call, 404, NO_COMMENT, ben)


def test_somebody_elses_comment_is_forbidden_and_stays(
    conduit: Conduit, anna: Somebody, ben: Somebody, slug: str
) -> None:
    comment = conduit.comment(slug, anna)
    call = f"DELETE /articles/{slug}/comments/{comment['id']}"
    conduit.refused(call, 403, {"comment": ["forbidden"]}, ben)
    assert _comments(conduit, slug) == [comment]


@pytest.mark.parametrize("body", ["", "   ", "\n", None])
def test_an_empty_comment_is_refused(
    conduit: Conduit, ben: Somebody, slug: str, body: str | None
) -> None:
    call = f"POST /articles/{slug}/comments"
    conduit.refused(call, 422, {"body": BLANK}, ben, {"comment": {"body": body}})
    assert _comments(conduit, slug) == []


def test_a_comment_without_a_body_is_refused(conduit: Conduit, ben: Somebody, slug: str) -> None:
    call = f"POST /articles/{slug}/comments"
    conduit.refused(call, 422, {"body": BLANK}, ben, {"comment": {}})
    assert _comments(conduit, slug) == []


def test_what_a_comment_does_not_have_is_ignored(
    conduit: Conduit, ben: Somebody, slug: str
) -> None:
    wanted = {"body": "Well said.", "id": 1, "parent_id": 1, "status": "spam", "author": "root"}
    call = f"POST /articles/{slug}/comments"
    comment = conduit.ask(call, ben, {"comment": wanted})["comment"]
    assert comment["author"]["username"] == ben.username
    assert _comments(conduit, slug) == [comment]


def test_an_unknown_article_is_not_found(conduit: Conduit, ben: Somebody) -> None:
    comments = f"/articles/{unique('unknown-')}/comments"
    conduit.refused(f"GET {comments}", 404, NO_ARTICLE)
    conduit.refused(f"GET {comments}", 404, NO_ARTICLE, ben)
    conduit.refused(f"POST {comments}", 404, NO_ARTICLE, ben, {"comment": {"body": "Hello?"}})
    conduit.refused(f"DELETE {comments}/99999", 404, NO_ARTICLE, ben)


@pytest.mark.parametrize("number", ["0", "999999999", "-1", "9" * 30, "abc", "1.5"])
def test_an_unknown_comment_is_not_found(
    conduit: Conduit, anna: Somebody, slug: str, number: str
) -> None:
    conduit.refused(f"DELETE /articles/{slug}/comments/{number}", 404, NO_COMMENT, anna)


def test_comments_go_with_their_article(
    conduit: Conduit, anna: Somebody, ben: Somebody, slug: str
) -> None:
    comment = conduit.comment(slug, ben)
    conduit.ask(f"DELETE /articles/{slug}", anna)
    conduit.refused(f"GET /articles/{slug}/comments", 404, NO_ARTICLE)
    conduit.refused(f"DELETE /articles/{slug}/comments/{comment['id']}", 404, NO_ARTICLE, ben)
