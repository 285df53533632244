"""The queries for all that is kept about one person."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    ApiKey,
    Article,
    ArticleAuthor,
    Authenticator,
    Base,
    Bookmark,
    Comment,
    CommentReport,
    Favorite,
    FeedMark,
    Identity,
    ImportedArticle,
    Invitation,
    LoginSession,
    Notification,
    NotificationSettings,
    Passkey,
    Preview,
    Proof,
    RecoveryCode,
    Revision,
    Series,
    Tag,
    TagFollow,
    UserFollow,
    WorkingCopy,
)

# How many rows are held at a time: few of those with a text, which may have a mebibyte.
FEW, MANY = 10, 500

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Source:
    """Where one section comes from, and whose its rows are.

    `key` never repeats, so that a batch begins behind the last one. Fields are columns of the same
    name, besides those that `renamed` tells of.
    """

    model: type[Base]
    key: ColumnElement[Any]
    is_of: Callable[[int], Condition]
    renamed: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    joined: tuple[type[Base], Condition] | None = None
    size: int = MANY

    def query(self, fields: Iterable[str], account_id: int) -> Select[Any]:
        """Return the query of a batch, with the key before the fields."""
        columns = [
            (self.renamed[name] if name in self.renamed else getattr(self.model, name)).label(name)
            for name in fields
        ]
        query = select(self.key.label("key"), *columns).select_from(self.model)
        if self.joined is not None:
            query = query.join(*self.joined)
        return query.where(self.is_of(account_id)).order_by(self.key).limit(self.size)


_OF_AUTHOR = select(ArticleAuthor.article_id)

SOURCES: Mapping[str, Source] = {
    "articles": Source(
        Article,
        ArticleAuthor.article_id.expression,
        lambda me: ArticleAuthor.user_id == me,
        {
            "excerpt": Article.given_excerpt.expression,
            "tags": Article.tag_names.expression,
            "meta": Article.seo.expression,
        },
        joined=(ArticleAuthor, ArticleAuthor.article_id == Article.id),
        size=FEW,
    ),
    "working_copies": Source(
        WorkingCopy,
        WorkingCopy.article_id.expression,
        lambda me: or_(
            WorkingCopy.editor_id == me,
            WorkingCopy.article_id.in_(_OF_AUTHOR.where(ArticleAuthor.user_id == me)),
        ),
        size=FEW,
    ),
    "revisions": Source(Revision, Revision.id.expression, lambda me: Revision.editor_id == me),
    "series": Source(Series, Series.id.expression, lambda me: Series.owner_id == me),
    "previews": Source(Preview, Preview.id.expression, lambda me: Preview.maker_id == me),
    "imports": Source(
        ImportedArticle,
        ImportedArticle.id.expression,
        lambda me: ImportedArticle.author_id == me,
        {"metadata": ImportedArticle.metadata_.expression},
    ),
    "comments": Source(Comment, Comment.id.expression, lambda me: Comment.author_id == me),
    "comment_reports": Source(
        CommentReport,
        CommentReport.comment_id.expression,
        lambda me: CommentReport.reporter_id == me,
    ),
    "favorites": Source(
        Favorite, Favorite.article_id.expression, lambda me: Favorite.user_id == me
    ),
    "bookmarks": Source(
        Bookmark, Bookmark.article_id.expression, lambda me: Bookmark.user_id == me
    ),
    "follows": Source(
        UserFollow,
        UserFollow.followed_id.expression,
        lambda me: UserFollow.follower_id == me,
        {"user_id": UserFollow.followed_id.expression},
    ),
    "tag_follows": Source(
        TagFollow,
        TagFollow.tag_id.expression,
        lambda me: TagFollow.user_id == me,
        {"tag": Tag.name.expression},
        joined=(Tag, Tag.id == TagFollow.tag_id),
    ),
    "feed_marks": Source(FeedMark, FeedMark.user_id.expression, lambda me: FeedMark.user_id == me),
    "notifications": Source(
        Notification, Notification.id.expression, lambda me: Notification.user_id == me
    ),
    "notification_settings": Source(
        NotificationSettings,
        NotificationSettings.user_id.expression,
        lambda me: NotificationSettings.user_id == me,
    ),
    "sessions": Source(
        LoginSession, LoginSession.id.expression, lambda me: LoginSession.user_id == me
    ),
    "keys": Source(ApiKey, ApiKey.id.expression, lambda me: ApiKey.user_id == me),
    "authenticators": Source(
        Authenticator, Authenticator.user_id.expression, lambda me: Authenticator.user_id == me
    ),
    "recovery_codes": Source(
        RecoveryCode, RecoveryCode.code_hash.expression, lambda me: RecoveryCode.user_id == me
    ),
    "passkeys": Source(Passkey, Passkey.id.expression, lambda me: Passkey.user_id == me),
    "identities": Source(Identity, Identity.id.expression, lambda me: Identity.user_id == me),
    "proofs": Source(Proof, Proof.id.expression, lambda me: Proof.user_id == me),
    "invitations": Source(
        Invitation, Invitation.id.expression, lambda me: Invitation.inviter_id == me
    ),
}


class PrivacyRepository:
    """Reads all that is kept about one person, batch by batch."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def see_one_moment(self) -> None:
        """Have all batches show the same moment; the transaction must not have read anything yet.

        Inside somebody else's transaction it is theirs to say that: a savepoint has no say in it.
        """
        connection = await self._session.connection()
        if not connection.in_nested_transaction():
            await self._session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    async def is_first_in_line(self, account_id: int) -> bool:
        """Say whether nobody else reads all about this account, and keep others away meanwhile."""
        key = func.hashtextextended(f"export {account_id}", 0)
        return bool(await self._session.scalar(select(func.pg_try_advisory_xact_lock(key))))

    async def batches(
        self, section: str, fields: Iterable[str], account_id: int
    ) -> AsyncIterator[Sequence[Row[Any]]]:
        """Yield the rows of a section with these fields."""
        source = SOURCES[section]
        query = batch = source.query(fields, account_id)
        while True:
            rows = (await self._session.execute(batch)).all()
            yield rows
            if len(rows) < source.size:
                return
            batch = query.where(source.key > rows[-1].key)
