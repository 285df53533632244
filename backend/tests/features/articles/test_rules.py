"""Who may read and change what; no database is needed."""

from datetime import datetime, timedelta

import pytest

from app.core.policy import Role
from app.features.articles import rules
from app.models import Article, User
from tests.factories import EARLY_2026

TOMORROW = EARLY_2026 + timedelta(days=1)


@pytest.mark.parametrize(
    ("user", "may"),
    [
        (User(id=1, role=Role.READER), True),
        (User(id=3, role=Role.AUTHOR), True),
        (User(id=2, role=Role.AUTHOR), False),
        (User(id=2, role=Role.EDITOR), True),
        (User(id=2, role=Role.ADMIN), True),
    ],
)
def test_an_article_is_changed_by_its_authors_and_editors(user: User, may: bool) -> None:
    assert rules.may_edit(Article(author_ids=[1, 3]), user) is may


@pytest.mark.parametrize("published_at", [None, TOMORROW])
def test_what_is_not_public_exists_for_those_who_may_change_it(
    published_at: datetime | None,
) -> None:
    hidden = Article(author_ids=[1], published=published_at is not None, published_at=published_at)
    assert not rules.may_read(hidden, None, EARLY_2026)
    assert not rules.may_read(hidden, User(id=2, role=Role.AUTHOR), EARLY_2026)
    assert rules.may_read(hidden, User(id=1, role=Role.AUTHOR), EARLY_2026)
    assert rules.may_read(hidden, User(id=2, role=Role.EDITOR), EARLY_2026)


def test_what_is_public_exists_for_everybody() -> None:
    public = Article(author_ids=[1], published=True, published_at=EARLY_2026)
    assert rules.may_read(public, None, EARLY_2026)
