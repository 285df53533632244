"""Who may write what, and which address a title asks for: decisions without I/O."""

import secrets
from datetime import datetime

from app.core.text import MAX_SLUG_LENGTH, make_slug
from app.models import Article, Role, User

FALLBACK_SLUG = "article"
ROOM_FOR_A_NUMBER = 10


def may_write(user: User) -> bool:
    """Say whether this person may write articles at all."""
    return user.has_role(Role.AUTHOR)


def may_edit(article: Article, user: User) -> bool:
    """Say whether this person may change and delete the article: its author and editors may."""
    return article.author_id == user.id or user.has_role(Role.EDITOR)


def may_read(article: Article, reader: User | None, at: datetime) -> bool:
    """Say whether the article exists for this reader: what is not public, only for who may edit."""
    return article.is_public(at) or (reader is not None and may_edit(article, reader))


def base_slug(title: str) -> str:
    """Return the address that a title asks for, before it is made unique."""
    return make_slug(title) or FALLBACK_SLUG


def numbered_stem(slug: str) -> str:
    """Return a slug with room for a number behind it."""
    return slug[: MAX_SLUG_LENGTH - ROOM_FOR_A_NUMBER].rstrip("-")


def random_slug(wanted: str) -> str:
    """Return a slug near the wanted one that nobody can have taken on purpose."""
    return f"{numbered_stem(wanted)}-{secrets.token_hex(4)}"


def publication_date(
    *, published: bool, published_at: datetime | None, at: datetime
) -> datetime | None:
    """Return when the article becomes public: as said, or at once if it is published undated."""
    return at if published and published_at is None else published_at
