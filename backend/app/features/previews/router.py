"""Previews: making, listing and revoking the links."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from app.core.services import Services
from app.features.articles.dependencies import ArticleRef
from app.features.auth.dependencies import Reader, Writer
from app.features.drafts.service import token_of
from app.features.previews.dependencies import Previews
from app.features.previews.schemas import PreviewCreate, PreviewRead
from app.models import Preview
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(tags=["writing"], route_class=Route)

PreviewId = Annotated[
    str,
    Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["8Zr1V0nLw6TkXy2P"]),
]


def _shown(preview: Preview, parts: Services) -> PreviewRead:
    token = token_of(preview, parts.tokens)
    return PreviewRead(
        id=preview.id,
        token=token,
        path=f"{PREFIX}/articles/{preview.article_id}?preview={token}",
        created_at=preview.created_at,
        expires_at=preview.expires_at,
    )


@router.post(
    "/articles/{ref}/previews",
    status_code=201,
    summary="Make a preview link",
    operation_id="previews_create",
    responses=describe(400, 401, 403, 404, 409),
)
async def create_preview(
    ref: ArticleRef,
    wanted: Annotated[PreviewCreate, Body(default_factory=PreviewCreate)],
    response: Response,
    previews: Previews,
    editor: Writer,
    parts: Parts,
    now: Now,
    _: IdempotencyKey,
) -> PreviewRead:
    """Make a link that shows the article as its working copy has it, to whoever has the link."""
    preview = await previews.make(ref, wanted.days, editor=editor, at=now)
    collection = f"{PREFIX}/articles/{preview.article_id}/previews"
    response.headers["Location"] = f"{collection}/{preview.id}"
    return _shown(preview, parts)


@router.get(
    "/articles/{ref}/previews",
    summary="List the preview links of an article",
    operation_id="previews_list",
    responses=describe(401, 403, 404),
)
async def list_previews(
    ref: ArticleRef, previews: Previews, editor: Reader, parts: Parts, now: Now
) -> list[PreviewRead]:
    """List the links that still work, the newest first; an article has a hundred at the most."""
    found = await previews.all_of(ref, editor=editor, at=now)
    return [_shown(preview, parts) for preview in found]


@router.get(
    "/articles/{ref}/previews/{preview_id}",
    summary="Read a preview link",
    operation_id="previews_read",
    responses=describe(401, 403, 404),
)
async def read_preview(
    ref: ArticleRef,
    preview_id: PreviewId,
    previews: Previews,
    editor: Reader,
    parts: Parts,
    now: Now,
) -> PreviewRead:
    """Answer with one link of an article."""
    return _shown(await previews.read(ref, preview_id, editor=editor, at=now), parts)


@router.delete(
    "/articles/{ref}/previews/{preview_id}",
    status_code=204,
    summary="Revoke a preview link",
    operation_id="previews_delete",
    responses=describe(401, 403, 404),
)
async def delete_preview(
    ref: ArticleRef, preview_id: PreviewId, previews: Previews, editor: Writer, now: Now
) -> None:
    """Make a preview link stop working at once."""
    await previews.revoke(ref, preview_id, editor=editor, at=now)
