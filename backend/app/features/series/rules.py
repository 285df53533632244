"""Who may do what with series, and which address a title asks for: decisions without I/O."""

import secrets

from app.core.policy import Permission
from app.core.text import make_slug, numbered_stem
from app.models import Series, User

FALLBACK_SLUG = "series"


def may_begin(user: User) -> bool:
    """Say whether this person may make series at all."""
    return user.may(Permission.WRITE)


def may_edit(series: Series, user: User) -> bool:
    """Say whether this person may change the series: its owner and editors may."""
    is_owner = series.owner_id == user.id and may_begin(user)
    return is_owner or user.may(Permission.EDIT_ANY)


def base_slug(title: str) -> str:
    """Return the address that a title asks for, before it is made unique."""
    has_letters = any(character.isalpha() for character in title)
    words = title if has_letters else f"{FALLBACK_SLUG} {title}"
    return make_slug(words) or FALLBACK_SLUG


def random_slug(wanted: str) -> str:
    """Return a slug near the wanted one that nobody can have taken on purpose."""
    return f"{numbered_stem(wanted)}-{secrets.token_hex(4)}"
