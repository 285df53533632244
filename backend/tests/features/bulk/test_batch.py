"""Batches: many articles are changed as one would be, all of them or none."""

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Revision, Tag, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.features.bulk.conftest import Send

READ = "/api/v1/articles"


async def stored(session: AsyncSession, article: Article) -> Article:
    """Return an article as the database has it."""
    query = select(Article).where(Article.id == article.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def state(session: AsyncSession) -> list[tuple[object, ...]]:
    """Return everything that a batch can change."""
    articles = await session.execute(
        select(
            Article.id, Article.version, Article.published, Article.deleted_at, Article.tag_names
        ).order_by(Article.id)
    )
    revisions = await session.execute(select(Revision.id).order_by(Revision.id))
    tags = await session.execute(select(Tag.name).order_by(Tag.name))
    return [tuple(row) for found in (articles, revisions, tags) for row in found]


async def test_drafts_are_published_together(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    first, second = await make.draft(author, slug="first"), await make.draft(author, slug="second")
    answer = await send(author, "publish", "second", first.id)
    assert answer.status_code == 200
    assert answer.json() == {
        "changed": 2,
        "articles": [
            {"id": second.id, "slug": "second", "version": 2, "status": "published"},
            {"id": first.id, "slug": "first", "version": 2, "status": "published"},
        ],
    }
    assert (await stored(session, first)).published_at == EARLY_2026


async def test_publishing_takes_the_working_copy_along(
    send: Send, client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn
) -> None:
    article = await make.article(author)
    address = f"{READ}/{article.id}"
    changes = {"title": "Better", "tags": ["boats"]}
    await client.patch(f"{address}?draft=true", headers=sign_in(author), json=changes)
    assert (await send(author, "publish", article.id)).json()["changed"] == 1
    published = (await client.get(address)).json()
    assert (published["title"], published["version"]) == ("Better", 2)


async def test_articles_are_withdrawn_deleted_and_brought_back_together(
    send: Send, client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    articles = [await make.article(author), await make.article(author)]
    ids = [article.id for article in articles]
    for action, status, public in (
        ("unpublish", "draft", 404),
        ("publish", "published", 200),
        ("delete", "deleted", 404),
        ("undelete", "published", 200),
    ):
        answer = await send(author, action, *ids)
        assert {each["status"] for each in answer.json()["articles"]} == {status}
        assert answer.json()["changed"] == 2
        for id_ in ids:
            assert (await client.get(f"{READ}/{id_}")).status_code == public


async def test_tags_are_added_at_the_end_and_taken_away_whatever_their_case(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    river = await make.article(author, tags=["Rivers"])
    sea = await make.article(author, tags=["Sea", "Boats"])
    answer = await send(author, "tag", river.id, sea.id, tags=["boats", "rivers", "New"])
    assert answer.json()["changed"] == 2
    assert (await stored(session, river)).tag_names == ["Rivers", "Boats", "New"]
    assert (await stored(session, sea)).tag_names == ["Sea", "Boats", "Rivers", "New"]
    answer = await send(author, "untag", river.id, sea.id, tags=["RIVERS", "nobody knows this"])
    assert answer.json()["changed"] == 2
    assert (await stored(session, river)).tag_names == ["Boats", "New"]
    assert (await stored(session, sea)).tag_names == ["Sea", "Boats", "New"]
    names = await session.scalars(select(Tag.name))
    assert set(names) == {"Rivers", "Boats", "New", "Sea"}


async def test_what_changes_nothing_makes_no_revision(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.article(author, tags=["rivers"])
    before = await state(session)
    for action, more in (
        ("publish", {}),
        ("tag", {"tags": ["rivers"]}),
        ("untag", {"tags": ["x"]}),
    ):
        answer = await send(author, action, article.id, **more)
        assert (answer.json()["changed"], answer.json()["articles"][0]["version"]) == (0, 1)
    assert await state(session) == before


async def test_each_change_is_a_revision_with_its_editor(
    send: Send, make: Factory, author: User, editor: User, session: AsyncSession
) -> None:
    article = await make.article(author)
    await send(editor, "unpublish", article.id)
    newest = select(Revision).where(Revision.article_id == article.id, Revision.version == 2)
    revision = (await session.scalars(newest)).one()
    assert (revision.editor_id, revision.fields) == (editor.id, ["published"])


async def test_an_article_that_is_named_twice_is_changed_once(
    send: Send, make: Factory, author: User
) -> None:
    article = await make.article(author, slug="river")
    answer = await send(author, "unpublish", "river", article.id, str(article.id), "river")
    assert answer.json()["changed"] == 1
    assert [each["version"] for each in answer.json()["articles"]] == [2]


ACTIONS: list[dict[str, object]] = [
    {"action": "publish"}, {"action": "unpublish"}, {"action": "delete"},
    {"action": "tag", "tags": ["new"]}, {"action": "untag", "tags": ["rivers"]},
]  # fmt: skip


@pytest.mark.parametrize("batch", ACTIONS)
@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (404, "Article not found: nowhere"),
        (404, "Article not found: their-draft"),
        (403, "Not authorized: theirs"),
        (404, "Article not found: in-the-bin"),
    ],
)
async def test_one_refusal_leaves_everything_as_it_was_and_is_named(
    send: Send,
    make: Factory,
    author: User,
    session: AsyncSession,
    batch: dict[str, str],
    status: int,
    detail: str,
) -> None:
    own = [await make.article(author, tags=["rivers"]), await make.draft(author)]
    stranger = await make.user()
    await make.article(stranger, slug="theirs")
    await make.draft(stranger, slug="their-draft")
    await make.article(author, slug="in-the-bin", deleted_at=EARLY_2026)
    before = await state(session)
    action, more = batch["action"], {name: batch[name] for name in batch.keys() - {"action"}}
    answer = await send(author, action, own[0].id, detail.rsplit(maxsplit=1)[-1], own[1].id, **more)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert await state(session) == before


async def test_a_refusal_halfway_leaves_what_was_done_before_it_undone(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    first = await make.article(author, tags=["rivers"])
    await make.article(author, slug="full", tags=[f"tag {number}" for number in range(20)])
    before = await state(session)
    answer = await send(author, "tag", first.id, "full", tags=["new"])
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_tags")
    assert answer.json()["detail"].endswith(": full")
    assert await state(session) == before


async def test_only_what_is_in_the_bin_can_be_brought_back(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    deleted = await make.article(author, deleted_at=EARLY_2026)
    await make.article(author, slug="kept")
    before = await state(session)
    answer = await send(author, "undelete", deleted.id, "kept")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_deleted")
    assert answer.json()["detail"].endswith(": kept")
    assert await state(session) == before


async def test_editors_may_change_what_others_wrote(
    send: Send, make: Factory, author: User, editor: User
) -> None:
    article = await make.draft(author)
    assert (await send(editor, "publish", article.id)).status_code == 200
    assert (await send(None, "publish", article.id)).status_code == 401


async def test_a_repeated_key_gets_the_first_answer_again(
    send: Send, make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.draft(author)
    first = await send(author, "publish", article.id, key="once")
    after = await state(session)
    again = await send(author, "publish", article.id, key="once")
    assert again.content == first.content
    assert again.headers["Idempotent-Replay"] == "true"
    assert await state(session) == after


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "burn", "articles": [1]},
        {"action": "publish", "articles": []},
        {"action": "publish", "articles": [1] * 101},
        {"action": "publish", "articles": [0]},
        {"action": "publish", "articles": [2**63]},
        {"action": "publish", "articles": [True]},
        {"action": "publish", "articles": [""]},
        {"action": "publish", "articles": ["x" * 201]},
        {"action": "publish", "articles": ["a\x00"]},
        {"action": "publish", "articles": [1], "tags": ["rivers"]},
        {"action": "delete", "articles": [1], "tags": None},
        {"action": "tag", "articles": [1]},
        {"action": "tag", "articles": [1], "tags": []},
        {"action": "untag", "articles": [1], "tags": [" "]},
        {"action": "tag", "articles": [1], "tags": [str(number) for number in range(21)]},
        {"action": "publish", "articles": [1], "note": "x"},
    ],
)
async def test_a_batch_that_says_too_little_or_too_much_is_refused(
    send: Send, author: User, body: dict[str, object]
) -> None:
    action, articles = body.pop("action", None), body.pop("articles", [])
    assert isinstance(articles, list)
    answer = await send(author, str(action), *articles, **body)
    assert answer.status_code == 422


async def test_a_hundred_articles_are_one_batch(send: Send, make: Factory, author: User) -> None:
    articles = [await make.draft(author) for _ in range(100)]
    answer = await send(author, "tag", *(each.id for each in articles), tags=["new"])
    assert answer.json()["changed"] == 100
