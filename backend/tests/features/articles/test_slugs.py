"""The addresses of articles."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.text import MAX_SLUG_LENGTH
from app.features.articles.errors import SlugTaken
from app.features.articles.repository import ArticleRepository
from app.features.articles.schemas import ArticleCreate
from app.features.articles.service import ATTEMPTS_AT_A_SLUG, ArticleService
from app.models import User
from tests.factories import Factory, MovableClock

ARTICLES = "/api/v1/articles"


async def write(client: httpx.AsyncClient, headers: dict[str, str], title: str) -> str:
    new = {"title": title, "content": "We set out at five."}
    answer = await client.post(ARTICLES, headers=headers, json=new)
    assert answer.status_code == 201
    slug: str = answer.json()["slug"]
    assert (await client.get(f"{ARTICLES}/{slug}", headers=headers)).json()["title"] == title
    return slug


@pytest.mark.parametrize(
    ("title", "slugs"),
    [
        ("Down the River", ["down-the-river", "down-the-river-2", "down-the-river-3"]),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", ["privet", "privet-2"]),
        ("\U0001f600\U0001f680", ["article", "article-2"]),
        ("2026", ["article-2026", "article-2026-2"]),
        ("Feed", ["feed-2", "feed-3"]),
        ("New", ["new-2", "new-3"]),
    ],
)
async def test_a_slug_is_made_from_the_title_and_made_unique(
    client: httpx.AsyncClient, as_author: dict[str, str], title: str, slugs: list[str]
) -> None:
    assert [await write(client, as_author, title) for _ in slugs] == slugs


@pytest.mark.parametrize("title", ["x" * 200, "word " * 40])
async def test_long_titles_differ_within_the_longest_slug(
    client: httpx.AsyncClient, as_author: dict[str, str], title: str
) -> None:
    slugs = {await write(client, as_author, title.strip()) for _ in range(11)}
    assert len(slugs) == 11
    assert max(map(len, slugs)) <= MAX_SLUG_LENGTH


async def test_numbers_go_on_from_the_highest(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    for slug in ("river", "river-2", "river-41", "river-bank", "river-99999999999", "rivers-77"):
        await make.article(author, slug=slug)
    assert await write(client, as_author, "River") == "river-42"


async def test_a_slug_can_be_chosen(client: httpx.AsyncClient, as_author: dict[str, str]) -> None:
    new = {"title": "Any", "content": "We set out at five.", "slug": "the-one-i-want"}
    answer = await client.post(ARTICLES, headers=as_author, json=new)
    assert answer.json()["slug"] == "the-one-i-want"
    again = await client.post(ARTICLES, headers=as_author, json=new)
    assert (again.status_code, again.json()["detail"]) == (400, "Slug already taken")


async def test_a_new_title_leaves_the_address_as_it_is(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    slug = await write(client, as_author, "Down the river")
    address = f"{ARTICLES}/{slug}"
    answer = await client.patch(address, headers=as_author, json={"title": "Up"})
    assert answer.json()["slug"] == slug


class TestASlugThatIsTakenBetweenTheLookAndTheInsert:
    """Somebody who chooses their slug does not wait for those whose slug is made."""

    @pytest.fixture
    def service(self, session: AsyncSession) -> ArticleService:
        return ArticleService(session)

    @pytest.mark.parametrize("failures", [1, ATTEMPTS_AT_A_SLUG - 1])
    async def test_is_tried_again(
        self,
        service: ArticleService,
        author: User,
        make: Factory,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
        failures: int,
    ) -> None:
        await make.article(author, slug="river")
        offered = iter(["river"] * failures + ["river-2"])
        _offer(monkeypatch, offered)
        new = ArticleCreate(title="River", content="We set out at five.")
        article = await service.create(new, author=author, at=clock())
        assert article.slug == "river-2"

    async def test_is_given_up_after_some_attempts(
        self,
        service: ArticleService,
        author: User,
        make: Factory,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await make.article(author, slug="river")
        _offer(monkeypatch, iter(["river"] * ATTEMPTS_AT_A_SLUG))
        new = ArticleCreate(title="River", content="We set out at five.")
        with pytest.raises(SlugTaken):
            await service.create(new, author=author, at=clock())


def _offer(monkeypatch: pytest.MonkeyPatch, slugs: Iterator[str]) -> None:
    async def next_slug(_: ArticleRepository, wanted: str) -> str:
        return next(slugs)

    monkeypatch.setattr(ArticleRepository, "free_slug", next_slug)
