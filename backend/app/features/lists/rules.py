"""What is asked for, in the words that statements are made for. No I/O."""

from datetime import datetime
from typing import Any

from app.core.paging import Page
from app.core.policy import Permission
from app.core.text import as_id
from app.features.lists.schemas import ArticleFilter, ArticleSort, Kind
from app.models import User


def asked(
    wanted: ArticleFilter, page: Page, reader: User | None, at: datetime, *, site_locale: str
) -> tuple[Kind, dict[str, Any]]:
    """Return of which kind a list is, and the arguments of its statement; raise BadCursor."""
    given = {name: getattr(wanted, name) for name in _PLAIN if getattr(wanted, name) is not None}
    for name in _REFS:
        given |= named(name, getattr(wanted, name))
    values = given | {"at": at, "reader": reader and reader.id}
    values |= {"words": wanted.q, "locale": wanted.locale, "site_locale": site_locale}
    values |= {"skip": page.skip, "limit": page.limit + 1, "end": page.skip + page.limit + 1}
    if page.cursor is not None:
        is_time = wanted.sort not in {ArticleSort.TITLE, ArticleSort.TITLE_BACKWARD}
        values |= {"key": page.cursor.key_in(wanted.sort, is_time=is_time), "id": page.cursor.id}
    kind = Kind(
        shows=wanted.shows,
        given=frozenset(given) | ({"followed"} if wanted.followed else set()),
        featured=wanted.featured,
        pinned=wanted.pinned,
        status=wanted.status,
        sort=wanted.sort,
        reader=None if reader is None else reader.may(Permission.EDIT_ANY),
        backward=None if page.cursor is None else page.cursor.backward,
        skips=page.skip > 0,
        far=page.skip + page.limit > MOST_SKIPPED,
    )
    return kind, values


# Up to here, the planner is told how far a page reaches.
MOST_SKIPPED = 10_100
_PLAIN = ("locale", "ids", "published_after", "published_before")
_REFS = ("author", "tag", "series", "favorited_by")


def named(name: str, ref: str | None) -> dict[str, Any]:
    """Return the argument that a reference is: an id is another one than a name."""
    if ref is None:
        return {}
    id_ = as_id(ref)
    if name == "tag":
        return {"tag": ref, "tag_id": id_}
    return {name: ref} if id_ is None else {f"{name}_id": id_}
