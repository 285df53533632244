"""The queries for comments."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, contains_eager, joinedload, load_only, with_expression
from sqlalchemy.orm.strategy_options import _AbstractLoad
from sqlalchemy.orm.util import AliasedClass

from app.core.paging import Order, Page, Slice, fetch_slice
from app.core.policy import Permission
from app.features.comments.schemas import MOST_REPLIES, CommentFilter, Sort, Talk
from app.models import (
    Article,
    ArticleAuthor,
    Comment,
    CommentReport,
    CommentStatus,
    User,
    UserFollow,
)

S = TypeVar("S", bound=Select[Any])
AComment = type[Comment] | AliasedClass[Comment]

_ORDERS: Mapping[Sort, Order[Comment]] = {
    sort: Order(
        sort.value,
        Comment.created_at.expression,
        Comment.id.expression,
        lambda comment: (comment.created_at, comment.id),
        descending=sort is Sort.NEWEST,
    )
    for sort in Sort
}
_NEWEST_REPORTS: Order[CommentReport] = Order(
    "newest",
    CommentReport.created_at.expression,
    CommentReport.reporter_id.expression,
    lambda report: (report.created_at, report.reporter_id),
)
_SHOWN_OF_AUTHOR = load_only(User.username, User.full_name, User.avatar, raiseload=True)
_SHOWN_OF_ARTICLE = load_only(Article.slug, Article.title, raiseload=True)


@dataclass(frozen=True, slots=True)
class Replies:
    """The first answers below a comment, and how many there are."""

    first: Sequence[Comment] = ()
    count: int = 0


class CommentRepository:
    """Reads and writes comments.

    Locks are taken in one order: people, the article, what somebody says, the comment.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(self, talk: Talk, sort: Sort, page: Page) -> Slice[Comment]:
        """Return the comments on an article itself that somebody is shown."""
        query = select(Comment).where(
            Comment.article_id == talk.article.id,
            Comment.parent_id.is_(None),
            or_(_is_whole(Comment, talk), _has_answers(talk)),
        )
        return await fetch_slice(self._session, _told(query, talk), _ORDERS[sort], page)

    async def first_replies(self, talk: Talk, thread_ids: Collection[int]) -> Mapping[int, Replies]:
        """Return the oldest answers below each of these comments, and their number."""
        thread, place = Comment.thread_id, (Comment.created_at, Comment.id)
        numbered = (
            select(
                Comment.id,
                func.row_number().over(partition_by=thread, order_by=place).label("place"),
                func.count().over(partition_by=thread).label("count"),
            )
            .where(thread == func.any(_ids(thread_ids)), _is_listed(talk, thread_ids))
            .subquery()
        )
        query = (
            select(Comment, numbered.c.count)
            .join(numbered, numbered.c.id == Comment.id)
            .where(numbered.c.place <= MOST_REPLIES)
            .order_by(thread, numbered.c.place)
        )
        found: dict[int, tuple[list[Comment], int]] = {}
        for comment, count in await self._session.execute(_told(query, talk)):
            found.setdefault(comment.thread_id, ([], count))[0].append(comment)
        return {thread_id: Replies(*replies) for thread_id, replies in found.items()}

    async def replies(self, talk: Talk, above: Comment, page: Page) -> Slice[Comment]:
        """Return the answers below a comment, of every depth, oldest first."""
        thread_id = above.thread_id or above.id
        query = select(Comment).where(_is_below(above), _is_listed(talk, [thread_id]))
        return await fetch_slice(self._session, _told(query, talk), _ORDERS[Sort.OLDEST], page)

    async def flat(self, talk: Talk, limit: int) -> Sequence[Comment]:
        """Return the newest that somebody sees the text of, oldest first, with whole authors."""
        query = (
            select(Comment)
            .outerjoin(Comment.author)
            .where(Comment.article_id == talk.article.id, _is_whole(Comment, talk))
            .options(contains_eager(Comment.author).options(*_followed_by(talk.reader_id)))
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).all()[::-1]

    async def queue(self, wanted: CommentFilter, page: Page, *, moderator: User) -> Slice[Comment]:
        """Return what somebody may moderate, newest first, with the articles."""
        query = select(Comment).join(Comment.article)
        query = query.where(Comment.deleted_at.is_(None), Article.deleted_at.is_(None))
        if not moderator.may(Permission.MODERATE):
            query = query.where(_is_below_articles_of(moderator))
        if wanted.status is not None:
            query = query.where(Comment.status == wanted.status)
        if wanted.reported:
            query = query.where(exists().where(CommentReport.comment_id == Comment.id))
        query = query.options(
            joinedload(Comment.author).options(_SHOWN_OF_AUTHOR),
            contains_eager(Comment.article).options(_SHOWN_OF_ARTICLE),
            _COUNTING_REPORTS,
        )
        return await fetch_slice(self._session, query, _ORDERS[Sort.NEWEST], page)

    async def get(self, comment_id: int) -> Comment | None:
        """Return a comment as it is now, without its author."""
        return await self._session.get(Comment, comment_id, populate_existing=True)

    async def shown(self, comment_id: int, talk: Talk) -> Comment | None:
        """Return a comment as it is now, if somebody is shown it or its place."""
        seen = or_(_is_whole(Comment, talk), _leads_to_answers(talk))
        query = select(Comment).where(Comment.id == comment_id, seen)
        fresh = _told(query, talk).execution_options(populate_existing=True)
        return (await self._session.scalars(fresh)).one_or_none()

    async def lock(self, comment_id: int) -> Comment | None:
        """Return a comment as it is now, and keep others from changing it until the commit."""
        return await self._session.get(
            Comment, comment_id, populate_existing=True, with_for_update={"key_share": True}
        )

    async def hold_article(self, article_id: int) -> bool:
        """Say whether there is an article, and keep it from vanishing."""
        query = select(Article.id).where(Article.id == article_id)
        held = query.with_for_update(read=True, key_share=True)
        return await self._session.scalar(held) is not None

    async def take_turn(self, author_id: int) -> None:
        """Wait until nothing else that this person has to say is being written."""
        key = func.hashtextextended(f"comment {author_id}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def has_said(
        self, content_html: str, *, author_id: int, article_id: int, since: datetime
    ) -> bool:
        """Say whether somebody has said what looks the same below an article after a moment."""
        same = and_(
            Comment.author_id == author_id,
            Comment.article_id == article_id,
            Comment.created_at > since,
            Comment.deleted_at.is_(None),
            Comment.content_html == content_html,
        )
        return bool(await self._session.scalar(select(exists().where(same))))

    async def is_known(self, author_id: int) -> bool:
        """Say whether a comment of somebody has been shown to everybody on others' articles.

        On their own, they decide that themselves.
        """
        on_their_own = exists().where(
            ArticleAuthor.article_id == Comment.article_id, ArticleAuthor.user_id == author_id
        )
        is_visible = Comment.status == CommentStatus.VISIBLE
        shown = and_(Comment.author_id == author_id, is_visible, ~on_their_own)
        return bool(await self._session.scalar(select(exists().where(shown))))

    async def line_of(self, comment: Comment) -> Sequence[Comment]:
        """Return a comment and those that it stands below, beginning with itself."""
        line = [comment]
        while line[-1].parent_id is not None:
            above = await self.get(line[-1].parent_id)
            if above is None:
                break
            line.append(above)
        return line

    async def save(self, comment: Comment) -> None:
        """Write a comment."""
        self._session.add(comment)
        await self._session.flush()

    async def report(self, report: CommentReport) -> None:
        """Write a report, unless this person has reported the comment before."""
        values = {
            name: getattr(report, name)
            for name in ("comment_id", "reporter_id", "reason", "created_at")
        }
        new = insert(CommentReport).values(**values).on_conflict_do_nothing()
        await self._session.execute(new)

    async def reports(self, comment_id: int, page: Page) -> Slice[CommentReport]:
        """Return the reports about a comment, newest first, with who made them."""
        query = select(CommentReport).where(CommentReport.comment_id == comment_id)
        shown = query.options(joinedload(CommentReport.reporter).options(_SHOWN_OF_AUTHOR))
        return await fetch_slice(self._session, shown, _NEWEST_REPORTS, page)

    async def named(self, names: Collection[str]) -> set[int]:
        """Return the ids of the accounts with these usernames, whatever their case."""
        lowered = [name.lower() for name in names]
        query = select(User.id).where(func.lower(User.username).in_(lowered), User.is_active)
        return set(await self._session.scalars(query)) if lowered else set()


def _ids(ids: Iterable[int]) -> ColumnElement[Sequence[int]]:
    return literal(list(ids), ARRAY(BigInteger))


def _told(query: S, talk: Talk) -> S:
    """Load what an answer says of comments."""
    query = query.options(joinedload(Comment.author).options(_SHOWN_OF_AUTHOR))
    return query.options(_COUNTING_REPORTS) if talk.moderates else query


def _followed_by(reader_id: int | None) -> list[_AbstractLoad]:
    if reader_id is None:
        return []
    return [with_expression(User.is_followed, UserFollow.by(reader_id))]


def _is_whole(comment: AComment, talk: Talk) -> ColumnElement[bool]:
    """Return the condition that somebody sees what a comment says; `rules.is_whole` in SQL."""
    kept = comment.deleted_at.is_(None)
    if talk.moderates:
        return kept
    if talk.reader_id is None:
        return comment.is_public()
    return or_(comment.is_public(), and_(kept, comment.author_id == talk.reader_id))


def _has_answers(talk: Talk) -> ColumnElement[bool]:
    """Return the condition that somebody sees an answer below a comment on the article itself.

    As a value, which is asked of the few comments of a page; for EXISTS, PostgreSQL may gather all
    answers there are, on whatever article.
    """
    answer = aliased(Comment)
    seen = select(true()).where(answer.thread_id == Comment.id, _is_whole(answer, talk))
    return func.coalesce(seen.limit(literal_column("1")).scalar_subquery(), false())


def _is_listed(talk: Talk, thread_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that somebody sees an answer of these threads, or one below it.

    It climbs up from those that are seen, once: of the unseen there may be any number.
    """
    seen, above = aliased(Comment), aliased(Comment)
    line = (
        select(seen.parent_id.label("id"))
        .where(seen.thread_id == func.any(_ids(thread_ids)), _is_whole(seen, talk))
        .cte("line", recursive=True, nesting=True)
    )
    line = line.union(
        select(above.parent_id)
        .join(line, above.id == line.c.id)
        .where(above.thread_id.is_not(None))
    )
    return or_(_is_whole(Comment, talk), Comment.id.in_(select(line.c.id)))


def _leads_to_answers(talk: Talk) -> ColumnElement[bool]:
    """Return the condition that somebody sees an answer below a comment at whatever depth.

    It climbs down from the comment: for one of them, not for a list.
    """
    answer, deeper = aliased(Comment), aliased(Comment)
    below = (
        select(answer.id, _is_whole(answer, talk).label("seen"))
        .where(answer.parent_id == Comment.id)
        .correlate(Comment)
        .cte("below", recursive=True, nesting=True)
    )
    below = below.union_all(
        select(deeper.id, _is_whole(deeper, talk)).where(deeper.parent_id == below.c.id)
    )
    return exists(select(literal(1)).select_from(below).where(below.c.seen))


def _is_below_articles_of(author: User) -> ColumnElement[bool]:
    """Return the condition that a comment is on an article of somebody.

    As an array, which is read first; of EXISTS, PostgreSQL would ask each comment there is.
    """
    theirs = select(ArticleAuthor.article_id).where(ArticleAuthor.user_id == author.id)
    return Comment.article_id == func.any(func.array(theirs.scalar_subquery()))


def _is_below(above: Comment) -> ColumnElement[bool]:
    if above.thread_id is None:
        return Comment.thread_id == above.id
    answer = aliased(Comment)
    below = select(answer.id).where(answer.parent_id == above.id).cte("under", recursive=True)
    deeper = aliased(Comment)
    below = below.union_all(select(deeper.id).where(deeper.parent_id == below.c.id))
    return Comment.id.in_(select(below.c.id))


_COUNTING_REPORTS = with_expression(
    Comment.reports_count,
    select(func.count())
    .where(CommentReport.comment_id == Comment.id)
    .correlate(Comment)
    .scalar_subquery(),
)
