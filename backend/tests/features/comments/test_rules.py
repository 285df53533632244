"""Who sees and may what, decided without a database."""

from datetime import timedelta

import pytest

from app.core.config import Settings
from app.core.policy import Role
from app.features.comments import rules
from app.features.comments.schemas import Talk
from app.models import Article, Comment, CommentStatus, User
from tests.factories import EARLY_2026

HERS, OTHERS = 1, 2


def comment(**fields: object) -> Comment:
    return Comment(**{"id": 5, "author_id": HERS, "status": "visible", "depth": 1, **fields})


def talk(*, policy: str = "open", moderates: bool = False) -> Talk:
    return Talk(Article(author_ids=[9]), policy, HERS, moderates)


@pytest.mark.parametrize(
    ("fields", "everybody", "author", "moderator"),
    [
        ({}, True, True, True),
        ({"status": "pending"}, False, True, True),
        ({"status": "hidden"}, False, True, True),
        ({"status": "spam"}, False, True, True),
        ({"deleted_at": EARLY_2026}, False, False, False),
        ({"status": "pending", "author_id": None}, False, False, True),
    ],
)
def test_who_sees_what_a_comment_says(
    fields: dict[str, object], everybody: bool, author: bool, moderator: bool
) -> None:
    written = comment(**fields)
    assert rules.is_whole(written, None, moderates=False) is everybody
    assert rules.is_whole(written, OTHERS, moderates=False) is everybody
    assert rules.is_whole(written, HERS, moderates=False) is author
    assert rules.is_whole(written, OTHERS, moderates=True) is moderator


@pytest.mark.parametrize(
    ("role", "user_id", "expected"),
    [
        (Role.READER, 1, False),
        (Role.AUTHOR, 1, False),
        (Role.AUTHOR, 9, True),
        (Role.EDITOR, 1, True),
        (Role.ADMIN, 1, True),
    ],
)
def test_authors_of_the_article_and_editors_moderate(
    role: Role, user_id: int, expected: bool
) -> None:
    user = User(id=user_id, role=role)
    assert rules.may_moderate(Article(author_ids=[8, 9]), user) is expected


@pytest.mark.parametrize(
    ("policy", "moderates", "links", "first", "status"),
    [
        ("open", False, 0, False, CommentStatus.VISIBLE),
        ("open", False, 3, False, CommentStatus.VISIBLE),
        ("open", False, 4, False, CommentStatus.PENDING),
        ("open", False, 0, True, CommentStatus.PENDING),
        ("members", False, 0, False, CommentStatus.VISIBLE),
        ("moderated", False, 0, False, CommentStatus.PENDING),
        ("moderated", True, 4, True, CommentStatus.VISIBLE),
    ],
)
def test_how_a_comment_begins(
    settings: Settings, policy: str, moderates: bool, links: int, first: bool, status: CommentStatus
) -> None:
    here = talk(policy=policy, moderates=moderates)
    assert rules.status_of_new(here, settings, links=links, held_as_first=first) is status


@pytest.mark.parametrize("before", list(CommentStatus))
def test_a_change_never_brings_back_what_is_not_visible(
    settings: Settings, before: CommentStatus
) -> None:
    written = comment(status=before)
    changed = rules.status_of_changed(written, talk(), settings, links=0)
    assert changed == before
    held = rules.status_of_changed(written, talk(), settings, links=4)
    assert held == (CommentStatus.PENDING if before is CommentStatus.VISIBLE else before)
    by_moderator = rules.status_of_changed(written, talk(moderates=True), settings, links=4)
    assert by_moderator == before


def test_the_time_for_changes_ends(settings: Settings) -> None:
    written = comment(created_at=EARLY_2026)
    end = EARLY_2026 + timedelta(minutes=settings.comment_edit_minutes)
    assert rules.is_in_time(written, settings, end - timedelta(microseconds=1))
    assert not rules.is_in_time(written, settings, end)


def test_an_answer_stands_as_deep_as_it_may() -> None:
    line = [comment(depth=3), comment(depth=2), comment(depth=1)]
    assert rules.place_below(line, 4) is line[0]
    assert rules.place_below(line, 3) is line[1]
    assert rules.place_below(line, 2) is line[2]
    assert rules.place_below(line, 1) is None
    assert rules.place_below([], 3) is None
