"""Whoever tags an article while an editor renames, merges or deletes the tag loses nothing."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.errors import GalleyError
from app.core.policy import Role
from app.features.tags.errors import SameTag, TagNameTaken, TagSlugTaken
from app.features.tags.schemas import TagCreate, TagUpdate
from app.features.tags.service import TagService
from app.models import Article, ArticleTag, Tag, TagAlias, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory

CROWD = 30
Work = Callable[[AsyncSession], Awaitable[Any]]


def always(_: Tag) -> None:
    """Be a check that nothing fails."""


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who keeps the tags in order."""
    return await make.user(Role.EDITOR)


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session that sees what others have committed."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


def tagging(article: Article, *names: str) -> Work:
    """Give an article these tags instead of what it has: the tags first, then the article."""

    async def tag(session: AsyncSession) -> None:
        used = await TagService(session).use(names, at=EARLY_2026)
        query = select(Article).where(Article.id == article.id).with_for_update(key_share=True)
        locked = (await session.scalars(query)).one()
        await session.execute(delete(ArticleTag).where(ArticleTag.article_id == locked.id))
        locked.tag_names = [tag.name for tag in used]
        session.add_all(
            ArticleTag(article_id=locked.id, tag_id=tag.id, position=position)
            for position, tag in enumerate(used)
        )
        await session.flush()

    return tag


def using(*names: str) -> Work:
    return lambda session: TagService(session).use(names, at=EARLY_2026)


def renaming(editor: User, ref: str, name: str) -> Work:
    changes = TagUpdate(name=name)
    return lambda session: TagService(session).update(
        ref, changes, editor=editor, at=EARLY_2026, check=always
    )


def merging(editor: User, ref: str, into: str) -> Work:
    return lambda session: TagService(session).merge(
        ref, into, editor=editor, at=EARLY_2026, check=always
    )


def deleting(editor: User, ref: str) -> Work:
    return lambda session: TagService(session).delete(ref, editor=editor, check=always)


async def committed(sessions: Sessions, work: Work) -> Any:  # noqa: ANN401 - whatever it returns
    async with sessions.begin() as session:
        return await work(session)


async def one_after_the_other(sessions: Sessions, first: Work, second: Work) -> None:
    """Do one thing, and commit it when the other one waits for it."""
    async with sessions.begin() as session:
        await first(session)
        waiting = asyncio.create_task(committed(sessions, second))
        await somebody_waits(sessions)
    await waiting


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


async def names(session: AsyncSession, article: Article) -> list[str]:
    """Return the names of an article's tags, about which its array and the joins must agree."""
    joined = (
        select(Tag.name)
        .join(ArticleTag, ArticleTag.tag_id == Tag.id)
        .where(ArticleTag.article_id == article.id)
        .order_by(ArticleTag.position)
    )
    [in_array] = await session.scalars(select(Article.tag_names).where(Article.id == article.id))
    assert in_array == list(await session.scalars(joined))
    return in_array


async def test_a_crowd_that_uses_new_names_makes_each_tag_once(
    sessions: Sessions, session: AsyncSession
) -> None:
    new = ["C", "C++", "C#", "c+", "Rivers", "Boats", "!", "?", "2026"]
    orders = [random.Random(number).sample(new, len(new)) for number in range(CROWD)]
    answers = await asyncio.gather(*(committed(sessions, using(*order)) for order in orders))
    ids = {frozenset(tag.id for tag in tags) for tags in answers}
    assert len(ids) == 1
    assert await session.scalar(select(func.count(Tag.id))) == len(new)


async def test_crowds_whose_names_want_each_others_addresses_do_not_lock_each_other_out(
    sessions: Sessions, session: AsyncSession
) -> None:
    for round_ in range(10):
        a, b = f"a{round_}", f"b{round_}"
        crowd = [(f"{a}#", b), (f"#{b}", f"{a}+"), (b, f"{a}#"), (f"{a}+", f"#{b}")]
        await asyncio.gather(*(committed(sessions, using(*each)) for each in crowd))
        made = list(await session.scalars(select(Tag.name).where(Tag.name.contains(str(round_)))))
        assert sorted(made) == sorted({*crowd[0], *crowd[1]})
        await session.execute(delete(Tag))


EDITS: Sequence[tuple[Callable[[User], Work], list[str], list[str]]] = [
    (lambda editor: merging(editor, "rivers", "streams"), ["x", "streams"], ["x", "streams"]),
    (lambda editor: renaming(editor, "rivers", "brooks"), ["x", "brooks"], ["x", "brooks"]),
    (lambda editor: deleting(editor, "rivers"), ["x"], ["x", "rivers"]),
]


@pytest.mark.parametrize(("edit", "expected"), [(edit, first) for edit, first, _ in EDITS])
async def test_an_edit_waits_for_whoever_is_tagging(
    sessions: Sessions,
    session: AsyncSession,
    make: Factory,
    author: User,
    editor: User,
    edit: Callable[[User], Work],
    expected: list[str],
) -> None:
    await make.tag("streams")
    others = await make.article(author, tags=["rivers", "x"])
    article = await make.article(author)
    await one_after_the_other(sessions, tagging(article, "x", "rivers"), edit(editor))
    assert await names(session, article) == expected
    assert sorted(await names(session, others)) == sorted(expected)


@pytest.mark.parametrize(("edit", "expected"), [(edit, second) for edit, _, second in EDITS])
async def test_whoever_is_tagging_waits_for_an_edit_and_finds_the_tag_where_it_is_then(
    sessions: Sessions,
    session: AsyncSession,
    make: Factory,
    author: User,
    editor: User,
    edit: Callable[[User], Work],
    expected: list[str],
) -> None:
    await make.tag("streams")
    await make.article(author, tags=["rivers", "x"])
    article = await make.article(author)
    await one_after_the_other(sessions, edit(editor), tagging(article, "x", "rivers"))
    assert await names(session, article) == expected


@pytest.mark.parametrize("edit", [edit for edit, *_ in EDITS])
async def test_an_edit_does_not_bring_back_what_an_author_takes_away_meanwhile(
    sessions: Sessions,
    session: AsyncSession,
    make: Factory,
    author: User,
    editor: User,
    edit: Callable[[User], Work],
) -> None:
    await make.tag("streams")
    article = await make.article(author, tags=["rivers", "x"])
    await one_after_the_other(sessions, tagging(article, "y", "x"), edit(editor))
    assert await names(session, article) == ["y", "x"]


async def test_merging_does_not_wait_for_whoever_uses_the_tag_that_stays(
    sessions: Sessions, make: Factory, editor: User
) -> None:
    await make.tag("rivers")
    await make.tag("streams")
    async with sessions.begin() as session:
        [first] = await using("streams")(session)
        await committed(sessions, merging(editor, "rivers", "streams"))
        [again] = await using("rivers")(session)
    assert again == first


async def test_a_name_that_somebody_is_making_up_is_not_given_to_another_tag(
    sessions: Sessions, make: Factory, editor: User
) -> None:
    await make.tag("rivers")
    with pytest.raises((TagNameTaken, TagSlugTaken)):
        await one_after_the_other(sessions, using("brooks"), renaming(editor, "rivers", "brooks"))


async def test_a_name_that_a_tag_is_given_is_not_made_up_a_second_time(
    sessions: Sessions, session: AsyncSession, make: Factory, editor: User
) -> None:
    await make.tag("rivers")
    await one_after_the_other(sessions, renaming(editor, "rivers", "brooks"), using("a", "brooks"))
    assert sorted(await session.scalars(select(Tag.name))) == ["a", "brooks"]


async def test_a_name_that_a_tag_is_giving_up_goes_on_leading_to_it(
    sessions: Sessions, session: AsyncSession, make: Factory, editor: User
) -> None:
    await make.tag("rivers")
    await make.tag("streams")
    with pytest.raises(TagNameTaken):
        await one_after_the_other(
            sessions, renaming(editor, "rivers", "brooks"), renaming(editor, "streams", "rivers")
        )
    assert sorted(await session.scalars(select(Tag.name))) == ["brooks", "streams"]


async def test_two_tags_cannot_swap_their_names(
    sessions: Sessions, make: Factory, editor: User
) -> None:
    await make.tag("rivers")
    await make.tag("streams")
    outcomes = await asyncio.gather(
        committed(sessions, renaming(editor, "rivers", "streams")),
        committed(sessions, renaming(editor, "streams", "rivers")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [TagNameTaken, TagNameTaken]


async def test_two_tags_merged_into_each_other_leave_one(
    sessions: Sessions, session: AsyncSession, make: Factory, author: User, editor: User
) -> None:
    article = await make.article(author, tags=["rivers", "x", "streams"])
    outcomes = await asyncio.gather(
        committed(sessions, merging(editor, "rivers", "streams")),
        committed(sessions, merging(editor, "streams", "rivers")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(SameTag) == 1
    left, x = await names(session, article)
    assert (left in {"rivers", "streams"}, x) == (True, "x")


async def test_editors_who_make_the_same_tag_make_one(
    sessions: Sessions, session: AsyncSession, editor: User
) -> None:
    def making(name: str) -> Work:
        new = TagCreate(name=name)
        return lambda session: TagService(session).create(new, editor=editor, at=EARLY_2026)

    outcomes = await asyncio.gather(
        *(committed(sessions, making(name)) for name in ["Rivers", "RIVERS"] * 5),
        *(committed(sessions, using("rivers")) for _ in range(5)),
        return_exceptions=True,
    )
    refusals = [each for each in outcomes if isinstance(each, BaseException)]
    assert {type(refusal) for refusal in refusals} == {TagNameTaken}
    assert len(refusals) in {9, 10}
    assert await session.scalar(select(func.count(Tag.id))) == 1


WORDS = ["rivers", "streams", "brooks", "x", "C", "C++"]


def _anything(chance: random.Random, articles: Sequence[Article], editor: User) -> Work:
    one, other = chance.sample(WORDS, 2)
    kind = chance.randrange(8)
    if kind == 0:
        return merging(editor, one, other)
    if kind == 1:
        return renaming(editor, one, other)
    if kind == 2:
        return renaming(editor, one, f"new {chance.randrange(1000)}")
    if kind == 3:
        return deleting(editor, one)
    return tagging(chance.choice(articles), *chance.sample(WORDS, 3))


@pytest.mark.parametrize("seed", range(5))
async def test_in_a_storm_of_tagging_and_editing_everything_agrees_and_nobody_is_locked_out(
    sessions: Sessions,
    session: AsyncSession,
    make: Factory,
    author: User,
    editor: User,
    seed: int,
) -> None:
    chance = random.Random(seed)
    articles = [await make.article(author, tags=WORDS[:3]) for _ in range(5)]
    works = [_anything(chance, articles, editor) for _ in range(5 * CROWD)]
    outcomes = await asyncio.gather(
        *(committed(sessions, work) for work in works), return_exceptions=True
    )
    failures = [each for each in outcomes if isinstance(each, BaseException)]
    assert not [each for each in failures if isinstance(each, DBAPIError)]
    assert all(isinstance(each, GalleyError) for each in failures)
    for article in articles:
        found = await names(session, article)
        assert len(set(found)) == len(found)
    shadowed = select(Tag.name).join(
        TagAlias,
        (func.lower(TagAlias.name) == func.lower(Tag.name)) | (TagAlias.slug == Tag.slug),
    )
    assert list(await session.scalars(shadowed)) == []


async def test_articles_that_are_written_meanwhile_agree_as_well(
    client: httpx.AsyncClient,
    session: AsyncSession,
    make: Factory,
    sign_in: SignIn,
    author: User,
    editor: User,
) -> None:
    articles = [await make.article(author, tags=WORDS[:3]) for _ in range(5)]
    chance = random.Random(0)

    def request(number: int) -> Awaitable[httpx.Response]:
        one, other = chance.sample(["rivers", "streams", "brooks", "x"], 2)
        if number % 5 == 0:
            address, into = f"/api/v1/tags/{one}/merge", {"into": other}
            return client.post(address, headers=sign_in(editor), json=into)
        if number % 5 == 1:
            address, body = f"/api/v1/tags/{one}", {"name": f"new {number}"}
            return client.patch(address, headers=sign_in(editor), json=body)
        address = f"/api/v1/articles/{chance.choice(articles).id}"
        tags = {"tags": chance.sample(WORDS, 3)}
        return client.patch(address, headers=sign_in(author), json=tags)

    answers = await asyncio.gather(*(request(number) for number in range(3 * CROWD)))
    assert {answer.status_code for answer in answers} <= {200, 404, 422}
    written = [each for each in answers if "/articles/" in each.url.path]
    assert {answer.status_code for answer in written} == {200}
    for article in articles:
        await names(session, article)
