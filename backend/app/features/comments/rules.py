"""Who may do what with comments, and which are shown to whom: decisions without I/O."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.config import Settings
from app.core.policy import Permission
from app.features.comments.schemas import Shown, Talk
from app.models import Article, Comment, CommentStatus, User

MODERATED, MEMBERS, CLOSED = "moderated", "members", "closed"


def may_moderate(article: Article, user: User) -> bool:
    """Say whether this person decides what is shown below an article: its authors and editors."""
    return user.id in article.author_ids or user.may(Permission.MODERATE)


def may_edit_any(user: User) -> bool:
    """Say whether this person may change what others have written, whenever that was."""
    return user.may(Permission.MODERATE)


def is_in_time(comment: Comment, settings: Settings, at: datetime) -> bool:
    """Say whether who wrote a comment may still change it."""
    return at < comment.created_at + timedelta(minutes=settings.comment_edit_minutes)


def is_whole(comment: Comment, reader_id: int | None, *, moderates: bool) -> bool:
    """Say whether somebody sees what a comment says, and not only the place that it has."""
    if comment.deleted_at is not None:
        return False
    is_own = reader_id is not None and comment.author_id == reader_id
    return moderates or is_own or comment.status == CommentStatus.VISIBLE


def shown(comment: Comment, talk: Talk) -> Shown:
    """Return a comment as somebody is shown it."""
    whole = is_whole(comment, talk.reader_id, moderates=talk.moderates)
    return Shown(comment, whole, talk.moderates)


def status_of_new(
    talk: Talk, settings: Settings, *, links: int, held_as_first: bool
) -> CommentStatus:
    """Return how a new comment begins: what moderators write is shown at once."""
    if talk.moderates:
        return CommentStatus.VISIBLE
    is_held = talk.policy == MODERATED or held_as_first or links > settings.comment_links
    return CommentStatus.PENDING if is_held else CommentStatus.VISIBLE


def status_of_changed(comment: Comment, talk: Talk, settings: Settings, *, links: int) -> str:
    """Return where a comment stands after it was changed: what has been looked at is not any more.

    A new text does not bring back what moderators have hidden.
    """
    if talk.moderates or comment.status != CommentStatus.VISIBLE:
        return comment.status
    return status_of_new(talk, settings, links=links, held_as_first=False)


def place_below(line: Sequence[Comment], deepest: int) -> Comment | None:
    """Return what an answer is to stand below, of the comment answered and those above it.

    `line` begins with the comment answered. None is the article itself.
    """
    return next((comment for comment in line if comment.depth < deepest), None)
