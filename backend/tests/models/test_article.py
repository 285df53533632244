"""Who can see which article: decided once, in Python and in SQL alike."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EDITABLE, Address, Article, ImportedArticle, Status, User
from tests.factories import EARLY_2026, Factory

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("published", "published_at", "status"),
    [
        (False, None, Status.DRAFT),
        (False, EARLY_2026 - MINUTE, Status.DRAFT),
        (False, EARLY_2026 + MINUTE, Status.DRAFT),
        (True, EARLY_2026 + MINUTE, Status.SCHEDULED),
        (True, EARLY_2026, Status.PUBLISHED),
        (True, EARLY_2026 - MINUTE, Status.PUBLISHED),
    ],
)
async def test_an_article_has_one_status_at_a_moment(
    make: Factory, session: AsyncSession, published: bool, published_at: object, status: Status
) -> None:
    article = await make.article(await make.user(), published=published, published_at=published_at)
    assert article.status(EARLY_2026) is status
    assert article.is_public(EARLY_2026) is (status is Status.PUBLISHED)
    for other in Status:
        condition = Article.has_status(other, EARLY_2026)
        found = await session.scalar(select(Article.id).where(condition))
        assert (found == article.id) is (other is status)


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("when", [EARLY_2026 - MINUTE, EARLY_2026 + MINUTE])
async def test_in_the_bin_it_has_no_other_status(
    make: Factory, session: AsyncSession, published: bool, when: datetime
) -> None:
    article = await make.article(
        await make.user(), published=published, published_at=when, deleted_at=EARLY_2026
    )
    assert article.status(EARLY_2026) is Status.DELETED
    for status in Status:
        condition = Article.has_status(status, EARLY_2026)
        found = await session.scalar(select(Article.id).where(condition))
        assert (found == article.id) is (status is Status.DELETED)


def _plain(**fields: Any) -> Article:  # noqa: ANN401 - columns hold values of any type
    values = {
        "author_id": 1, "author_ids": [1], "slug": "river", "title": "River", "tag_names": ["a"],
        "content": "We set out.", "published": True, "published_at": EARLY_2026, "seo": {},
    }  # fmt: skip
    return Article(**{**values, **fields})


def test_a_state_is_all_that_can_be_edited_and_fit_for_json() -> None:
    state = _plain().state()
    assert set(state) == set(EDITABLE)
    assert json.loads(json.dumps(state)) == state
    assert (state["tags"], state["authors"], state["meta"]) == (["a"], [1], {})
    assert state["published_at"] == "2026-01-15T12:00:00+00:00"


@pytest.mark.parametrize("published_at", [None, EARLY_2026])
def test_what_is_taken_from_a_state_makes_the_same_state(published_at: datetime | None) -> None:
    state = _plain(title="Another", published_at=published_at, cover="/x.jpg").state()
    article = _plain(given_excerpt="Short")
    article.take(state)
    assert article.state() == state
    assert article.published_at == published_at


def test_a_part_of_a_state_changes_only_that() -> None:
    article = _plain()
    before = article.state()
    article.take({"title": "Another", "tags": []})
    assert article.state() == {**before, "title": "Another", "tags": []}


async def test_with_changes_there_is_another_article_and_this_one_stays(make: Factory) -> None:
    bert = await make.user()
    article = await make.article(await make.user(), title="River")
    changed = article.with_changes({"title": "Another", "authors": [bert.id]})
    assert (changed.title, changed.author_ids, changed.author_id) == ("Another", [bert.id], bert.id)
    assert (changed.id, changed.content) == (article.id, article.content)
    assert (article.title, article.author_id) != ("Another", bert.id)
    assert not inspect(changed).persistent


def test_a_given_excerpt_wins_over_a_made_one() -> None:
    assert _plain(given_excerpt="Given", made_excerpt="Made").excerpt == "Given"
    assert _plain(given_excerpt=None, made_excerpt="Made").excerpt == "Made"


async def test_an_address_leads_to_one_article(make: Factory, session: AsyncSession) -> None:
    article = await make.article(await make.user(), slug="river")
    session.add(Address(article_id=article.id, address="river", created_at=EARLY_2026))
    with pytest.raises(IntegrityError, match="uq_addresses_address"):
        await session.flush()


async def test_a_language_is_there_once_in_a_group_of_translations(make: Factory) -> None:
    author = await make.user()
    await make.article(author, translation_group=7, locale="de")
    await make.article(author, translation_group=7, locale="fr")
    await make.article(author, translation_group=7, locale="de", deleted_at=EARLY_2026)
    with pytest.raises(IntegrityError, match="uq_articles_translation_group_locale"):
        await make.article(author, translation_group=7, locale="de")


async def test_an_article_is_listed_under_its_publication_or_else_its_making(
    make: Factory, session: AsyncSession
) -> None:
    author = await make.user()
    dated, undated = await make.article(author), await make.draft(author)
    assert dated.dated_at == dated.published_at
    assert undated.dated_at == undated.created_at
    rows = await session.execute(select(Article.id, Article.dated_at))
    assert {row.id: row.dated_at for row in rows} == {
        dated.id: dated.dated_at,
        undated.id: undated.dated_at,
    }


async def test_what_is_published_has_a_date(make: Factory) -> None:
    author = await make.user()
    with pytest.raises(IntegrityError, match="ck_articles_published_is_dated"):
        await make.article(author, published=True, published_at=None)


async def test_two_articles_cannot_have_one_slug(make: Factory) -> None:
    author = await make.user()
    await make.article(author, slug="down-the-river")
    with pytest.raises(IntegrityError, match="uq_articles_slug"):
        await make.article(author, slug="down-the-river")


async def test_with_a_person_go_their_articles_and_what_is_known_of_them(
    make: Factory, session: AsyncSession
) -> None:
    author = await make.user()
    article = await make.article(author)
    session.add(
        ImportedArticle(
            article_id=article.id,
            author_id=author.id,
            source="2026-01-15-river.md",
            digest="0",
            metadata_={"title": "River"},
            imported_at=EARLY_2026,
        )
    )
    await session.flush()
    await session.delete(await session.get_one(User, author.id))
    await session.flush()
    for model in (Article, ImportedArticle):
        assert await session.scalar(select(func.count()).select_from(model)) == 0
