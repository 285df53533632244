"""What the router of tags asks for."""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator

from app.core.text import Line, clean_line
from app.features.tags.schemas import TagFilter, TagSort
from app.features.tags.service import TagService
from app.web.session import DbSession

Beginning = Annotated[str, Line(1, 50)]
TagRef = Annotated[
    str,
    Path(min_length=1, max_length=200, description="An id or a slug.", examples=["rivers"]),
    AfterValidator(clean_line),
]


async def _tag_service(session: DbSession) -> TagService:
    return TagService(session)


async def _filter(
    q: Annotated[
        Beginning | None, Query(description="How the name begins, whatever its case.")
    ] = None,
    sort: Annotated[TagSort, Query(description="A minus means backward.")] = TagSort.NAME,
) -> TagFilter:
    return TagFilter(q, sort)


Tags = Annotated[TagService, Depends(_tag_service)]
WantedTags = Annotated[TagFilter, Depends(_filter)]
