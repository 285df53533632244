"""Batches: one action on many articles."""

from fastapi import APIRouter

from app.features.auth.dependencies import Writer
from app.features.bulk.dependencies import Bulk
from app.features.bulk.schemas import Batch, BatchRead
from app.web.idempotency import IdempotencyKey
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["writing"], route_class=Route)


@router.post(
    "/articles/batch",
    summary="Change many articles at once",
    operation_id="articles_batch",
    responses=describe(400, 401, 403, 404, 409),
)
async def change_articles(
    batch: Batch, editor: Writer, bulk: Bulk, now: Now, _: IdempotencyKey
) -> BatchRead:
    """Publish, withdraw, tag or delete up to a hundred articles: all of them, or none.

    Where one is refused, none is changed, and `detail` says which it was.
    """
    return await bulk.change(batch, editor=editor, at=now)
