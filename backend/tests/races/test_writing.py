"""When several people write at once, no update is lost."""

import asyncio
from itertools import permutations
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.models import Article, Revision, User, WorkingCopy
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.races.crowd import (
    ARTICLES,
    CROWD,
    NEW,
    ROUNDS,
    assert_consistent,
    at_once,
    patch,
    statuses,
)  # fmt: skip


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who writes along."""
    return await make.user(Role.EDITOR)


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
def as_editor(editor: User, sign_in: SignIn) -> dict[str, str]:
    """The editor's headers."""
    return sign_in(editor)


@pytest.fixture(autouse=True)
async def _all_is_well(sessions: Sessions) -> Any:  # noqa: ANN401 - a generator
    """Afterwards everything still fits together."""
    yield
    await assert_consistent(sessions)


async def test_of_twenty_who_change_one_version_one_wins_each_round(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    article = await make.article(author)
    for number in range(1, 6):
        etag = (await client.get(f"{ARTICLES}/{article.id}", headers=as_author)).headers["ETag"]
        headers = {**as_author, "If-Match": etag}
        answers = await at_once(
            *(
                patch(client, article.id, headers, title=f"Round {number}, attempt {attempt}")
                for attempt in range(CROWD)
            )
        )
        assert statuses(answers) == {200: 1, 412: CROWD - 1}
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        assert winner["version"] == number + 1
        stored = (await client.get(f"{ARTICLES}/{article.id}")).json()
        assert stored["title"] == winner["title"]


async def test_changes_of_different_fields_are_all_kept(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        article = await make.article(author, content="Some *text* here.")
        meta = [
            {"title": "T"},
            {"description": "D"},
            {"og_title": "O"},
            {"robots": "noindex,follow"},
        ]
        answers = await at_once(
            patch(client, article.id, as_author, title="Up"),
            patch(client, article.id, as_author, content="We came back at **six**."),
            patch(client, article.id, as_author, content_format="html"),
            patch(client, article.id, as_author, tags=["a", "b"]),
            *(patch(client, article.id, as_author, meta=each) for each in meta),
        )
        assert statuses(answers) == {200: 8}
        page = (await client.get(f"{ARTICLES}/{article.id}")).json()
        assert (page["title"], page["version"]) == ("Up", 9)
        assert page["content_html"].strip() == "We came back at **six**."
        assert [tag["name"] for tag in page["tags"]] == ["a", "b"]
        for each in meta:
            assert page["meta"].items() >= each.items()


async def test_two_publications_are_one(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        draft = await make.draft(author)
        publish = f"{ARTICLES}/{draft.id}/publish"
        answers = await at_once(*(client.post(publish, headers=as_author) for _ in range(3)))
        assert statuses(answers) == {200: 3}
        assert {answer.json()["version"] for answer in answers} == {2}


@pytest.mark.parametrize("edited", ["title", "excerpt"])
async def test_publishing_and_editing_lose_neither(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    session: AsyncSession,
    edited: str,
) -> None:
    for _ in range(ROUNDS):
        article = await make.article(author, title="Before")
        await patch(client, article.id, as_author, "?draft=true", title="Kept")
        published, changed = await at_once(
            client.post(f"{ARTICLES}/{article.id}/publish", headers=as_author),
            patch(client, article.id, as_editor, **{edited: "Edited"}),
        )
        assert changed.status_code == 200
        page = (await client.get(f"{ARTICLES}/{article.id}", headers=as_author)).json()
        if published.status_code == 409:
            assert edited == "title"
            assert published.json()["code"] == "working_copy_conflict"
            assert (page["title"], page["version"]) == ("Edited", 2)
            assert page["working_copy"]["fields"] == ["title"]
            continue
        assert page["version"] == 3
        assert (page["title"], page[edited]) == (
            ("Edited", "Edited") if edited == "title" else ("Kept", "Edited")
        )
        query = select(Revision.state).where(Revision.article_id == article.id)
        titles = [state["title"] for state in await session.scalars(query)]
        assert "Kept" in titles


async def test_publishing_and_keeping_lose_nothing(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        article = await make.article(author, title="Before")
        await patch(client, article.id, as_author, "?draft=true", title="First")
        published, kept = await at_once(
            client.post(f"{ARTICLES}/{article.id}/publish", headers=as_author),
            patch(client, article.id, as_author, "?draft=true", title="Second", tags=["a"]),
        )
        assert kept.status_code == 200
        assert published.status_code in {200, 409}
        draft = await client.get(f"{ARTICLES}/{article.id}?draft=true", headers=as_author)
        assert draft.json()["title"] == "Second"
        assert [tag["name"] for tag in draft.json()["tags"]] == ["a"]
        page = (await client.get(f"{ARTICLES}/{article.id}")).json()
        allowed = {"First", "Second"} if published.status_code == 200 else {"Before"}
        assert page["title"] in allowed


async def test_what_many_keep_at_once_is_all_there(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    fields = {"title": "Up", "excerpt": "Short", "locale": "de", "slug": "up", "cover": "/x.jpg"}
    article = await make.article(author)
    answers = await at_once(
        *(
            patch(client, article.id, as_author, "?draft=true", **{name: value})
            for name, value in fields.items()
        )
    )
    assert statuses(answers) == {200: len(fields)}
    draft = await client.get(f"{ARTICLES}/{article.id}?draft=true", headers=as_author)
    assert draft.json().items() >= fields.items()
    assert draft.json()["working_copy"]["version"] == len(fields)


async def test_deleting_and_editing_are_one_after_the_other(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        article = await make.article(author)
        deleted, changed, published = await at_once(
            client.delete(f"{ARTICLES}/{article.id}", headers=as_author),
            patch(client, article.id, as_author, title="Edited"),
            client.post(f"{ARTICLES}/{article.id}/publish", headers=as_author),
        )
        assert deleted.status_code == 204
        assert changed.status_code in {200, 404}
        assert published.status_code in {200, 404}
        page = (await client.get(f"{ARTICLES}/{article.id}", headers=as_author)).json()
        assert page["status"] == "deleted"
        assert (page["title"] == "Edited") is (changed.status_code == 200)


# What articles have to do with each other


async def test_articles_that_are_said_to_translate_each_other_are_no_deadlock(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        ids = [(await make.article(author, locale=each)).id for each in ("en", "de", "fr")]
        answers = await at_once(
            *(
                patch(client, one, as_author, translation_of=str(other), title=f"{one} {other}")
                for one, other in permutations(ids, 2)
            )
        )
        assert statuses(answers).keys() <= {200, 400}
        await patch_all(client, ids, as_author)


async def patch_all(client: httpx.AsyncClient, ids: list[int], headers: dict[str, str]) -> None:
    """Write each anew, because joining a group of translations is no version of the original."""
    for id_ in ids:
        assert (await patch(client, id_, headers, title="Afterwards")).status_code == 200


async def test_one_language_is_translated_into_once(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    original = await make.article(author, slug="river")
    new = {**NEW, "locale": "de", "translation_of": "river"}
    answers = await at_once(
        *(client.post(ARTICLES, headers=as_author, json=new) for _ in range(CROWD))
    )
    assert statuses(answers) == {201: 1, 400: CROWD - 1}
    await patch_all(client, [original.id], as_author)


async def test_an_account_that_goes_while_it_writes_is_no_crash(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, as_editor: dict[str, str]
) -> None:
    for _ in range(ROUNDS):
        leaving = await make.user()
        article = await make.article(leaving)
        headers = sign_in(leaving)
        gone, *answers = await at_once(
            client.delete("/api/v1/users/me", headers=headers),
            patch(client, article.id, headers, title="Last words"),
            patch(client, article.id, headers, "?draft=true", title="Last words"),
            client.post(f"{ARTICLES}/{article.id}/publish", headers=headers),
            patch(client, article.id, as_editor, pinned=True),
        )
        assert gone.status_code == 204
        assert statuses(answers).keys() <= {200, 401, 404, 409}


async def test_many_who_join_a_series_each_get_a_place(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    await make.series(author, slug="journey")
    answers = await at_once(
        *(
            client.post(ARTICLES, headers=as_author, json={**NEW, "series": "journey"})
            for _ in range(CROWD)
        )
    )
    places = [answer.json()["series"]["position"] for answer in answers]
    assert sorted(places) == list(range(1, CROWD + 1))


async def test_nothing_is_left_of_what_was_purged_while_it_came_back(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str],
    sessions: Sessions,
) -> None:  # fmt: skip
    article = await make.article(author, deleted_at=EARLY_2026)

    async def purge() -> None:
        async with sessions.begin() as session:
            await session.execute(delete(Article).where(Article.deleted_at.is_not(None)))

    back, _ = await asyncio.gather(
        client.post(f"{ARTICLES}/{article.id}/undelete", headers=as_author), purge()
    )
    assert back.status_code in {200, 404}
    async with sessions() as session:
        left = await session.scalar(select(func.count()).select_from(Article))
        assert left == (1 if back.status_code == 200 else 0)
        assert await session.scalar(select(func.count()).select_from(WorkingCopy)) == 0


async def test_a_link_to_what_goes_at_that_moment_is_no_crash(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    for _ in range(ROUNDS):
        writer = await make.user()
        article, headers = await make.article(writer), sign_in(writer)
        await at_once(
            client.delete("/api/v1/users/me", headers=headers),
            *(
                client.post(f"{ARTICLES}/{article.id}/previews", headers=headers)
                for _ in range(CROWD // 4)
            ),
        )
