"""What the routers of writing ask for."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query

from app.features.articles.dependencies import copy_version
from app.features.writing.service import WritingService
from app.models import Article, WorkingCopy
from app.web.conditional import Precondition
from app.web.session import DbSession, Parts

OfWorkingCopy = Annotated[
    bool, Query(alias="draft", description="Keep it in the working copy, unseen by readers.")
]


async def _writing_service(session: DbSession, parts: Parts) -> WritingService:
    return WritingService(session, parts.settings, parts.renderer)


def unless_copy_is_stale(
    precondition: Precondition,
) -> Callable[[Article, WorkingCopy | None], None]:
    """Return what raises Stale unless an article and its working copy are what was read."""
    return lambda article, copy: precondition.check(article.id, copy_version(article, copy))


Writing = Annotated[WritingService, Depends(_writing_service)]
