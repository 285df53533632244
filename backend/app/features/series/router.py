"""Series: articles that are read one after the other."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Response

from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, Writer
from app.features.series.dependencies import SeriesBook, SeriesRef
from app.features.series.schemas import (
    SeriesCreate,
    SeriesListed,
    SeriesOrder,
    SeriesRead,
    SeriesUpdate,
)
from app.models import Article, Series
from app.web.conditional import IfMatch, short_digest, strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/series", tags=["series"], route_class=Route)


def _whole(
    series: Series, articles: Sequence[Article], response: Response, at: datetime
) -> SeriesRead:
    """Return the answer; its ETag also changes with the articles, whose versions are their own."""
    answer = SeriesRead.of(series, articles, at)
    digest = short_digest(answer.model_dump_json())
    response.headers["ETag"] = strong_etag(series.id, series.version, digest)
    return answer


@router.get(
    "",
    summary="List series",
    operation_id="series_list",
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_series(
    book: SeriesBook, page: PageParams, links: PageLinks, reader: OptionalReader, now: Now
) -> list[SeriesListed]:
    """List series by title: those with an article that one can see, one's own; editors see all."""
    found, counts = await book.page(page, reader=reader, at=now)
    links.to(found)
    return [SeriesListed.counted(series, counts.get(series.id, 0)) for series in found.items]


@router.post(
    "",
    status_code=201,
    summary="Begin a series",
    operation_id="series_create",
    responses=describe(400, 401, 403, 409),
)
async def create_series(
    new: SeriesCreate,
    owner: Writer,
    response: Response,
    book: SeriesBook,
    now: Now,
    _: IdempotencyKey,
) -> SeriesRead:
    """Make a series, still without articles: each of those names its series itself."""
    series = await book.create(new, owner=owner, at=now)
    response.headers["Location"] = f"{PREFIX}/series/{series.id}"
    return _whole(series, (), response, now)


@router.get(
    "/{ref}",
    summary="Read a series",
    operation_id="series_read",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_series(
    ref: SeriesRef, response: Response, book: SeriesBook, reader: OptionalReader, now: Now
) -> SeriesRead:
    """Answer with a series and those of its articles that are public or that one may edit."""
    series, articles = await book.read(ref, reader=reader, at=now)
    return _whole(series, articles, response, now)


@router.patch(
    "/{ref}",
    summary="Change a series",
    operation_id="series_update",
    responses=describe(401, 403, 404, 412),
)
async def update_series(
    ref: SeriesRef,
    changes: SeriesUpdate,
    response: Response,
    book: SeriesBook,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
) -> SeriesRead:
    """Change only what is given; for its owner and editors. The address stays as it is."""
    check = if_match.unless_stale
    await book.update(ref, changes, editor=editor, at=now, check=check)
    series, articles = await book.read(ref, reader=editor, at=now)
    return _whole(series, articles, response, now)


@router.put(
    "/{ref}/articles",
    summary="Put the articles of a series in order",
    operation_id="series_order",
    responses=describe(401, 403, 404, 412),
)
async def order_series(
    ref: SeriesRef,
    wanted: SeriesOrder,
    response: Response,
    book: SeriesBook,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
) -> SeriesRead:
    """Take every article of the series that one can see once, in the order of reading.

    Those of others that are not public yet, and so not seen, keep their order behind them.
    """
    check = if_match.unless_stale
    await book.order(ref, wanted.articles, editor=editor, at=now, check=check)
    series, articles = await book.read(ref, reader=editor, at=now)
    return _whole(series, articles, response, now)


@router.delete(
    "/{ref}",
    status_code=204,
    summary="Delete a series",
    operation_id="series_delete",
    responses=describe(401, 403, 404, 412),
)
async def delete_series(
    ref: SeriesRef, book: SeriesBook, editor: Writer, now: Now, if_match: IfMatch
) -> None:
    """Delete a series; its articles stay, without one."""
    await book.delete(ref, editor=editor, at=now, check=if_match.unless_stale)
