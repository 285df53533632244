"""Who may write what, and what an address may be; no database is needed."""

from datetime import datetime, timedelta

import pytest

from app.core.text import MAX_SLUG_LENGTH
from app.features.articles import rules
from app.features.articles.schemas import RESERVED_SLUGS, check_slug
from app.models import Article, Role, User
from tests.factories import EARLY_2026

TOMORROW = EARLY_2026 + timedelta(days=1)
YESTERDAY = EARLY_2026 - timedelta(days=1)


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.READER, False), (Role.AUTHOR, True), (Role.EDITOR, True), (Role.ADMIN, True)],
)
def test_authors_may_write(role: Role, may: bool) -> None:
    assert rules.may_write(User(role=role)) is may


@pytest.mark.parametrize(
    ("user", "may"),
    [
        (User(id=1, role=Role.READER), True),
        (User(id=2, role=Role.AUTHOR), False),
        (User(id=2, role=Role.EDITOR), True),
        (User(id=2, role=Role.ADMIN), True),
    ],
)
def test_an_article_is_changed_by_its_author_and_editors(user: User, may: bool) -> None:
    assert rules.may_edit(Article(author_id=1), user) is may


@pytest.mark.parametrize("published_at", [None, TOMORROW])
def test_what_is_not_public_exists_for_those_who_may_change_it(
    published_at: datetime | None,
) -> None:
    hidden = Article(author_id=1, published=published_at is not None, published_at=published_at)
    assert not rules.may_read(hidden, None, EARLY_2026)
    assert not rules.may_read(hidden, User(id=2, role=Role.AUTHOR), EARLY_2026)
    assert rules.may_read(hidden, User(id=1, role=Role.AUTHOR), EARLY_2026)
    assert rules.may_read(hidden, User(id=2, role=Role.EDITOR), EARLY_2026)


def test_what_is_public_exists_for_everybody() -> None:
    public = Article(author_id=1, published=True, published_at=EARLY_2026)
    assert rules.may_read(public, None, EARLY_2026)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Down the River", "down-the-river"),
        ("\u00c7a va, Z\u00fcrich?", "ca-va-zurich"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", "privet"),
        ("\U0001f600\U0001f680", "article"),
        ("2026", "article-2026"),
        ("!?", "article"),
    ],
)
def test_an_address_is_made_of_the_title(title: str, slug: str) -> None:
    assert rules.base_slug(title) == slug


@pytest.mark.parametrize("title", ["word " * 40, "x" * 200, "\u5317" * 200])
def test_an_address_is_bounded(title: str) -> None:
    slug = rules.base_slug(title)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert not slug.endswith("-")


@pytest.mark.parametrize("slug", ["2026", *sorted(RESERVED_SLUGS)])
def test_what_an_address_means_otherwise_is_no_slug(slug: str) -> None:
    with pytest.raises(ValueError, match=r"digits|reserved"):
        check_slug(slug)


def test_any_other_slug_can_be_chosen() -> None:
    assert check_slug("new-rivers-2026") == "new-rivers-2026"


@pytest.mark.parametrize(
    ("published", "given", "expected"),
    [(True, None, EARLY_2026), (True, TOMORROW, TOMORROW), (True, YESTERDAY, YESTERDAY),
     (False, None, None), (False, TOMORROW, TOMORROW)],
)  # fmt: skip
def test_what_is_published_undated_is_public_at_once(
    published: bool, given: datetime | None, expected: datetime | None
) -> None:
    when = rules.publication_date(published=published, published_at=given, at=EARLY_2026)
    assert when == expected
