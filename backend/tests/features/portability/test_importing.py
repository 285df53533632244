"""Importing a folder: what becomes an article, what stays one, and what is left alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.articles.errors import NotYourArticle
from app.features.auth.errors import UserNotFound
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Outcome, Taken
from app.features.portability.service import Importer
from app.models import Article, ImportedArticle, Role, Status, User
from tests.factories import EARLY_2026, Factory

POST = "---\ntitle: Down the river\ndate: 2018-01-02\nlayout: post\n---\nWe set out at five.\n"


class Site:
    """A folder of posts, and an author to import it for."""

    def __init__(self, folder: Path, session: AsyncSession, author: User) -> None:
        self.folder = folder
        self.session = session
        self.author = author

    def write(self, path: str, content: str = POST) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(content)

    async def run(self, below: str = ".", at: datetime = EARLY_2026) -> list[Taken]:
        folder = MarkdownFolder(self.folder / below)
        importer = Importer(self.session)
        return [
            await importer.take(path, folder, author_id=self.author.id, at=at)
            for path in folder.paths()
        ]

    async def outcomes(self, below: str = ".") -> Counter[str]:
        return Counter(taken.outcome for taken in await self.run(below))

    async def articles(self) -> list[Article]:
        query = select(Article).where(Article.author_id == self.author.id).order_by(Article.id)
        return list(await self.session.scalars(query))


@pytest.fixture
async def site(tmp_path: Path, session: AsyncSession, make: Factory) -> Site:
    return Site(tmp_path, session, await make.user())


async def test_a_post_becomes_an_article_of_its_own_date(site: Site) -> None:
    site.write("2018-01-02-down-the-river.md")
    assert await site.outcomes() == {Outcome.CREATED: 1}
    [article] = await site.articles()
    assert (article.slug, article.title) == ("down-the-river", "Down the river")
    assert article.content == "We set out at five."
    then = datetime(2018, 1, 2, tzinfo=UTC)
    assert (article.published_at, article.created_at, article.updated_at) == (then, then, then)


async def test_all_of_its_front_matter_is_kept(site: Site) -> None:
    site.write("river.md")
    await site.run()
    [record] = await site.session.scalars(select(ImportedArticle))
    assert (record.source, record.metadata_["layout"]) == ("river.md", "post")


async def test_a_date_to_come_is_a_schedule(site: Site) -> None:
    site.write("a.md", POST.replace("2018", "2030"))
    await site.run()
    [article] = await site.articles()
    assert article.status(EARLY_2026) is Status.SCHEDULED
    assert article.created_at == EARLY_2026


async def test_a_later_change_is_kept_as_such(site: Site) -> None:
    site.write("a.md", POST.replace("layout: post", "lastmod: 2019-05-06"))
    await site.run()
    [article] = await site.articles()
    assert article.updated_at == datetime(2019, 5, 6, tzinfo=UTC)


async def test_the_second_time_nothing_changes(site: Site) -> None:
    site.write("a.md")
    site.write("b/a.md", POST + "Another text.\n")
    await site.run()
    assert await site.outcomes() == {Outcome.UNCHANGED: 2}
    assert [article.version for article in await site.articles()] == [1, 1]


async def test_an_edit_of_the_article_survives_the_second_time(site: Site) -> None:
    site.write("a.md")
    await site.run()
    [article] = await site.articles()
    article.title = "Edited here"
    assert await site.outcomes() == {Outcome.UNCHANGED: 1}
    assert article.title == "Edited here"


async def test_a_changed_file_changes_its_article_and_not_its_slug(site: Site) -> None:
    site.write("a.md")
    await site.run()
    site.write("a.md", POST.replace("Down", "Up").replace("layout", "draft: true\nlayout"))
    [taken] = await site.run(at=EARLY_2026 + timedelta(days=1))
    assert taken.outcome is Outcome.UPDATED
    [article] = await site.articles()
    assert (article.title, article.slug, article.published) == ("Up the river", "a", False)
    assert await site.outcomes() == {Outcome.UNCHANGED: 1}


async def test_the_folder_may_be_named_further_up_or_down(site: Site) -> None:
    site.write("posts/a.md")
    await site.run()
    assert await site.outcomes("posts") == {Outcome.UNCHANGED: 1}
    site.write("posts/a.md", POST + "And came back.\n")
    assert await site.outcomes("posts") == {Outcome.UPDATED: 1}


async def test_a_moved_file_stays_the_same_article(site: Site) -> None:
    site.write("_drafts/a.md")
    await site.run()
    (site.folder / "_drafts").rename(site.folder / "_posts")
    assert await site.outcomes() == {Outcome.UNCHANGED: 1}
    [record] = await site.session.scalars(select(ImportedArticle))
    assert record.source == "_posts/a.md"


async def test_equal_files_are_articles_of_their_own(site: Site) -> None:
    site.write("en/about.md")
    assert await site.outcomes() == {Outcome.CREATED: 1}
    site.write("e\N{COMBINING ACUTE ACCENT}/about.md")
    site.write("\N{GREEK SMALL LETTER OMEGA}/about.md")
    assert await site.outcomes() == {Outcome.CREATED: 2, Outcome.UNCHANGED: 1}
    assert [one.slug for one in await site.articles()] == ["about", "about-2", "about-3"]
    assert await site.outcomes() == {Outcome.UNCHANGED: 3}


async def test_equal_files_move_together_and_alone(site: Site) -> None:
    site.write("site/en/about.md")
    site.write("site/fr/about.md")
    assert await site.outcomes("site") == {Outcome.CREATED: 2}
    assert await site.outcomes() == {Outcome.UNCHANGED: 2}
    (site.folder / "site/fr").rename(site.folder / "site/de")
    assert await site.outcomes() == {Outcome.UNCHANGED: 2}
    sources = await site.session.scalars(select(ImportedArticle.source))
    assert set(sources) == {"site/en/about.md", "site/de/about.md"}
    site.write("site/de/about.md", POST + "Nun auf Deutsch.\n")
    assert await site.outcomes() == {Outcome.UNCHANGED: 1, Outcome.UPDATED: 1}
    assert ["Deutsch" in one.content for one in await site.articles()] == [False, True]


async def test_a_path_may_be_as_long_as_an_index_takes(site: Site) -> None:
    letters = [chr(0x4E00 + number) for number in range(640)]  # which cannot be compressed
    site.write("/".join("".join(letters[at : at + 80]) for at in range(0, 640, 80)) + "/a.md")
    assert await site.outcomes() == {Outcome.CREATED: 1}


async def test_two_files_may_ask_for_one_slug(site: Site) -> None:
    for folder in ("a", "b", "c"):
        site.write(f"{folder}/river.md", POST + folder)
    assert await site.outcomes() == {Outcome.CREATED: 3}
    assert [one.slug for one in await site.articles()] == ["river", "river-2", "river-3"]


async def test_reserved_and_numeric_names_become_slugs(site: Site) -> None:
    site.write("feed.md", POST + "1")
    site.write("2018.md", POST + "2")
    await site.run()
    assert {one.slug for one in await site.articles()} == {"article-2018", "feed-2"}


async def test_a_bad_file_is_skipped_and_the_rest_goes_in(site: Site) -> None:
    site.write("1-good.md")
    site.write("2-short.md", "Too short")
    site.write("3-long-title.md", POST.replace("Down", "x" * 200))
    site.write("4-control.md", POST + "\x07")
    site.write("5-broken.md", "---\ntitle: [\n---\n")
    site.write("6-good.md", POST + "More")
    results = await site.run()
    assert [taken.outcome for taken in results] == ["created", *["skipped"] * 4, "created"]
    assert [taken.reason.partition(":")[0] for taken in results[1:5]] == [
        "content", "title", "content", "front matter",
    ]  # fmt: skip
    assert len(await site.articles()) == 2


async def test_an_author_is_named_by_username_or_e_mail(site: Site) -> None:
    importer = Importer(site.session)
    for login in (site.author.username.upper(), site.author.email):
        assert (await importer.author(login)).id == site.author.id
    with pytest.raises(UserNotFound, match="nobody"):
        await importer.author("nobody")


async def test_readers_cannot_be_authors(site: Site, make: Factory) -> None:
    reader = await make.user(Role.READER)
    with pytest.raises(NotYourArticle):
        await Importer(site.session).author(reader.username)


async def test_an_account_that_has_gone_ends_the_import(site: Site) -> None:
    site.write("a.md")
    with pytest.raises(UserNotFound):
        await Importer(site.session).take(
            "a.md", MarkdownFolder(site.folder), author_id=2**40, at=EARLY_2026
        )
