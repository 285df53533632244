"""Importing a folder: what becomes an article, what stays one, and what is left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.policy import Role
from app.features.articles.errors import NotYourArticle
from app.features.auth.errors import UserNotFound
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Outcome
from app.models import ImportedArticle, Status
from tests.factories import EARLY_2026, Factory
from tests.features.portability.blog import POST, Blog


async def test_a_post_becomes_an_article_of_its_own_date(blog: Blog) -> None:
    blog.write("2018-01-02-down-the-river.md")
    assert await blog.outcomes() == {Outcome.CREATED: 1}
    [article] = await blog.articles()
    assert (article.slug, article.title) == ("down-the-river", "Down the river")
    assert article.content == "We set out at five."
    then = datetime(2018, 1, 2, tzinfo=UTC)
    assert (article.published_at, article.created_at, article.updated_at) == (then, then, then)


async def test_all_of_its_front_matter_is_kept(blog: Blog) -> None:
    blog.write("river.md")
    await blog.run()
    [record] = await blog.session.scalars(select(ImportedArticle))
    assert (record.source, record.metadata_["layout"]) == ("river.md", "post")


async def test_a_date_to_come_is_a_schedule(blog: Blog) -> None:
    blog.write("a.md", POST.replace("2018", "2030"))
    await blog.run()
    [article] = await blog.articles()
    assert article.status(EARLY_2026) is Status.SCHEDULED
    assert article.created_at == EARLY_2026


async def test_a_later_change_is_kept_as_such(blog: Blog) -> None:
    blog.write("a.md", POST.replace("layout: post", "lastmod: 2019-05-06"))
    await blog.run()
    [article] = await blog.articles()
    assert article.updated_at == datetime(2019, 5, 6, tzinfo=UTC)


async def test_the_second_time_nothing_changes(blog: Blog) -> None:
    blog.write("a.md")
    blog.write("b/a.md", POST + "Another text.\n")
    await blog.run()
    assert await blog.outcomes() == {Outcome.UNCHANGED: 2}
    assert [article.version for article in await blog.articles()] == [1, 1]


async def test_an_edit_of_the_article_survives_the_second_time(blog: Blog) -> None:
    blog.write("a.md")
    await blog.run()
    [article] = await blog.articles()
    article.title = "Edited here"
    assert await blog.outcomes() == {Outcome.UNCHANGED: 1}
    assert article.title == "Edited here"


async def test_a_changed_file_changes_its_article_and_not_its_slug(blog: Blog) -> None:
    blog.write("a.md")
    await blog.run()
    blog.write("a.md", POST.replace("Down", "Up").replace("layout", "draft: true\nlayout"))
    [taken] = await blog.run(at=EARLY_2026 + timedelta(days=1))
    assert taken.outcome is Outcome.UPDATED
    [article] = await blog.articles()
    assert (article.title, article.slug, article.published) == ("Up the river", "a", False)
    assert await blog.outcomes() == {Outcome.UNCHANGED: 1}


async def test_the_folder_may_be_named_further_up_or_down(blog: Blog) -> None:
    blog.write("posts/a.md")
    await blog.run()
    assert await blog.outcomes("posts") == {Outcome.UNCHANGED: 1}
    blog.write("posts/a.md", POST + "And came back.\n")
    assert await blog.outcomes("posts") == {Outcome.UPDATED: 1}


async def test_a_moved_file_stays_the_same_article(blog: Blog) -> None:
    blog.write("_drafts/a.md")
    await blog.run()
    (blog.folder / "_drafts").rename(blog.folder / "_posts")
    assert await blog.outcomes() == {Outcome.UNCHANGED: 1}
    [record] = await blog.session.scalars(select(ImportedArticle))
    assert record.source == "_posts/a.md"


async def test_equal_files_are_articles_of_their_own(blog: Blog) -> None:
    blog.write("en/about.md")
    assert await blog.outcomes() == {Outcome.CREATED: 1}
    blog.write("e\N{COMBINING ACUTE ACCENT}/about.md")
    blog.write("\N{GREEK SMALL LETTER OMEGA}/about.md")
    assert await blog.outcomes() == {Outcome.CREATED: 2, Outcome.UNCHANGED: 1}
    assert [one.slug for one in await blog.articles()] == ["about", "about-2", "about-3"]
    assert await blog.outcomes() == {Outcome.UNCHANGED: 3}


async def test_equal_files_move_together_and_alone(blog: Blog) -> None:
    blog.write("site/en/about.md")
    blog.write("site/fr/about.md")
    assert await blog.outcomes("site") == {Outcome.CREATED: 2}
    assert await blog.outcomes() == {Outcome.UNCHANGED: 2}
    (blog.folder / "site/fr").rename(blog.folder / "site/de")
    assert await blog.outcomes() == {Outcome.UNCHANGED: 2}
    sources = await blog.session.scalars(select(ImportedArticle.source))
    assert set(sources) == {"site/en/about.md", "site/de/about.md"}
    blog.write("site/de/about.md", POST + "Nun auf Deutsch.\n")
    assert await blog.outcomes() == {Outcome.UNCHANGED: 1, Outcome.UPDATED: 1}
    assert ["Deutsch" in one.content for one in await blog.articles()] == [False, True]


async def test_a_path_may_be_as_long_as_an_index_takes(blog: Blog) -> None:
    letters = [chr(0x4E00 + number) for number in range(640)]  # which cannot be compressed
    blog.write("/".join("".join(letters[at : at + 80]) for at in range(0, 640, 80)) + "/a.md")
    assert await blog.outcomes() == {Outcome.CREATED: 1}


async def test_two_files_may_ask_for_one_slug(blog: Blog) -> None:
    for folder in ("a", "b", "c"):
        blog.write(f"{folder}/river.md", POST + folder)
    assert await blog.outcomes() == {Outcome.CREATED: 3}
    assert [one.slug for one in await blog.articles()] == ["river", "river-2", "river-3"]


async def test_reserved_and_numeric_names_become_slugs(blog: Blog) -> None:
    blog.write("feed.md", POST + "1")
    blog.write("2018.md", POST + "2")
    await blog.run()
    assert {one.slug for one in await blog.articles()} == {"article-2018", "feed-2"}


async def test_a_bad_file_is_skipped_and_the_rest_goes_in(blog: Blog) -> None:
    blog.write("1-good.md")
    blog.write("2-short.md", "Too short")
    blog.write("3-long-title.md", POST.replace("Down", "x" * 200))
    blog.write("4-control.md", POST + "\x07")
    blog.write("5-broken.md", "---\ntitle: [\n---\n")
    blog.write("6-good.md", POST + "More")
    results = await blog.run()
    assert [taken.outcome for taken in results] == ["created", *["skipped"] * 4, "created"]
    assert [taken.reason.partition(":")[0] for taken in results[1:5]] == [
        "content", "title", "content", "front matter",
    ]  # fmt: skip
    assert len(await blog.articles()) == 2


async def test_an_author_is_named_by_username_or_e_mail(blog: Blog) -> None:
    importer = blog.importer
    for login in (blog.author.username.upper(), blog.author.email):
        assert (await importer.author(login)).id == blog.author.id
    with pytest.raises(UserNotFound, match="nobody"):
        await importer.author("nobody")


async def test_readers_cannot_be_authors(blog: Blog, make: Factory) -> None:
    reader = await make.user(Role.READER)
    with pytest.raises(NotYourArticle):
        await blog.importer.author(reader.username)


async def test_an_account_that_has_gone_ends_the_import(blog: Blog) -> None:
    blog.write("a.md")
    with pytest.raises(UserNotFound):
        await blog.importer.take(
            "a.md", MarkdownFolder(blog.folder), author_id=2**40, at=EARLY_2026
        )
