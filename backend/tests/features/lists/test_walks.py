"""Lists are walked by their keys: everything once, in its order, forward and backward."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.features.lists.schemas import ArticleSort
from app.models import Article, Favorite, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

Headers = dict[str, str]

ARTICLES = "/api/v1/articles"
DAY = timedelta(days=1)
SIZE = 45
SORTS = [sort.value for sort in ArticleSort]


class Known(NamedTuple):
    """What a test knows of an article."""

    article: Article
    tags: list[str]
    authors: list[str]
    is_liked: bool
    dated_at: Any

    def key(self, sort: str) -> tuple[Any, int]:
        name = sort.removeprefix("-")
        key = self.dated_at if name == "published_at" else getattr(self.article, name)
        return key, self.article.id


Shelf = list[Known]
FILTERS: dict[str, Callable[[Known], bool]] = {
    "": lambda _: True,
    "tag=rivers": lambda known: "rivers" in known.tags,
    "author=anna": lambda known: "anna" in known.authors,
    "author=bert": lambda known: "bert" in known.authors,
    "series=journey": lambda known: known.article.series_id is not None,
    "locale=de": lambda known: known.article.locale == "de",
    "featured=false": lambda known: not known.article.featured,
    "favorited_by=rita": lambda known: known.is_liked,
    "q=boats": lambda known: "boats" in known.article.content,
    "tag=rivers&author=bert": lambda known: "rivers" in known.tags and "bert" in known.authors,
    "tag=rivers&author=anna&series=journey": lambda known: (
        "rivers" in known.tags and "anna" in known.authors and known.article.series_id is not None
    ),
    "tag=nothing": lambda _: False,
}


@pytest.fixture
async def bert(make: Factory) -> User:
    """Another author."""
    return await make.user(username="bert")


@pytest.fixture
async def rita(make: Factory) -> User:
    """Who likes some articles."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
async def shelf(
    make: Factory, author: User, bert: User, rita: User, session: AsyncSession
) -> Shelf:
    """Many articles with few keys, so that most of them have the key of another; some drafts."""
    chance = random.Random(4711)
    series = await make.series(author, slug="journey")
    shelf: Shelf = []
    for number in range(SIZE):
        people = chance.choice([[author], [bert], [author, bert], [bert, author]])
        tags = chance.choice([["rivers"], ["lakes"], ["lakes", "rivers"], []])
        times = [EARLY_2026 - chance.randrange(1, 4) * DAY for _ in range(3)]
        is_draft = number % 9 == 0
        article = await make.article(
            people[0], with_authors=people[1:], tags=tags, title=chance.choice("abc"),
            content=chance.choice(["boats", "ships"]), locale=chance.choice(["en", "de"]),
            featured=chance.random() < 0.5, series_id=chance.choice([None, series.id]),
            published=not is_draft, published_at=None if is_draft else times[0],
            created_at=times[1], updated_at=times[2],
        )  # fmt: skip
        is_liked = chance.random() < 0.5
        if is_liked:
            like = Favorite(user_id=rita.id, article_id=article.id, created_at=EARLY_2026)
            session.add(like)
        await session.flush()
        dated_at = await session.scalar(select(Article.dated_at).where(Article.id == article.id))
        names = [each.username for each in people]
        shelf.append(Known(article, tags, names, is_liked, dated_at))
    await session.commit()
    return shelf


def expected(shelf: Shelf, query: str, sort: str, *, drafts: bool = False) -> list[int]:
    """Return what a reader with patience would have found, and put in order."""
    found = [
        known for known in shelf if FILTERS[query](known) and (drafts or known.article.published)
    ]
    found.sort(key=lambda known: known.key(sort), reverse=sort.startswith("-"))
    return [known.article.id for known in found]


async def walk(
    client: httpx.AsyncClient, address: str, rel: str, headers: Headers | None = None
) -> tuple[list[list[int]], str]:
    """Return the ids on each page from here on, and the address of the last one."""
    pages: list[list[int]] = []
    while True:
        answer = await client.get(address, headers=headers)
        assert answer.status_code == 200, answer.text
        pages.append([item["id"] for item in answer.json()])
        if rel not in answer.links:
            return pages, address
        address = answer.links[rel]["url"]


def flat(pages: list[list[int]]) -> list[int]:
    return [id_ for page in pages for id_ in page]


@pytest.mark.parametrize("sort", SORTS)
async def test_every_list_is_walked_forward_and_back(
    client: httpx.AsyncClient, shelf: Shelf, sort: str
) -> None:
    for query in FILTERS:
        wanted = expected(shelf, query, sort)
        address = f"{ARTICLES}?{query}&sort={sort}&limit=7&fields=id&total=true"
        pages, last = await walk(client, address, "next")
        assert flat(pages) == wanted, query
        assert all(len(page) == 7 for page in pages[:-1]), query
        back, first = await walk(client, last, "prev")
        assert flat(back[::-1]) == wanted, query
        assert back[::-1] == pages, query
        answer = await client.get(first)
        assert answer.headers["X-Total-Count"] == str(len(wanted)), query


@pytest.mark.parametrize("sort", SORTS)
async def test_so_are_drafts_for_whoever_may_see_them(
    client: httpx.AsyncClient, shelf: Shelf, make: Factory, sign_in: SignIn, author: User, sort: str
) -> None:
    editor = sign_in(await make.user(Role.EDITOR))
    own = [known for known in shelf if known.article.published or "anna" in known.authors]
    for headers, visible in ((editor, shelf), (sign_in(author), own)):
        for query in ("", "tag=rivers", "author=bert"):
            wanted = expected(visible, query, sort, drafts=True)
            address = f"{ARTICLES}?{query}&status=all&sort={sort}&limit=7&fields=id"
            pages, last = await walk(client, address, "next", headers)
            back, _ = await walk(client, last, "prev", headers)
            assert flat(pages) == flat(back[::-1]) == wanted, query


@pytest.mark.parametrize("sort", SORTS)
async def test_skipping_leaves_out_the_first_of_the_same(
    client: httpx.AsyncClient, shelf: Shelf, sort: str
) -> None:
    for query in ("", "tag=rivers", "author=anna", "q=boats"):
        wanted = expected(shelf, query, sort)
        for skip in (1, 10, len(wanted) - 1, len(wanted)):
            address = f"{ARTICLES}?{query}&sort={sort}&limit=7&skip={skip}&fields=id"
            ids = [item["id"] for item in (await client.get(address)).json()]
            assert ids == wanted[skip : skip + 7], (query, skip)


@pytest.mark.parametrize("sort", SORTS)
async def test_what_is_published_meanwhile_moves_nothing(
    client: httpx.AsyncClient, shelf: Shelf, make: Factory, author: User, sort: str
) -> None:
    chance = random.Random(sort)
    wanted = expected(shelf, "tag=rivers", sort)
    address: str | None = f"{ARTICLES}?tag=rivers&sort={sort}&limit=5&fields=id"
    seen: list[int] = []
    while address:
        answer = await client.get(address)
        seen += [item["id"] for item in answer.json()]
        address = answer.links.get("next", {}).get("url")
        like = chance.choice(shelf).article
        await make.article(
            author, tags=["rivers"], title=like.title, created_at=like.created_at,
            updated_at=like.updated_at, published_at=like.published_at or EARLY_2026,
        )  # fmt: skip
    assert [id_ for id_ in seen if id_ in set(wanted)] == wanted
    assert len(seen) == len(set(seen))


async def test_a_cursor_is_good_for_its_own_order_only(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    cursors = {}
    for sort in SORTS:
        answer = await client.get(f"{ARTICLES}?sort={sort}&limit=1")
        cursors[sort] = httpx.URL(answer.links["next"]["url"]).params["cursor"]
    for one, other in permutations(SORTS, 2):
        for known in ("", f"{ARTICLES}?tag=rivers"):
            params = {"sort": one, "cursor": cursors[other]}
            answer = await client.get(known or ARTICLES, params=params)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


# By tag and by author, where an index of its own has the order


@pytest.mark.parametrize("seed", range(3))
async def test_a_list_of_a_tag_or_an_author_has_those_of_all_articles_that_are_theirs(
    client: httpx.AsyncClient, make: Factory, author: User, bert: User, sign_in: SignIn,
    clock: MovableClock, seed: int,
) -> None:  # fmt: skip
    chance = random.Random(seed)
    editor = sign_in(await make.user(Role.EDITOR))
    ids = [(await make.draft(chance.choice([author, bert]))).id for _ in range(8)]
    binned: set[int] = set()
    for _ in range(40):
        id_ = chance.choice(ids)
        method, path, body = move(chance, clock, is_binned=id_ in binned)
        answer = await client.request(method, f"{ARTICLES}/{id_}{path}", headers=editor, json=body)
        assert answer.status_code < 500, answer.text
        if answer.is_success and method in {"DELETE", "POST"}:
            binned ^= {id_}
        await check_alike(client)
    clock.move(100 * DAY)
    await check_alike(client)


def move(
    chance: random.Random, clock: MovableClock, *, is_binned: bool
) -> tuple[str, str, dict[str, Any] | None]:
    """Return what may change whether an article is public, since when, and whose it is."""
    if is_binned:
        return "POST", "/undelete", None
    clock.move(chance.choice([timedelta(), DAY]))
    moment = clock() + chance.choice([-5, -2, -1, 0, 1, 2, 5]) * DAY
    changes: list[dict[str, Any]] = [
        {"published": True},
        {"published": True, "published_at": moment.isoformat()},
        {"published_at": moment.isoformat()},
        {"published": False},
        {"tags": chance.choice([["rivers"], ["lakes", "rivers"], []])},
        {"authors": chance.choice([["anna"], ["bert", "anna"], ["bert"]])},
    ]
    change = chance.choice([*changes, None])
    return ("DELETE", "", None) if change is None else ("PATCH", "", change)


async def check_alike(client: httpx.AsyncClient) -> None:
    """A list that is walked by its own index is a list of all, without what is not wanted."""
    for sort in ("-published_at", "published_at"):
        everything = (await client.get(f"{ARTICLES}?sort={sort}&limit=100")).json()
        for query, is_wanted in (
            ("tag=rivers", lambda item: "rivers" in {tag["name"] for tag in item["tags"]}),
            ("tag=lakes", lambda item: "lakes" in {tag["name"] for tag in item["tags"]}),
            ("author=anna", lambda item: "anna" in {who["username"] for who in item["authors"]}),
            ("author=bert", lambda item: "bert" in {who["username"] for who in item["authors"]}),
        ):
            wanted = list(filter(is_wanted, everything))
            for status in ("published", "all"):  # The latter goes another way.
                found = await client.get(
                    f"{ARTICLES}?{query}&sort={sort}&status={status}&limit=100&total=true"
                )
                assert found.json() == wanted
                assert found.headers["X-Total-Count"] == str(len(wanted))
