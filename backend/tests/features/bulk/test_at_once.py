"""Batches on the same articles at once: each is done as a whole, and none waits for ever."""

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import select, text, update

from app.core.db import Sessions
from app.models import Article, Series, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.bulk.conftest import Send

TURNS = 6


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit, on connections of their own."""
    return committing_sessions


async def test_batches_in_opposite_orders_do_not_wait_for_each_other(
    send: Send, make: Factory, author: User
) -> None:
    ids = [(await make.article(author)).id for _ in range(8)]
    answers = await asyncio.gather(
        *(
            send(author, action, *order)
            for _ in range(TURNS)
            for action, order in (("publish", ids), ("unpublish", ids[::-1]))
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 2 * TURNS}


async def test_no_tag_is_lost_when_many_are_added_at_once(
    send: Send, make: Factory, author: User, sessions: Sessions
) -> None:
    """Whoever comes second adds to what the first has written, or is told to try again."""
    ids = [(await make.article(author)).id for _ in range(4)]
    names = [f"tag {number}" for number in range(TURNS)]
    orders = (ids, ids[::-1])
    answers = await asyncio.gather(
        *(
            send(author, "tag", *orders[number % 2], tags=[name])
            for number, name in enumerate(names)
        )
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 409}
    assert statuses[200]
    done = {name for name, answer in zip(names, answers, strict=True) if answer.is_success}
    async with sessions() as session:
        tags = await session.scalars(select(Article.tag_names).order_by(Article.id))
        assert [set(each) for each in tags] == [done] * len(ids)


async def test_tagging_and_merging_tags_at_once_end_with_one_tag(
    send: Send,
    client: httpx.AsyncClient,
    make: Factory,
    editor: User,
    sign_in: SignIn,
    sessions: Sessions,
) -> None:
    old, new = await make.tag("old"), await make.tag("new")
    ids = [(await make.article(editor, tags=["old"])).id for _ in range(8)]
    merge = f"/api/v1/tags/{old.slug}/merge"
    tagged, merged = await asyncio.gather(
        send(editor, "tag", *ids, tags=["old", "other"]),
        client.post(merge, headers=sign_in(editor), json={"into": new.slug}),
    )
    assert (tagged.status_code in {200, 409}, merged.status_code) == (True, 200)
    async with sessions() as session:
        tags = (await session.scalars(select(Article.tag_names))).all()
    assert all("old" not in each and "new" in each for each in tags)


WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_somebody_waits(sessions: Sessions) -> None:
    async with sessions() as looking:
        while not await looking.scalar(WAITING):
            await looking.rollback()
            await asyncio.sleep(0.01)


async def test_tags_that_are_changed_while_a_batch_waits_are_not_overwritten(
    send: Send, make: Factory, author: User, sessions: Sessions
) -> None:
    article = await make.article(author, slug="river", tags=["old"])
    async with sessions() as other:
        await other.execute(update(Article).values(tag_names=["changed"]))
        batch = asyncio.create_task(send(author, "tag", "river", tags=["new"]))
        await until_somebody_waits(sessions)
        await other.commit()
    answer = await batch
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"].endswith(": river")
    async with sessions() as session:
        stored = await session.get_one(Article, article.id)
        assert stored.tag_names == ["changed"]


async def test_a_batch_has_all_its_articles_before_it_changes_one(
    send: Send,
    client: httpx.AsyncClient,
    make: Factory,
    editor: User,
    sign_in: SignIn,
    sessions: Sessions,
) -> None:
    """What the first change locks besides, as here a series, does not come before an article."""
    series = await make.series(editor)
    first, second = await make.article(editor), await make.article(editor)
    copy, joins = f"/api/v1/articles/{first.id}?draft=true", {"series": series.slug}
    assert (await client.patch(copy, headers=sign_in(editor), json=joins)).status_code == 200
    async with sessions() as other:
        locked = select(Article.id).where(Article.id == second.id).with_for_update(key_share=True)
        await other.execute(locked)
        batch = asyncio.create_task(send(editor, "publish", second.id, first.id))
        await until_somebody_waits(sessions)
        free = select(Series.id).with_for_update(key_share=True, nowait=True)
        assert await other.scalar(free) == series.id
        await other.commit()
    assert (await batch).status_code == 200
