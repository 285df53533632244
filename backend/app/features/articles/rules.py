"""Who may read and edit what: decisions without I/O."""

from datetime import datetime

from app.core.policy import Permission
from app.models import Article, User


def may_edit(article: Article, user: User) -> bool:
    """Say whether this person may change and delete the article: its authors and editors may."""
    return user.id in article.author_ids or user.may(Permission.EDIT_ANY)


def may_read(article: Article, reader: User | None, at: datetime) -> bool:
    """Say whether the article exists for this reader: what is not public, only for who may edit."""
    return article.is_public(at) or (reader is not None and may_edit(article, reader))
