"""Demo content: believable, repeatable, and at home beside what is there already."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.core.markup import RENDERER_VERSION, Renderer
from app.core.passwords import PasswordHasher
from app.features.portability.adapters.demo import RARE_TAGS, FakerWriter
from app.features.portability.service import DemoContent
from app.models import Address, Article, Revision, Series, Status, Tag, User
from tests.factories import EARLY_2026


class Site:
    """A site to fill."""

    def __init__(
        self, session: AsyncSession, passwords: PasswordHasher, renderer: Renderer
    ) -> None:
        self.session = session
        self._passwords = passwords
        self._renderer = renderer

    def content(self, seed: int = 1) -> DemoContent:
        return DemoContent(self.session, FakerWriter(seed), self._renderer)

    async def add(self, people: int, articles: int, seed: int = 1) -> int:
        content = self.content(seed)
        at, written = EARLY_2026, list[int]()
        authors = await content.add_people(people, passwords=self._passwords, at=at)
        await content.add_articles(articles, authors=authors, at=at, progress=written.append)
        return sum(written)

    async def articles(self) -> list[Article]:
        shown = (Article.tags, Article.authors, Article.series)
        query = select(Article).options(*map(selectinload, shown)).order_by(Article.id)
        return list(await self.session.scalars(query))


@pytest.fixture
def site(session: AsyncSession, passwords: PasswordHasher, renderer: Renderer) -> Site:
    return Site(session, passwords, renderer)


def test_the_same_seed_gives_the_same_content() -> None:
    first, second, other = (
        (list(writer.people(5)), list(writer.articles(20, at=EARLY_2026)))
        for writer in (FakerWriter(1), FakerWriter(1), FakerWriter(2))
    )
    assert first == second != other


def test_articles_look_like_articles() -> None:
    articles = [one.state for one in FakerWriter(1).articles(400, at=EARLY_2026)]
    everything = "\n".join(article["content"] for article in articles)
    assert all(mark in everything for mark in ("\n## ", "\n- ", "\n> ", "\n1. ", "\n```"))
    dates = [one["published_at"] for one in articles if one["published_at"]]
    past = [date for date in dates if date <= EARLY_2026]
    assert 0.8 < len(past) / len(articles) < 0.9
    assert 0 < (len(dates) - len(past)) / len(articles) < 0.06
    assert (max(past) - min(past)).days > 1000
    assert len({article["title"] for article in articles}) > 350
    assert len({article["excerpt"] for article in articles if article["excerpt"]}) > 100


def test_some_tags_are_common_and_some_are_rare() -> None:
    articles = FakerWriter(1).articles(10_000, at=EARLY_2026)
    counts = Counter(tag for article in articles for tag in article.state["tags"])
    assert counts["architecture"] > 2000
    assert all(1 <= counts[tag] < 50 for tag in RARE_TAGS)


async def test_articles_have_all_that_articles_have(site: Site) -> None:
    assert await site.add(people=4, articles=600) == 600
    articles = await site.articles()
    assert len(articles) == 600
    for article in articles:
        assert [tag.name for tag in article.tags] == article.tag_names
        assert [author.id for author in article.authors] == article.author_ids
        assert article.author_id == article.author_ids[0]
        assert article.content_html.startswith("<")
        assert article.renderer_version == RENDERER_VERSION
    assert {len(article.author_ids) for article in articles} == {1, 2}
    assert any(article.featured for article in articles)
    assert any(article.cover for article in articles)
    assert {article.locale for article in articles} == {"en", "en-GB"}
    words = await site.session.scalar(
        select(func.count()).where(Article.has_words(articles[0].title, articles[0].locale))
    )
    assert words


async def test_series_go_on_by_one_author(site: Site) -> None:
    await site.add(people=4, articles=600)
    places: dict[int, list[int | None]] = {}
    for article in await site.articles():
        if article.series is not None:
            places.setdefault(article.series.id, []).append(article.series_position)
            assert article.series.owner_id == article.author_id
    assert places
    assert all(found == [*range(1, len(found) + 1)] for found in places.values())


async def test_each_version_is_remembered(site: Site) -> None:
    await site.add(people=2, articles=300)
    revisions = select(Revision).order_by(Revision.article_id, Revision.version)
    history: dict[int, list[Revision]] = {}
    for revision in await site.session.scalars(revisions):
        history.setdefault(revision.article_id, []).append(revision)
    for article in await site.articles():
        of_article = history[article.id]
        assert [revision.version for revision in of_article] == [*range(1, article.version + 1)]
        assert of_article[-1].state == article.state()
        assert of_article[-1].made_at == article.updated_at
    assert {len(found) for found in history.values()} == {1, 2}


async def test_a_renamed_article_answers_to_its_former_slug(site: Site) -> None:
    await site.add(people=2, articles=300)
    addresses: dict[int, set[str]] = {}
    for address in await site.session.scalars(select(Address)):
        addresses.setdefault(address.article_id, set()).add(address.address)
    for article in await site.articles():
        assert article.slug in addresses[article.id]
        assert len(addresses[article.id]) == article.version


async def test_running_twice_adds_more(site: Site) -> None:
    assert await site.add(people=4, articles=1100) == 1100
    assert await site.add(people=4, articles=1100) == 1100
    assert await site.session.scalar(select(func.count()).select_from(User)) == 8
    statuses = Counter(article.status(EARLY_2026) for article in await site.articles())
    assert statuses.keys() == set(Status) - {Status.DELETED}
    names = list(await site.session.scalars(select(Tag.name)))
    assert len(names) == len(set(names))


async def test_a_small_site_needs_no_series(site: Site) -> None:
    await site.add(people=1, articles=3)
    assert await site.session.scalar(select(func.count()).select_from(Series)) in {0, 1}


async def test_there_is_one_account_to_sign_in_with(site: Site, passwords: PasswordHasher) -> None:
    password = "a-long-pass-phrase"
    [demo] = await site.content().add_account(password, passwords=passwords, at=EARLY_2026)
    assert not await site.content().add_account(password, passwords=passwords, at=EARLY_2026)
    account = await site.session.get_one(User, demo)
    assert (await passwords.verify(password, account.password_hash)).valid


async def test_nobody_can_sign_in_as_a_demo_person(site: Site, passwords: PasswordHasher) -> None:
    await site.add(people=1, articles=0)
    user = (await site.session.scalars(select(User))).one()
    assert not (await passwords.verify(user.username, user.password_hash)).valid
