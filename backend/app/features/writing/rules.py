"""Who may write, what changes mean, and which address a title asks for: decisions without I/O."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.config import Settings
from app.core.errors import Invalid
from app.core.markup import ContentFormat
from app.core.policy import Permission
from app.core.text import make_slug, numbered_stem
from app.features.auth.errors import EmailNotVerified
from app.features.writing.errors import ForEditors
from app.features.writing.schemas import Meta, Publication, Slugs
from app.models import EDITABLE, Article, User

FALLBACK_SLUG = "article"
FOR_EDITORS = ("featured", "pinned")


def may_write(user: User) -> bool:
    """Say whether this person may write articles at all."""
    return user.may(Permission.WRITE)


def refuse_what_editors_decide(changes: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raise ForEditors if changes feature, pin, or give the article to another owner."""
    differs = any(changes.get(name, state[name]) != state[name] for name in FOR_EDITORS)
    owners = state["authors"][:1]
    if differs or changes.get("authors", owners)[:1] != owners:
        raise ForEditors


def refuse_publishing(fields: Collection[str]) -> None:
    """Raise Invalid if what is to be kept in a working copy would publish it."""
    if "published" in fields or "published_at" in fields:
        raise Invalid(
            "A working copy is published by POST …/publish, which may name a date",
            field="published",
        )


def check_address_proven(
    editor: User, article: Article, changes: Mapping[str, Any], settings: Settings
) -> None:
    """Raise EmailNotVerified if changes publish an article and the site wants a proven address."""
    publishes = changes.get("published", False) and not article.published
    if publishes and settings.email_verification != "off" and editor.email_verified_at is None:
        raise EmailNotVerified


def owned_first(owner_id: int, author_ids: Sequence[int]) -> list[int]:
    """Return the authors, each once, with the owner at their head."""
    return list(dict.fromkeys([owner_id, *author_ids]))


def base_slug(title: str) -> str:
    """Return the address that a title asks for, before it is made unique."""
    return make_slug(title) or FALLBACK_SLUG


def near(wanted: str) -> Slugs:
    """Return the wanted slug with what can stand for it."""
    stem = numbered_stem(wanted)
    return Slugs(wanted, stem, f"{stem}-{secrets.token_hex(4)}")


def publication_date(
    *, published: bool, published_at: datetime | None, at: datetime
) -> datetime | None:
    """Return when the article becomes public: as said, or at once if it is published undated."""
    return at if published and published_at is None else published_at


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs between two states."""
    return [name for name, value in after.items() if before[name] != value]


def named_in_order(changes: Mapping[str, Any]) -> list[str]:
    """Return which fields of an article are named, in the order in which states have them."""
    return [name for name in EDITABLE if name in changes]


def changes_of_meta(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what search engines are told after a change of some of it; null clears."""
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def whole_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes that make another article's `meta` just this one."""
    return {name: meta.get(name) for name in Meta.model_fields}


def blank_article(
    author_id: int, locale: str | None, made_at: datetime, changed_at: datetime | None = None
) -> Article:
    """Return an article that says nothing yet; without a locale, it is to get the site's."""
    return Article(
        author_id=author_id,
        author_ids=[author_id],
        tag_names=[],
        locale=locale,
        content_format=ContentFormat.MARKDOWN.value,
        featured=False,
        pinned=False,
        published=False,
        seo={},
        version=1,
        created_at=made_at,
        updated_at=changed_at or made_at,
    )


def publishing(article: Article, publication: Publication, at: datetime) -> dict[str, Any]:
    """Return what publishing changes: the date is as said, stays when it has come, or is now."""
    has_come = article.published_at is not None and article.published_at <= at
    when = publication.published_at or (article.published_at if has_come else at)
    return {"published": True, "published_at": when and when.isoformat()}
