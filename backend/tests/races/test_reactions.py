"""However many like and follow at once, every number is exact, and nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable, Sequence
from itertools import product

import httpx
import pytest
from sqlalchemy import delete, func, select, text

from app.core.db import Sessions
from app.core.policy import Role
from app.models import (
    Article,
    ArticleCounts,
    Favorite,
    FeedMark,
    Notification,
    Tag,
    TagFollow,
    User,
    UserFollow,
)
from tests.conftest import SignIn
from tests.factories import Factory
from tests.races.crowd import at_once, statuses

Headers = dict[str, str]

HUNDRED = 100


@pytest.fixture
async def article(make: Factory) -> Article:
    """What everybody likes; two wrote it."""
    return await make.article(
        await make.user(), with_authors=[await make.user()], slug="down-the-river"
    )


async def crowd(make: Factory, sign_in: SignIn, number: int) -> list[Headers]:
    """Return the headers of so many people."""
    return [sign_in(await make.user(Role.READER)) for _ in range(number)]


def like(
    client: httpx.AsyncClient, article: Article, headers: Headers
) -> Awaitable[httpx.Response]:
    return client.put(f"/api/v1/articles/{article.id}/favorite", headers=headers)


def leave(
    client: httpx.AsyncClient, article: Article, headers: Headers
) -> Awaitable[httpx.Response]:
    return client.delete(f"/api/v1/articles/{article.id}/favorite", headers=headers)


async def rows(sessions: Sessions, table: type) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def somebody_waits(sessions: Sessions) -> None:
    """Return once somebody waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with sessions() as session:
        while not await session.scalar(waiting):
            await session.rollback()
            await asyncio.sleep(0.01)


async def assert_counted(sessions: Sessions, article: Article, expected: int) -> None:
    """The count that is kept, and the favourites that there are, are this number."""
    async with sessions() as session:
        kept = select(ArticleCounts.favorites).where(ArticleCounts.article_id == article.id)
        there = select(func.count()).where(Favorite.article_id == article.id)
        assert [await session.scalar(kept) or 0, await session.scalar(there)] == [expected] * 2


async def test_a_hundred_people_like_an_article_at_once(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    article: Article,
) -> None:
    people = await crowd(make, sign_in, HUNDRED)
    answers = await at_once(*(like(client, article, headers) for headers in people))
    assert statuses(answers) == {200: HUNDRED}
    counts = sorted(answer.json()["favorites_count"] for answer in answers)
    assert counts == list(range(1, HUNDRED + 1))
    await assert_counted(sessions, article, HUNDRED)
    assert await rows(sessions, Notification) == 2 * HUNDRED
    answers = await at_once(*(leave(client, article, headers) for headers in people))
    assert statuses(answers) == {200: HUNDRED}
    await assert_counted(sessions, article, 0)


async def test_a_hundred_people_toggle_at_once(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    article: Article,
) -> None:
    people = await crowd(make, sign_in, HUNDRED)

    async def toggle(headers: Headers, times: int) -> list[httpx.Response]:
        turns = (like, leave)
        return [await turns[turn % 2](client, article, headers) for turn in range(times)]

    answers = await asyncio.gather(
        *(toggle(headers, 1 + number % 4) for number, headers in enumerate(people))
    )
    assert {answer.status_code for turns in answers for answer in turns} == {200}
    await assert_counted(sessions, article, HUNDRED // 2)


@pytest.mark.parametrize("last", [like, leave])
async def test_one_person_toggles_a_hundred_times_at_once(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    article: Article,
    last: object,
) -> None:
    [headers] = await crowd(make, sign_in, 1)
    turns = (like, leave) * (HUNDRED // 2)
    answers = await at_once(*(turn(client, article, headers) for turn in turns))
    assert statuses(answers) == {200: HUNDRED}
    assert {answer.json()["favorites_count"] for answer in answers} <= {0, 1}
    final = await (like if last is like else leave)(client, article, headers)
    await assert_counted(sessions, article, final.json()["favorites_count"])
    assert final.json()["favorites_count"] == (last is like)


async def test_liking_several_articles_in_any_order_makes_no_circle(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    anna, bert = await make.user(), await make.user()
    articles = [
        await make.article(author, with_authors=[other])
        for author, other in ((anna, bert), (bert, anna)) * 2
    ]
    people = [sign_in(anna), sign_in(bert), *await crowd(make, sign_in, 8)]
    likes = [like(client, *each) for each in product(articles, people)]
    leaves = [leave(client, *each) for each in product(articles[::-1], people[::2])]
    mixed = [request for pair in zip(likes, leaves, strict=False) for request in pair]
    answers = await at_once(*mixed, *likes[len(leaves) :])
    assert statuses(answers) == {200: len(likes) + len(leaves)}
    for article in articles:
        async with sessions() as session:
            there = select(func.count()).where(Favorite.article_id == article.id)
            expected = await session.scalar(there) or 0
        await assert_counted(sessions, article, expected)


async def test_articles_go_for_good_while_they_are_liked_and_left(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    author = await make.user()
    articles = [await make.article(author) for _ in range(10)]
    people = await crowd(make, sign_in, 10)
    await at_once(*(like(client, *each) for each in product(articles, people[::2])))

    async def purge(article: Article) -> None:
        async with sessions.begin() as session:
            await session.execute(delete(Article).where(Article.id == article.id))

    async def go(article: Article) -> list[httpx.Response]:
        turns = [(leave, like)[number % 2] for number in range(len(people))]
        requests = [turn(client, article, each) for turn, each in zip(turns, people, strict=True)]
        first, _, second = await asyncio.gather(
            at_once(*requests[:5]), purge(article), at_once(*requests[5:])
        )
        return [*first, *second]

    answers = await asyncio.gather(*(go(article) for article in articles))
    assert {answer.status_code for each in answers for answer in each} <= {200, 404}
    for table in (Favorite, ArticleCounts, Notification):
        assert await rows(sessions, table) == 0


async def test_who_leaves_an_article_that_is_going_waits_for_that_and_holds_nothing(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    article: Article,
) -> None:
    [headers] = await crowd(make, sign_in, 1)
    await like(client, article, headers)
    async with sessions.begin() as session:
        await session.execute(select(Article.id).with_for_update())
        await session.execute(delete(ArticleCounts))
        leaving = asyncio.ensure_future(leave(client, article, headers))
        await somebody_waits(sessions)
        await session.execute(delete(Article))
    assert (await leaving).json() == {"favorited": False, "favorites_count": 0}


@pytest.mark.parametrize(
    ("address", "table"),
    [
        ("articles/down-the-river/favorite", Article),
        ("articles/down-the-river/bookmark", Article),
        ("users/anna/follow", User),
        ("tags/rivers/follow", Tag),
    ],
)
async def test_what_is_going_is_not_there_for_whoever_has_waited(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    address: str,
    table: type[Article] | type[User] | type[Tag],
) -> None:
    anna = await make.user(username="anna")
    article = await make.article(anna, slug="down-the-river", tags=["rivers"])
    ids = {Article: article.id, User: anna.id, Tag: (await make.tag("rivers")).id}
    [headers] = await crowd(make, sign_in, 1)
    async with sessions.begin() as session:
        goes = table.id == ids[table]
        await session.execute(select(table.id).where(goes).with_for_update())
        waiting = asyncio.ensure_future(client.put(f"/api/v1/{address}", headers=headers))
        await somebody_waits(sessions)
        await session.execute(delete(table).where(goes))
    assert (await waiting).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("articles/down-the-river/favorite", 401),
        ("articles/down-the-river/bookmark", 404),
        ("users/anna/follow", 401),
        ("tags/rivers/follow", 404),
        ("feed/seen", 401),
    ],
)
async def test_whoever_is_going_does_nothing_any_more(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    address: str,
    status: int,
) -> None:
    anna, reader = await make.user(username="anna"), await make.user(Role.READER)
    await make.article(anna, slug="down-the-river", tags=["rivers"])
    goes, body = User.id == reader.id, {"seen_at": "2026-01-15T11:00:00Z"}
    async with sessions.begin() as session:
        await session.execute(select(User.id).where(goes).with_for_update())
        waiting = asyncio.ensure_future(
            client.put(f"/api/v1/{address}", headers=sign_in(reader), json=body)
        )
        await somebody_waits(sessions)
        await session.execute(delete(User).where(goes))
    assert (await waiting).status_code == status


async def test_who_likes_what_somebody_wrote_who_is_going_waits_for_that_and_holds_nothing(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    sessions: Sessions,
    article: Article,
) -> None:
    [headers] = await crowd(make, sign_in, 1)
    async with sessions.begin() as session:
        going = (await session.scalars(select(User).filter_by(id=article.author_ids[1]))).one()
        await session.refresh(going, with_for_update=True)
        liking = asyncio.ensure_future(like(client, article, headers))
        await somebody_waits(sessions)
        await session.execute(select(Article.id).with_for_update())
        await session.execute(delete(User).where(User.id == going.id))
    assert (await liking).json() == {"favorited": True, "favorites_count": 1}
    assert await rows(sessions, Notification) == 1


async def test_people_leave_while_others_like_what_they_wrote_together(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    owner, *authors = [await make.user() for _ in range(7)]
    article = await make.article(owner, with_authors=authors)
    fans = await crowd(make, sign_in, 36)
    await at_once(*(like(client, article, sign_in(author)) for author in authors))
    requests = []
    for number, author in enumerate(authors):
        requests += [like(client, article, each) for each in fans[number :: len(authors)]]
        requests.append(client.delete("/api/v1/users/me", headers=sign_in(author)))
    answers = await at_once(*requests)
    assert statuses(answers) == {200: len(fans), 204: len(authors)}
    await assert_counted(sessions, article, len(fans))


async def test_everybody_follows_everybody_at_once(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    people = [await make.user() for _ in range(10)]
    pairs = [each for each in product(people, people) if each[0] is not each[1]]

    def follow(method: str, pairs: Sequence[tuple[User, User]]) -> list[Awaitable[httpx.Response]]:
        return [
            client.request(method, f"/api/v1/users/{whom.id}/follow", headers=sign_in(who))
            for who, whom in pairs
        ]

    answers = await at_once(*follow("PUT", pairs))
    assert statuses(answers) == {200: len(pairs)}
    assert await rows(sessions, UserFollow) == len(pairs)
    assert await rows(sessions, Notification) == len(pairs)
    storm = follow("PUT", pairs) + follow("DELETE", pairs)
    answers = await at_once(*(request for pair in zip(storm[::2], storm[1::2], strict=True)
                              for request in pair))  # fmt: skip
    assert statuses(answers) == {200: 2 * len(pairs)}
    await at_once(*follow("DELETE", pairs))
    assert await rows(sessions, UserFollow) == 0
    assert await rows(sessions, Notification) == len(pairs)


async def test_one_person_follows_and_leaves_a_hundred_times_at_once(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    followed, follower = await make.user(), await make.user()
    address, headers = f"/api/v1/users/{followed.id}", sign_in(follower)
    answers = await at_once(
        *(
            client.request(("PUT", "DELETE")[turn % 2], f"{address}/follow", headers=headers)
            for turn in range(HUNDRED)
        )
    )
    assert statuses(answers) == {200: HUNDRED}
    await client.put(f"{address}/follow", headers=headers)
    answer = await client.get(f"{address}/followers?total=true")
    assert answer.headers["X-Total-Count"] == "1"
    assert await rows(sessions, Notification) == 1


async def test_people_who_are_followed_leave_meanwhile(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    people = [await make.user() for _ in range(8)]
    leaving = people[::2]
    answers = await at_once(
        *(
            client.put(f"/api/v1/users/{whom.id}/follow", headers=sign_in(who))
            for who, whom in product(people, people)
            if who is not whom
        ),
        *(client.delete("/api/v1/users/me", headers=sign_in(each)) for each in leaving),
    )
    assert set(statuses(answers)) <= {200, 204, 401, 404}
    assert statuses(answers)[204] == len(leaving)
    assert await rows(sessions, UserFollow) == 4 * 3


async def test_a_tag_is_followed_while_it_becomes_a_part_of_another(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    author, editor = await make.user(), await make.user(Role.EDITOR)
    await make.article(author, tags=["streams", "rivers"])
    people = await crowd(make, sign_in, 20)
    merge = client.post(
        "/api/v1/tags/streams/merge", headers=sign_in(editor), json={"into": "rivers"}
    )
    answers = await at_once(
        *(client.put("/api/v1/tags/streams/follow", headers=headers) for headers in people[:10]),
        merge,
        *(client.put("/api/v1/tags/streams/follow", headers=headers) for headers in people[10:]),
    )
    assert set(statuses(answers)) <= {200, 404}
    async with sessions() as session:
        followed = (await session.scalars(select(TagFollow.user_id))).all()
    assert len(followed) == statuses(answers)[200] - 1


async def test_the_latest_of_many_marks_stays(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, sessions: Sessions
) -> None:
    [headers] = await crowd(make, sign_in, 1)
    moments = [f"2026-01-15T11:{minute:02}:00Z" for minute in range(20)]
    answers = await at_once(
        *(
            client.put("/api/v1/feed/seen", headers=headers, json={"seen_at": moment})
            for moment in (*moments[::2], *reversed(moments[1::2]))
        )
    )
    assert statuses(answers) == {200: len(moments)}
    answer = await client.get("/api/v1/feed/unread-count", headers=headers)
    assert answer.json()["seen_at"] == moments[-1]
    assert await rows(sessions, FeedMark) == 1
