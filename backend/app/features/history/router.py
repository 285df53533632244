"""The history of articles: versions, what differs between them, and bringing them back."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from app.features.articles.dependencies import ArticleRef, WrittenArticle
from app.features.auth.dependencies import Reader, Writer
from app.features.history.dependencies import History, OtherVersion, Version
from app.features.history.schemas import (
    Comparison,
    Restoration,
    RevisionListed,
    RevisionRead,
)
from app.features.pages.schemas import ArticleRead
from app.web.conditional import IfMatch, short_digest, strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/articles/{ref}/revisions", tags=["history"], route_class=Route)


@router.get(
    "",
    summary="List the versions of an article",
    operation_id="revisions_list",
    responses=describe(401, 403, 404),
)
async def list_revisions(
    ref: ArticleRef,
    history: History,
    page: PageParams,
    links: PageLinks,
    editor: Reader,
    now: Now,
) -> list[RevisionListed]:
    """List what the article has been, newest first, for its authors and editors.

    Old versions may have been pruned; the first, the newest and what was public never is.
    """
    found = await history.page(ref, page, editor=editor, at=now)
    links.to(found)
    return list(found.items)


# Stands before the path of one version, which would take `1...2` for a bad number.
@router.get(
    "/{before}...{after}",
    summary="Compare two versions",
    operation_id="revisions_diff",
    responses=describe(401, 403, 404),
    response_model_exclude_unset=True,
)
async def compare_revisions(
    ref: ArticleRef,
    before: Version,
    after: OtherVersion,
    history: History,
    editor: Reader,
    now: Now,
) -> Comparison:
    """Answer with each field that differs, and how its text came to be what it is.

    Either version may be the older one. The work is limited: where texts of many pages have next to
    nothing in common, `is_coarse` says that stretches were not compared word by word.
    """
    return await history.compare(ref, before, after, editor=editor, at=now)


@router.get(
    "/{version}",
    summary="Read a version",
    operation_id="revisions_read",
    responses=describe(401, 403, 404),
)
async def read_revision(
    ref: ArticleRef,
    version: Version,
    response: Response,
    history: History,
    editor: Reader,
    now: Now,
) -> RevisionRead:
    """Answer with all that the article was like."""
    found = await history.read(ref, version, editor=editor, at=now)
    response.headers["ETag"] = strong_etag("revision", short_digest(found.model_dump_json()))
    return found


@router.post(
    "/{version}/restore",
    summary="Restore a version",
    operation_id="revisions_restore",
    response_model=ArticleRead,
    responses=describe(400, 401, 403, 404, 409, 412),
)
async def restore_revision(
    ref: ArticleRef,
    version: Version,
    wanted: Annotated[Restoration, Body(default_factory=Restoration)],
    history: History,
    answer: WrittenArticle,
    editor: Writer,
    *,
    now: Now,
    if_match: IfMatch,
    _: IdempotencyKey,
) -> ArticleRead | Response:
    """Make the article what it was, as a new version: text, title, tags, slug, series, authors …

    Whether and when it is published stays as it is, unless `fields` names `published` or
    `published_at`: to bring words back neither publishes nor withdraws them. What is featured or
    pinned comes back of itself for editors alone. The owner stays the owner, and series and
    accounts that are gone stay gone. If another article has taken the slug (400 `slug_taken`), name
    the fields to restore, without it.
    """
    check = if_match.unless_stale
    article = await history.restore(ref, version, wanted, editor=editor, at=now, check=check)
    return await answer.afresh(article, editor=editor)
