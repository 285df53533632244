"""What the router of series asks for."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import AfterValidator

from app.core.text import clean_line
from app.features.series.service import SeriesService
from app.web.session import DbSession


async def _series_service(session: DbSession) -> SeriesService:
    return SeriesService(session)


SeriesBook = Annotated[SeriesService, Depends(_series_service)]
SeriesRef = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="An id or a slug.",
        examples=["a-year-on-the-water"],
    ),
    AfterValidator(clean_line),
]
