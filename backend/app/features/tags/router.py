"""Tags: finding, naming, merging and deleting them."""

from fastapi import APIRouter, Request, Response

from app.core.text import as_id
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, Writer
from app.features.tags.dependencies import TagRef, Tags, WantedTags
from app.features.tags.schemas import (
    CountedTag,
    TagCreate,
    TagMerge,
    TagRead,
    TagUpdate,
)
from app.web.conditional import IfMatch, short_digest, strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.moved import MOVED, moved
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/tags", tags=["tags"], route_class=Route)


def _whole(counted: CountedTag, response: Response) -> TagRead:
    tag = counted.tag
    digest = short_digest(counted.article_count)
    response.headers["ETag"] = strong_etag(tag.id, tag.version, digest)
    return TagRead.of(counted)


@router.get(
    "",
    summary="List tags",
    operation_id="tags_list",
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_tags(
    wanted: WantedTags,
    tags: Tags,
    page: PageParams,
    links: PageLinks,
    reader: OptionalReader,
    now: Now,
) -> list[TagRead]:
    """List tags by name.

    A tag that no public article has is listed for editors only: its name may tell of a draft.
    """
    found = await tags.page(wanted, page, reader=reader, at=now)
    links.to(found)
    return [TagRead.of(counted) for counted in found.items]


@router.post(
    "",
    status_code=201,
    summary="Make a tag",
    operation_id="tags_create",
    responses=describe(400, 401, 403, 409),
)
async def create_tag(
    new: TagCreate,
    editor: Writer,
    response: Response,
    tags: Tags,
    now: Now,
    _: IdempotencyKey,
) -> TagRead:
    """Make a tag ahead of its use, as an editor. Using a new name in an article makes one too."""
    counted = await tags.create(new, editor=editor, at=now)
    response.headers["Location"] = f"{PREFIX}/tags/{counted.tag.id}"
    return _whole(counted, response)


@router.get(
    "/{ref}",
    summary="Read a tag",
    operation_id="tags_read",
    response_model=TagRead,
    responses=MOVED | describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_tag(
    ref: TagRef,
    request: Request,
    response: Response,
    tags: Tags,
    reader: OptionalReader,
    now: Now,
) -> TagRead | Response:
    """Answer with a tag, or, by a slug that it had before, with where it is now.

    A tag that no public article has exists for editors only.
    """
    counted = await tags.read(ref, reader=reader, at=now)
    tag = counted.tag
    if as_id(ref) is None and ref != tag.slug:
        return moved(request, "tags", tag.id, tag.slug)
    return _whole(counted, response)


@router.patch(
    "/{ref}",
    summary="Change a tag",
    operation_id="tags_update",
    responses=describe(400, 401, 403, 404, 412),
)
async def update_tag(
    ref: TagRef,
    changes: TagUpdate,
    response: Response,
    tags: Tags,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
) -> TagRead:
    """Change only what is given, as an editor. All articles that have the tag show a new name."""
    check = if_match.unless_stale
    counted = await tags.update(ref, changes, editor=editor, at=now, check=check)
    return _whole(counted, response)


@router.post(
    "/{ref}/merge",
    summary="Merge a tag into another one",
    operation_id="tags_merge",
    responses=describe(401, 403, 404, 409, 412),
)
async def merge_tag(
    ref: TagRef,
    merge: TagMerge,
    response: Response,
    tags: Tags,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
    _: IdempotencyKey,
) -> TagRead:
    """Give the articles and names of one tag to another one, which is the answer, as an editor."""
    check = if_match.unless_stale
    counted = await tags.merge(ref, merge.into, editor=editor, at=now, check=check)
    return _whole(counted, response)


@router.delete(
    "/{ref}",
    status_code=204,
    summary="Delete a tag",
    operation_id="tags_delete",
    responses=describe(401, 403, 404, 412),
)
async def delete_tag(ref: TagRef, tags: Tags, editor: Writer, if_match: IfMatch) -> None:
    """Delete a tag, as an editor. Its articles stay, without it."""
    await tags.delete(ref, editor=editor, check=if_match.unless_stale)
