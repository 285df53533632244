"""Importing all that a post says: beside its text, and where it was found before."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core.policy import Role
from app.features.portability.schemas import Outcome
from app.features.writing.service import WritingService
from app.models import Address, Article, Revision, Series
from tests.factories import EARLY_2026, Factory
from tests.features.portability.blog import Blog

WHOLE = """---
title: Down the river
date: 2018-01-02
tags: [Rivers, boats]
description: About a river.
series: A year
series_weight: 3
image: {path: /images/river.jpg, alt: The river}
aliases: [/2018/river/, old-river]
lang: en_GB
canonical_url: https://example.com/river
featured: true
comments: false
meta_title: The river
robots: noindex
---
We set out at *five*.
"""
LATER = EARLY_2026 + timedelta(days=1)


async def addresses(blog: Blog, article: Article) -> set[str]:
    query = select(Address.address).where(Address.article_id == article.id)
    return set(await blog.session.scalars(query))


async def whole(blog: Blog) -> Article:
    query = select(Article).options(
        selectinload(Article.tags), selectinload(Article.authors), selectinload(Article.series)
    )
    fresh = query.execution_options(populate_existing=True)
    return (await blog.session.scalars(fresh)).one()


async def test_an_article_has_all_that_its_file_says(blog: Blog) -> None:
    blog.author.role = Role.EDITOR
    blog.session.add(blog.author)
    blog.write("river.md", WHOLE)
    [taken] = await blog.run()
    assert not taken.dropped
    article = await whole(blog)
    assert [tag.name for tag in article.tags] == article.tag_names == ["Rivers", "boats"]
    assert [author.id for author in article.authors] == [blog.author.id]
    assert article.series is not None
    assert (article.series.title, article.series_position) == ("A year", 3)
    expected: dict[str, Any] = {
        "given_excerpt": "About a river.",
        "cover": "/images/river.jpg",
        "cover_alt": "The river",
        "locale": "en-GB",
        "canonical_url": "https://example.com/river",
        "featured": True,
        "comment_policy": "closed",
        "seo": {"title": "The river", "robots": "noindex,follow"},
        "content_html": "<p>We set out at <em>five</em>.</p>\n",
    }
    assert {name: getattr(article, name) for name in expected} == expected
    assert await addresses(blog, article) == {"river", "/2018/river/", "old-river"}
    [revision] = await blog.session.scalars(select(Revision))
    assert (revision.state, revision.made_at) == (article.state(), article.created_at)


async def test_readers_are_sent_on_from_an_old_slug(blog: Blog, client: httpx.AsyncClient) -> None:
    blog.write("river.md", WHOLE)
    await blog.run()
    await blog.session.commit()
    answer = await client.get("/api/v1/articles/old-river")
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/articles/river")


async def test_posts_of_a_series_share_it(blog: Blog) -> None:
    blog.write("1.md", WHOLE)
    blog.write("2.md", WHOLE.replace("A year", '" a YEAR "').replace("series_weight: 3\n", ""))
    await blog.run()
    [series] = await blog.session.scalars(select(Series))
    assert (series.title, series.owner_id) == ("A year", blog.author.id)
    places = [(one.series_id, one.series_position) for one in await blog.articles()]
    assert places == [(series.id, 3), (series.id, 4)]


async def test_only_the_posts_of_editors_are_featured(blog: Blog) -> None:
    blog.write("river.md", WHOLE)
    [taken] = await blog.run()
    assert taken.dropped == {"featured, which only editors decide": 1}
    assert not (await whole(blog)).featured


async def test_an_address_of_another_article_stays_with_it(blog: Blog) -> None:
    blog.write("1.md", WHOLE)
    blog.write("2.md", WHOLE.replace("old-river", "article-1"))
    first, second = await blog.run()
    assert first.outcome == second.outcome == Outcome.CREATED
    assert second.dropped["alias that another article has"] == 2
    assert [await addresses(blog, one) for one in await blog.articles()] == [
        {"article-1", "/2018/river/", "old-river"},
        {"article-2"},
    ]


async def test_a_changed_file_changes_all_of_it(blog: Blog) -> None:
    blog.write("river.md", WHOLE)
    await blog.run()
    changes = {
        "[Rivers, boats]": "[boats]",
        "description: About a river.\n": "",
        "series_weight: 3": "series_weight: 1",
        "river.jpg": "boat.jpg",
        "[/2018/river/, old-river]": "[/2019/river/]",
        "meta_title: The river\n": "",
    }
    content = WHOLE
    for old, new in changes.items():
        content = content.replace(old, new)
    blog.write("river.md", content)
    [taken] = await blog.run(at=LATER)
    assert taken.outcome is Outcome.UPDATED
    article = await whole(blog)
    assert (article.slug, article.version, article.updated_at) == ("river", 2, LATER)
    assert ([tag.name for tag in article.tags], article.tag_names) == (["boats"], ["boats"])
    assert (article.given_excerpt, article.cover) == (None, "/images/boat.jpg")
    assert (article.series_position, article.seo) == (1, {"robots": "noindex,follow"})
    assert await addresses(blog, article) == {
        "river", "/2018/river/", "old-river", "/2019/river/",
    }  # fmt: skip


async def test_what_was_added_in_galley_survives_a_change_of_the_file(blog: Blog) -> None:
    blog.write("river.md", WHOLE.replace("description: About a river.\n", ""))
    await blog.run()
    article = await whole(blog)
    article.given_excerpt, article.featured = "Written here.", True
    blog.write("river.md", WHOLE.replace("description: About a river.\n", "").replace("set", "put"))
    await blog.run(at=LATER)
    article = await whole(blog)
    assert (article.given_excerpt, article.featured) == ("Written here.", True)
    assert article.content == "We put out at *five*."


async def test_a_series_without_room_skips_one_file(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.features.series.service.MOST_ARTICLES", 1)
    blog.write("1.md", WHOLE)
    blog.write("2.md", WHOLE.replace("series_weight: 3\n", ""))
    first, second = await blog.run()
    assert (first.outcome, second.outcome) == (Outcome.CREATED, Outcome.SKIPPED)
    assert second.reason == "The series has no room for another article"


async def test_what_lies_in_the_bin_stays_there(blog: Blog, writing: WritingService) -> None:
    blog.write("river.md", WHOLE)
    await blog.run()
    await writing.delete("river", editor=blog.author, at=EARLY_2026)
    assert await blog.outcomes() == {Outcome.UNCHANGED: 1}
    blog.write("river.md", WHOLE.replace("set", "put"))
    [taken] = await blog.run()
    assert (taken.outcome, taken.reason) == (Outcome.SKIPPED, "its article lies in the bin")


async def test_an_article_that_was_handed_over_is_left_alone(blog: Blog, make: Factory) -> None:
    blog.write("river.md", WHOLE)
    await blog.run()
    other = await make.user()
    article = await whole(blog)
    article.author_id, article.author_ids = other.id, [other.id]
    blog.write("river.md", WHOLE.replace("set", "put"))
    [taken] = await blog.run()
    assert taken.outcome is Outcome.SKIPPED
    assert taken.reason == f"{blog.author.username} may not edit its article any more"
