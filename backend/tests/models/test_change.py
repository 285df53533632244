"""A stamp moves with every change of what lists of articles show, and with nothing else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import Executable

from app.core.policy import Role
from app.models import (
    Article,
    ArticleAuthor,
    ArticleCounts,
    ArticleTag,
    Bookmark,
    Change,
    Comment,
    CommentStatus,
    Favorite,
    Revision,
    Series,
    Site,
    Tag,
    TagAlias,
    User,
    UserFollow,
    WorkingCopy,
)
from tests.factories import EARLY_2026, Factory

NEW = {"created_at": EARLY_2026, "updated_at": EARLY_2026}
PUBLIC, DRAFT, BINNED = Article.slug == "public", Article.slug == "draft", Article.slug == "binned"
WRITER, READER = User.username == "writer", User.username == "reader"
ID = select(Article.id).where(PUBLIC).scalar_subquery()
DRAFT_ID = select(Article.id).where(DRAFT).scalar_subquery()
BINNED_ID = select(Article.id).where(BINNED).scalar_subquery()
READER_ID = select(User.id).where(READER).scalar_subquery()
UNUSED_TAG_ID = select(Tag.id).where(Tag.name == "unused").scalar_subquery()


@pytest.fixture
async def session(
    connection: AsyncConnection, session: AsyncSession, make: Factory
) -> AsyncSession:
    """A session in which each command counts at once, as otherwise the commit does."""
    writer, reader = (
        await make.user(username="writer"),
        await make.user(Role.READER, username="reader"),
    )
    series = await make.series(writer, title="A series")
    article = await make.article(writer, slug="public", tags=["rivers"], series_id=series.id)
    await make.draft(writer, slug="draft", tags=["rivers"])
    await make.article(writer, slug="binned", tags=["rivers"], deleted_at=EARLY_2026)
    tag = await make.tag("unused")
    session.add(TagAlias(tag_id=tag.id, slug="old", name=None))
    session.add(Site(id=1, edits={}, **NEW))
    session.add(Favorite(user_id=reader.id, article_id=article.id, created_at=EARLY_2026))
    session.add(_comment(article, writer))
    await session.commit()
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    return session


def _comment(article: Article, author: User, **fields: Any) -> Comment:  # noqa: ANN401 - of any field
    values = {"article_id": article.id, "author_id": author.id, "depth": 1, "content": "So it is."}
    shown = {"content_html": "<p>So it is.</p>", "status": CommentStatus.VISIBLE}
    return Comment(**{**values, **shown, **NEW, **fields})


@dataclass(frozen=True)
class Stamps:
    """Both stamps, of lists that show what is counted and of those that do not."""

    content: str
    counts: str

    @classmethod
    async def read(cls, session: AsyncSession) -> "Stamps":
        both = select(Change.stamp(counts=False), Change.stamp(counts=True))
        return cls(*(await session.execute(both)).one())


def _insert(model: type, **values: Any) -> Executable:  # noqa: ANN401 - of any column
    return model.__table__.insert().values(**values)  # type: ignore[attr-defined, no-any-return]


ON_ARTICLES: dict[str, Any] = {
    "slug": "b", "title": "B", "tag_names": ["b"], "locale": "de", "featured": True, "pinned": True,
    "cover": "/b.jpg", "cover_alt": "B", "canonical_url": "https://b.example",
    "seo": {"title": "b"}, "comment_policy": "closed", "published": False,
    "published_at": EARLY_2026 - timedelta(days=2),
    "deleted_at": EARLY_2026, "content": "B", "content_html": "<p>B</p>", "given_excerpt": "B",
    "made_excerpt": "B", "word_count": 99, "reading_minutes": 9,
    "updated_at": EARLY_2026 + timedelta(days=1),
    "version": 2, "series_id": None, "series_position": 4, "toc": [{"title": "B"}],
}  # fmt: skip

SHOWN: dict[str, Executable] = {
    **{
        f"articles.{name}": update(Article).where(PUBLIC).values({name: value})
        for name, value in ON_ARTICLES.items()
    },
    "an article is deleted": delete(Article).where(PUBLIC),
    "a draft is published": update(Article)
    .where(DRAFT)
    .values(published=True, published_at=EARLY_2026),
    "an article comes out of the bin": update(Article).where(BINNED).values(deleted_at=None),
    "a tag is given": _insert(ArticleTag, article_id=ID, tag_id=UNUSED_TAG_ID, position=1),
    "a tag is taken": delete(ArticleTag).where(ArticleTag.article_id == ID),
    "a tag's place": update(ArticleTag).where(ArticleTag.article_id == ID).values(position=7),
    "an author comes": _insert(ArticleAuthor, article_id=ID, user_id=READER_ID, position=1),
    "an author goes": delete(ArticleAuthor).where(ArticleAuthor.article_id == ID),
    "users.username": update(User).where(WRITER).values(username="other"),
    "users.full_name": update(User).where(WRITER).values(full_name="Other"),
    "users.avatar": update(User).where(WRITER).values(avatar="/other.jpg"),
    "users.bio": update(User).where(WRITER).values(bio="Other"),
    "an author's account is deleted": delete(User).where(WRITER),
    "tags.slug": update(Tag).where(Tag.colour.is_(None)).values(slug=func.concat(Tag.slug, "-b")),
    "tags.name": update(Tag).where(Tag.name == "rivers").values(name="streams"),
    "tags.colour": update(Tag).where(Tag.name == "rivers").values(colour="#336699"),
    "a tag is deleted": delete(Tag).where(Tag.name == "rivers"),
    "an alias leads elsewhere": update(TagAlias).values(
        tag_id=select(Tag.id).where(Tag.name == "rivers").scalar_subquery()
    ),
    "an alias comes": _insert(TagAlias, tag_id=UNUSED_TAG_ID, slug="older"),
    "an alias goes": delete(TagAlias),
    "series.title": update(Series).values(title="Another"),
    "series.slug": update(Series).values(slug="another"),
    "a series is deleted": delete(Series),
    "the site": update(Site).values(edits={"title": "Another"}),
}

# Nobody but its authors sees these, or they are in no list of articles.
NOT_SHOWN: dict[str, Executable] = {
    "nothing differs": update(Article).values(title=Article.title, published=Article.published),
    "an author is the same": update(User).values(username=User.username, bio=User.bio),
    "a tag is the same": update(Tag).values(name=Tag.name),
    "the site is the same": update(Site).values(edits=Site.edits),
    "what is searched in": update(Article).values(plain_text="Other", renderer_version=7),
    "the words": update(Article).values(words=""),
    "a draft is saved": update(Article).where(DRAFT).values(title="B", version=2),
    "a draft goes to the bin": update(Article).where(DRAFT).values(deleted_at=EARLY_2026),
    "a draft is deleted": delete(Article).where(DRAFT),
    "what is in the bin": update(Article).where(BINNED).values(title="B", version=2),
    "what is in the bin goes": delete(Article).where(BINNED),
    "a draft's tag": _insert(ArticleTag, article_id=DRAFT_ID, tag_id=UNUSED_TAG_ID, position=1),
    "a draft's tags": delete(ArticleTag).where(ArticleTag.article_id == DRAFT_ID),
    "a draft's author": _insert(ArticleAuthor, article_id=DRAFT_ID, user_id=READER_ID, position=1),
    "of the bin's tags": delete(ArticleTag).where(ArticleTag.article_id == BINNED_ID),
    "users.email": update(User).where(WRITER).values(email="other@example.com"),
    "users.password_hash": update(User).where(WRITER).values(password_hash="other"),
    "users.role": update(User).where(WRITER).values(role=Role.EDITOR, version=2),
    "a bookmark": _insert(Bookmark, user_id=READER_ID, article_id=ID, created_at=EARLY_2026),
    "a follower": _insert(
        UserFollow,
        follower_id=READER_ID,
        followed_id=select(User.id).where(WRITER).scalar_subquery(),
        created_at=EARLY_2026,
    ),
    "history": update(Revision).values(note="Why"),
    "a working copy": _insert(WorkingCopy, article_id=ID, changes={}, seen={}, version=1, **NEW),
    "a pending comment": _insert(
        Comment, article_id=ID, author_id=READER_ID, depth=1, content="B", content_html="B",
        status="pending", version=1, **NEW,
    ),
    "a comment is edited": update(Comment).values(content="B", content_html="B"),
}  # fmt: skip

COUNTED: dict[str, Executable] = {
    "a favourite": _insert(
        Favorite,
        user_id=select(User.id).where(WRITER).scalar_subquery(),
        article_id=ID,
        created_at=EARLY_2026,
    ),
    "a favourite goes": delete(Favorite),
    "an account goes with its favourites": delete(User).where(READER),
    "a comment is hidden": update(Comment).values(status="hidden"),
    "a comment is deleted": update(Comment).values(deleted_at=EARLY_2026),
    "a comment is purged": delete(Comment),
}


@pytest.mark.parametrize("name", SHOWN)
async def test_what_is_shown_moves_both_stamps(session: AsyncSession, name: str) -> None:
    before = await Stamps.read(session)
    await session.execute(SHOWN[name], execution_options={"synchronize_session": False})
    after = await Stamps.read(session)
    assert before.content != after.content
    assert before.counts != after.counts


@pytest.mark.parametrize("name", NOT_SHOWN)
async def test_what_is_not_shown_moves_none(session: AsyncSession, name: str) -> None:
    before = await Stamps.read(session)
    await session.execute(NOT_SHOWN[name], execution_options={"synchronize_session": False})
    assert await Stamps.read(session) == before


@pytest.mark.parametrize("name", COUNTED)
async def test_what_is_counted_moves_the_stamp_of_those_who_show_it(
    session: AsyncSession, name: str
) -> None:
    before = await Stamps.read(session)
    await session.execute(COUNTED[name], execution_options={"synchronize_session": False})
    after = await Stamps.read(session)
    assert before.content == after.content
    assert before.counts != after.counts


async def test_counts_that_go_with_their_article_are_counted(session: AsyncSession) -> None:
    assert await session.scalar(select(func.count()).select_from(ArticleCounts)) == 1
    before = await Stamps.read(session)
    await session.execute(delete(ArticleCounts))
    assert (await Stamps.read(session)).counts != before.counts


async def test_without_its_rows_the_stamp_goes_on(session: AsyncSession) -> None:
    await session.execute(delete(Change))
    none = await Stamps.read(session)
    await session.execute(SHOWN["tags.name"])
    first = await Stamps.read(session)
    await session.execute(SHOWN["tags.slug"], execution_options={"synchronize_session": False})
    assert len({none, first, await Stamps.read(session)}) == 3


async def test_a_stamp_is_asked_for_beside_the_data(session: AsyncSession) -> None:
    rows = await session.execute(select(Article.slug, Change.stamp(counts=True)).where(PUBLIC))
    assert rows.one() == ("public", (await Stamps.read(session)).counts)
