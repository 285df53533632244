"""Comments: writing, reading, changing and deleting them, and deciding which are shown."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from app.core.errors import Unauthenticated
from app.core.markup import Remark, names_in
from app.core.paging import Page, Slice
from app.core.services import Services
from app.features.articles.service import ArticleService
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.service import AuthService
from app.features.comments import rules
from app.features.comments.errors import (
    ArticleNotPublic,
    CommentNotFound,
    CommentsClosed,
    NotAModerator,
    NotAnswerable,
    NothingToShow,
    NotYourComment,
    SaidAlready,
    TooLateToEdit,
)
from app.features.comments.repository import CommentRepository, Replies
from app.features.comments.schemas import (
    CommentCreate,
    CommentFilter,
    CommentUpdate,
    Shown,
    Sort,
    Talk,
    Thread,
)
from app.features.notifications.schemas import Kind
from app.features.notifications.service import NotificationService
from app.features.pages.errors import ArticleNotFound
from app.features.site.service import SiteService
from app.models import Article, Comment, CommentReport, CommentStatus, User

Check = Callable[[Comment], None]

NOT_AGAIN_WITHIN = timedelta(minutes=1)
MOST_AT_ONCE = 1_000


def unchecked(_: Comment) -> None:
    """Let every version pass."""


class CommentService:
    """The rules of comments, over one session.

    Whoever may read an article may read what is said about it, unless that is for members; whoever
    is signed in may say something about a public one, unless that is closed.
    """

    def __init__(self, session: AsyncSession, services: Services) -> None:
        """Take the session of the request or job, and the process's parts."""
        self._settings, self._renderer = services.settings, services.renderer
        self._comments = CommentRepository(session)
        self._accounts = AuthService(session)
        self._articles = ArticleService(session, services.settings, services.renderer)
        self._site = SiteService(session, services.settings)
        self._notifications = NotificationService(session)
        self._audit = AuditService(session)

    async def page(
        self, ref: str, sort: Sort, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Thread]:
        """Return the threads of an article, each with its first answers.

        Raises ArticleNotFound, and Unauthenticated where comments are for members.
        """
        talk = await self._talk(ref, reader, at)
        found = await self._comments.page(talk, sort, page)
        ids = [comment.id for comment in found.items]
        replies = await self._comments.first_replies(talk, ids) if ids else {}
        threads = []
        for comment in found.items:
            below = replies.get(comment.id, Replies())
            first = [rules.shown(reply, talk) for reply in below.first]
            threads.append(Thread(rules.shown(comment, talk), first, below.count))
        return Slice(threads, found.next, found.previous, found.total)

    async def replies(
        self, comment_id: int, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[Shown]:
        """Return all answers below a comment, oldest first; raise CommentNotFound."""
        talk, comment = await self._met(comment_id, reader, at)
        found = await self._comments.replies(talk, comment, page)
        items = [rules.shown(reply, talk) for reply in found.items]
        return Slice(items, found.next, found.previous, found.total)

    async def flat(self, ref: str, *, reader: User | None, at: datetime) -> Sequence[Comment]:
        """Return what this reader sees said about an article: the newest thousand, oldest first.

        Each with its author (None for who is gone), who knows whether the reader follows them.
        """
        return await self._comments.flat(await self._talk(ref, reader, at), MOST_AT_ONCE)

    async def read(self, comment_id: int, *, reader: User | None, at: datetime) -> Shown:
        """Return a comment, or the place that it keeps for its answers; raise CommentNotFound."""
        talk, comment = await self._met(comment_id, reader, at)
        return rules.shown(comment, talk)

    async def queue(self, wanted: CommentFilter, page: Page, *, moderator: User) -> Slice[Shown]:
        """Return the comments that this person may moderate, newest first: for most, none."""
        found = await self._comments.queue(wanted, page, moderator=moderator)
        items = [Shown(comment, is_whole=True, to_moderator=True) for comment in found.items]
        return Slice(items, found.next, found.previous, found.total)

    async def write(self, ref: str, new: CommentCreate, *, author: User, at: datetime) -> Comment:
        """Say something about an article, and have those told whom it is for.

        Raises ArticleNotFound, ArticleNotPublic, CommentsClosed, NothingToShow, SaidAlready, and of
        what is answered CommentNotFound or NotAnswerable.
        """
        talk = await self._talk(ref, author, at)
        if talk.article.deleted_at is not None:
            raise ArticleNotFound
        if not talk.article.is_public(at):
            raise ArticleNotPublic
        if talk.policy == rules.CLOSED:
            raise CommentsClosed
        remark = await self._rendered(new.content)
        await self._hold(author.id, talk.article.id)
        await self._comments.take_turn(author.id)
        await self._unless_repeated(remark, talk.article.id, author.id, at)
        answered = await self._answered(new.parent_id, talk)
        comment = await self._placed(answered, talk)
        comment.author_id = author.id
        comment.content = new.content
        comment.content_html = remark.html
        comment.created_at = comment.updated_at = at
        comment.status = rules.status_of_new(
            talk,
            self._settings,
            links=remark.links,
            held_as_first=await self._is_held_as_first(author),
        )
        await self._comments.save(comment)
        set_committed_value(comment, "author", author)
        if comment.status == CommentStatus.VISIBLE:
            await self._announce(comment, talk.article, answered, at)
        return comment

    async def update(
        self,
        comment_id: int,
        changes: CommentUpdate,
        *,
        editor: User,
        at: datetime,
        check: Check = unchecked,
    ) -> None:
        """Change what a comment says; `check` sees it locked, and may raise to leave it so.

        Raises CommentNotFound, NotYourComment, TooLateToEdit or NothingToShow.
        """
        given = changes.given()
        remark = await self._rendered(given["content"]) if given else None
        talk, comment = await self._locked(comment_id, editor, at)
        is_own = comment.author_id == editor.id
        if not rules.may_edit_any(editor):
            if not is_own:
                raise NotYourComment
            if not rules.is_in_time(comment, self._settings, at):
                raise TooLateToEdit
        check(comment)
        if remark is None or given["content"] == comment.content:
            return
        status = rules.status_of_changed(comment, talk, self._settings, links=remark.links)
        given |= {"content_html": remark.html, "status": status, "edited_at": at}
        comment.change(given, at)
        await self._comments.save(comment)
        if not is_own:
            self._note(Event.COMMENT_MODERATED, comment, at, "content")

    async def moderate(
        self,
        comment_id: int,
        status: CommentStatus,
        *,
        moderator: User,
        at: datetime,
        check: Check = unchecked,
    ) -> None:
        """Decide how a comment is shown; once it is visible, those are told whom it is for.

        Raises CommentNotFound or NotAModerator.
        """
        talk, comment = await self._locked(comment_id, moderator, at)
        if not talk.moderates:
            raise NotAModerator
        check(comment)
        if not comment.change({"status": status.value}, at):
            return
        await self._comments.save(comment)
        if comment.author_id != moderator.id:
            self._note(Event.COMMENT_MODERATED, comment, at, "status")
        if status is CommentStatus.VISIBLE:
            answered = await self._comments.get(comment.parent_id) if comment.parent_id else None
            await self._announce(comment, talk.article, answered, at)

    async def delete(
        self,
        comment_id: int,
        *,
        editor: User,
        at: datetime,
        article_ref: str | None = None,
        check: Check = unchecked,
    ) -> None:
        """Take away what a comment says; its answers stay, and so does their place below it.

        Raises CommentNotFound, also where it is about another article than `article_ref`, or
        NotYourComment; for an `article_ref` that is not there, ArticleNotFound.
        """
        about = await self._kept_article(article_ref, editor, at) if article_ref else None
        talk, comment = await self._locked(comment_id, editor, at)
        if about is not None and comment.article_id != about.id:
            raise CommentNotFound
        is_own = comment.author_id == editor.id
        if not is_own and not talk.moderates:
            raise NotYourComment
        check(comment)
        comment.change({"deleted_at": at, "content": "", "content_html": ""}, at)
        await self._comments.save(comment)
        if not is_own:
            self._note(Event.COMMENT_DELETED, comment, at, "content")

    async def report(self, comment_id: int, reason: str, *, reporter: User, at: datetime) -> None:
        """Tell moderators that a comment should not be there, once; raise CommentNotFound."""
        talk, comment = await self._kept(comment_id, reporter, at)
        if not rules.shown(comment, talk).is_whole:
            raise CommentNotFound
        await self._hold(reporter.id, comment.article_id)
        report = CommentReport(
            comment_id=comment.id, reporter_id=reporter.id, reason=reason, created_at=at
        )
        await self._comments.report(report)

    async def reports(
        self, comment_id: int, page: Page, *, moderator: User, at: datetime
    ) -> Slice[CommentReport]:
        """Return why a comment should not be there; raise CommentNotFound or NotAModerator."""
        talk, comment = await self._met(comment_id, moderator, at)
        if not talk.moderates:
            raise NotAModerator
        return await self._comments.reports(comment.id, page)

    async def _kept_article(self, ref: str, reader: User, at: datetime) -> Article:
        article = await self._articles.readable(ref, reader=reader, at=at)
        if article.deleted_at is not None:
            raise ArticleNotFound
        return article

    async def _talk(self, ref: str, reader: User | None, at: datetime) -> Talk:
        """Return an article as somebody meets its comments."""
        article = await self._articles.readable(ref, reader=reader, at=at)
        policy = article.comment_policy or (await self._site.read()).comments
        if policy == rules.MEMBERS and reader is None:
            raise Unauthenticated
        moderates = reader is not None and rules.may_moderate(article, reader)
        return Talk(article, policy, reader.id if reader else None, moderates)

    async def _met(
        self, comment_id: int, reader: User | None, at: datetime
    ) -> tuple[Talk, Comment]:
        """Return a comment that somebody is shown, or its place, below what it is about."""
        comment = await self._comments.get(comment_id)
        if comment is None:
            raise CommentNotFound
        try:
            talk = await self._talk(str(comment.article_id), reader, at)
        except ArticleNotFound:
            raise CommentNotFound from None
        shown = await self._comments.shown(comment_id, talk)
        if shown is None:
            raise CommentNotFound
        return talk, shown

    async def _kept(self, comment_id: int, user: User, at: datetime) -> tuple[Talk, Comment]:
        """Return the same, unless the article lies in the bin, where everything stays as it is."""
        talk, comment = await self._met(comment_id, user, at)
        if talk.article.deleted_at is not None:
            raise CommentNotFound
        return talk, comment

    async def _locked(self, comment_id: int, user: User, at: datetime) -> tuple[Talk, Comment]:
        """Return a comment that somebody sees whole, and keep others from changing it."""
        talk, comment = await self._kept(comment_id, user, at)
        people = {user.id, comment.author_id or user.id}
        await self._accounts.keep(people)
        is_there = await self._comments.hold_article(comment.article_id)
        locked = await self._comments.lock(comment_id) if is_there else None
        if locked is None or not rules.shown(locked, talk).is_whole:
            raise CommentNotFound
        return talk, locked

    async def _hold(self, account_id: int, article_id: int) -> None:
        """Keep an account and an article; raise Unauthenticated or ArticleNotFound."""
        if not await self._accounts.keep([account_id]):
            raise Unauthenticated
        if not await self._comments.hold_article(article_id):
            raise ArticleNotFound

    async def _rendered(self, content: str) -> Remark:
        remark = await self._renderer.render_remark_async(content)
        if not any(letter.isprintable() and not letter.isspace() for letter in remark.text):
            raise NothingToShow(field="content")
        return remark

    async def _unless_repeated(
        self, remark: Remark, article_id: int, author_id: int, at: datetime
    ) -> None:
        since = at - NOT_AGAIN_WITHIN
        if await self._comments.has_said(
            remark.html, author_id=author_id, article_id=article_id, since=since
        ):
            raise SaidAlready

    async def _is_held_as_first(self, author: User) -> bool:
        if not (await self._site.read()).comments_hold_first:
            return False
        return not await self._comments.is_known(author.id)

    async def _answered(self, comment_id: int | None, talk: Talk) -> Comment | None:
        """Return what is answered, which has to be there, below the same article."""
        if comment_id is None:
            return None
        comment = await self._comments.get(comment_id)
        if comment is None or comment.article_id != talk.article.id:
            raise CommentNotFound
        if not rules.shown(comment, talk).is_whole:
            raise CommentNotFound
        if comment.status != CommentStatus.VISIBLE:
            raise NotAnswerable
        return comment

    async def _placed(self, answered: Comment | None, talk: Talk) -> Comment:
        """Return a new comment at its place: too deep an answer stands beside what it answers."""
        line = await self._comments.line_of(answered) if answered else []
        above = rules.place_below(line, self._settings.comment_depth)
        if above is None:
            return Comment(article_id=talk.article.id, depth=1)
        return Comment(
            article_id=talk.article.id,
            parent_id=above.id,
            thread_id=above.thread_id or above.id,
            depth=above.depth + 1,
        )

    async def _announce(
        self, comment: Comment, article: Article, answered: Comment | None, at: datetime
    ) -> None:
        """Tell whom a comment is for, each by the strongest of the reasons."""
        if comment.author_id is None:
            return
        answering = {answered.author_id or comment.author_id} if answered else set()
        mentioned = await self._comments.named(names_in(comment.content_html))
        told: set[int] = set()
        for kind, people in (
            (Kind.REPLY, answering),
            (Kind.MENTION, mentioned),
            (Kind.COMMENT, set(article.author_ids)),
        ):
            await self._notifications.tell(
                kind,
                to=people - told,
                actor_id=comment.author_id,
                article_id=article.id,
                comment_id=comment.id,
                at=at,
            )
            told |= people

    def _note(self, event: Event, comment: Comment, at: datetime, field: str) -> None:
        """Write down what was done to somebody else's comment."""
        self._audit.record(
            event,
            at=at,
            subject_id=comment.author_id,
            comment_id=comment.id,
            fields=[field],
            status=comment.status,
        )
