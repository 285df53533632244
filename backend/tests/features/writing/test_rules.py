"""Who may write what, and what an address may be; no database is needed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.core.policy import Role
from app.core.text import MAX_SLUG_LENGTH, ROOM_FOR_A_NUMBER
from app.features.writing import rules
from app.features.writing.errors import ForEditors
from app.features.writing.schemas import RESERVED_SLUGS, ArticleSlug
from app.models import User
from tests.factories import EARLY_2026

CHOSEN: TypeAdapter[str] = TypeAdapter(ArticleSlug)
TOMORROW = EARLY_2026 + timedelta(days=1)
YESTERDAY = EARLY_2026 - timedelta(days=1)


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.READER, False), (Role.AUTHOR, True), (Role.EDITOR, True), (Role.ADMIN, True)],
)
def test_authors_may_write(role: Role, may: bool) -> None:
    assert rules.may_write(User(role=role)) is may


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
        CHOSEN.validate_python(slug)


def test_any_other_slug_can_be_chosen() -> None:
    assert CHOSEN.validate_python("new-rivers-2026") == "new-rivers-2026"


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


def _state(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
    return {"featured": False, "pinned": False, "authors": [1, 2], **fields}


@pytest.mark.parametrize(
    "changes",
    [{}, {"title": "Up"}, {"featured": False}, {"authors": [1]}, {"authors": [1, 3, 2]}],
    ids=str,
)
def test_whoever_edits_decides_the_rest(changes: dict[str, Any]) -> None:
    rules.refuse_what_editors_decide(changes, _state())


@pytest.mark.parametrize(
    "changes",
    [{"featured": True}, {"pinned": True}, {"authors": [2, 1]}, {"authors": [3]}, {"authors": []}],
    ids=str,
)
def test_editors_feature_pin_and_hand_over(changes: dict[str, Any]) -> None:
    with pytest.raises(ForEditors):
        rules.refuse_what_editors_decide(changes, _state())


@pytest.mark.parametrize(
    ("authors", "kept"), [([2, 1, 3], [1, 2, 3]), ([], [1]), ([1, 2, 2, 1], [1, 2])]
)
def test_the_owner_stands_first(authors: list[int], kept: list[int]) -> None:
    assert rules.owned_first(1, authors) == kept


def test_null_clears_a_part_of_meta() -> None:
    before = {"title": "T", "og_title": "O"}
    assert rules.changes_of_meta(before, {"og_title": None, "robots": "noindex,follow"}) == {
        "title": "T", "robots": "noindex,follow",
    }  # fmt: skip


@pytest.mark.parametrize("wanted", [{}, {"title": "Mine"}, {"robots": "noindex,follow"}])
def test_a_whole_meta_takes_the_place_of_any_other(wanted: dict[str, Any]) -> None:
    before = {"title": "T", "og_title": "O"}
    assert rules.changes_of_meta(before, rules.whole_meta(wanted)) == wanted


def test_what_is_near_a_slug_leaves_room_for_a_number() -> None:
    slugs = rules.near("x" * MAX_SLUG_LENGTH)
    assert slugs.wanted == "x" * MAX_SLUG_LENGTH
    assert len(slugs.stem) == MAX_SLUG_LENGTH - ROOM_FOR_A_NUMBER
    assert slugs.spare.startswith(f"{slugs.stem}-")
    assert len(slugs.spare) <= MAX_SLUG_LENGTH
    assert rules.near("river").spare != rules.near("river").spare
