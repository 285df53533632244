"""Who keeps the tags in order, and which address a name asks for: decisions without I/O."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence

from app.core.policy import Permission
from app.core.text import make_slug, numbered_stem
from app.features.tags.schemas import Spelled
from app.models import User

_PREFIX = "tag"


def may_manage(user: User | None) -> bool:
    """Say whether this person may change tags, and sees those that nothing public has."""
    return user is not None and user.may(Permission.MANAGE_TAGS)


def base_slug(name: str) -> str:
    """Return the address that a name asks for; one of digits only, or of nothing, gets a word."""
    slug = make_slug(f"{_PREFIX} {name}")
    bare = slug.removeprefix(f"{_PREFIX}-")
    return slug if bare.isdigit() else bare


def marked_slug(name: str) -> str:
    """Return the address of a name whose plain one is taken, as `C#` finds it by `C`.

    It depends on nothing but the name: two people who use it at once ask for the same.
    """
    digest = hashlib.sha256(name.casefold().encode()).hexdigest()
    return f"{_stem(name)}-{digest[:8]}"


def random_slug(name: str) -> str:
    """Return an address near a name that nobody can have taken on purpose."""
    return f"{_stem(name)}-{secrets.token_hex(4)}"


def slugs_near(name: str) -> list[str]:
    """Return the addresses that a name can have, the best first."""
    return [base_slug(name), marked_slug(name), random_slug(name)]


def slugs_for(names: Sequence[Spelled]) -> Mapping[str, str]:
    """Return an address for each name, in an order that is the same for everybody.

    Of spellings that differ in what PostgreSQL takes for case, the last stays.
    """
    slugs: dict[str, str] = {}
    by_word = {new.word: new for new in names}
    for new in sorted(by_word.values(), key=lambda new: (base_slug(new.name), new.word)):
        base, marked, random = slugs_near(new.name)
        if new.base_is_free and base not in slugs.values():
            slugs[new.name] = base
        else:
            slugs[new.name] = marked if new.marked_is_free else random
    return slugs


def _stem(name: str) -> str:
    return numbered_stem(base_slug(name))
