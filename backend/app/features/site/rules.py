"""What the site is: the settings, and over them what administrators said. No I/O."""

from collections.abc import Mapping
from typing import Any

from app.core.config import Settings
from app.core.policy import Permission
from app.features.site.schemas import SiteRead
from app.models import User

SLUG = "{slug}"


def path_of(slug: str, article_path: str) -> str:
    """Return the path of an article, in what the setting `ARTICLE_PATH` says."""
    return article_path.replace(SLUG, slug)


def may_edit(user: User) -> bool:
    """Say whether this person may change the site: administrators may."""
    return user.may(Permission.CHANGE_SITE)


def defaults(settings: Settings) -> dict[str, Any]:
    """Return what administrators can change, as the settings have it."""
    return {
        "title": settings.site_title,
        "description": settings.site_description,
        "locale": settings.site_locale,
        "timezone": settings.site_timezone,
        "navigation": [],
        "social": [],
        "comments": settings.comments,
        "comments_hold_first": settings.comments_hold_first,
    }


def edited(
    edits: Mapping[str, Any], changes: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    """Return the edits after these changes: only what differs from the settings is kept."""
    plain = defaults(settings)
    wanted = {**edits, **changes}
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and value != plain.get(name)
    }


def shown(edits: Mapping[str, Any], version: int, settings: Settings) -> SiteRead:
    """Return the site as everybody sees it."""
    return SiteRead.model_validate(
        {
            **defaults(settings),
            **edits,
            "url": settings.site_url,
            "article_path": settings.article_path,
            "version": version,
        }
    )
