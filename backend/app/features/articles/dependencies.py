"""What the router of articles asks for."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query

from app.core.clock import Instant
from app.core.text import Line
from app.features.articles.schemas import ArticleFilter, Sort
from app.features.articles.service import ArticleService
from app.models import Status
from app.web.session import DbSession

Words = Annotated[str, Line(1, 200)]
Name = Annotated[str, Line(1, 100)]
AnyStatus = Literal["published", "draft", "scheduled", "all"]


async def _article_service(session: DbSession) -> ArticleService:
    return ArticleService(session)


async def _filter_of_an_author(
    tag: Annotated[Name | None, Query(description="Articles with exactly this tag.")] = None,
    status: Annotated[
        AnyStatus,
        Query(description="What is not published is listed for its author and editors only."),
    ] = "published",
    q: Annotated[
        Words | None,
        Query(description='Words of the title or text; also `"a phrase"`, `or`, and `-not`.'),
    ] = None,
    published_after: Annotated[
        Instant | None, Query(description="The earliest date of publication.")
    ] = None,
    published_before: Annotated[
        Instant | None, Query(description="The date of publication is before this.")
    ] = None,
    sort: Annotated[Sort, Query(description="A minus means the greatest first.")] = Sort.NEWEST,
    include: Annotated[
        Literal["content"] | None, Query(description="`content`: with the whole text.")
    ] = None,
) -> ArticleFilter:
    return ArticleFilter(
        tag=tag,
        status=None if status == "all" else Status(status),
        q=q,
        published_after=published_after,
        published_before=published_before,
        sort=sort,
        with_content=include == "content",
    )


async def _filter(
    wanted: Annotated[ArticleFilter, Depends(_filter_of_an_author)],
    author: Annotated[Name | None, Query(description="An author's id or username.")] = None,
) -> ArticleFilter:
    return replace(wanted, author=author)


Articles = Annotated[ArticleService, Depends(_article_service)]
WantedArticles = Annotated[ArticleFilter, Depends(_filter)]
WantedArticlesOfAuthor = Annotated[ArticleFilter, Depends(_filter_of_an_author)]
