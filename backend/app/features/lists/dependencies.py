"""What a list of articles is asked for, and how it is answered."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query

from app.core.clock import Instant
from app.core.places import Locale
from app.core.text import Line
from app.features.lists.schemas import (
    FIELDS,
    INCLUDES,
    MOST_READ,
    PLAIN_FIELDS,
    ArticleFilter,
    ArticleSort,
)
from app.features.lists.service import ListService
from app.models import Status
from app.web.names import Names, names_in
from app.web.pagination import PageParams
from app.web.problems import InvalidQuery
from app.web.session import Parts
from app.web.solving import of_query

Words = Annotated[str, Line(1, 200)]
Name = Annotated[str, Line(1, 100)]
AnyStatus = Literal["published", "draft", "scheduled", "deleted", "all"]

DEFAULT_INCLUDES = "author,tags"
MOST_WITH_CONTENT = 20


async def _list_service(parts: Parts) -> ListService:
    return ListService(parts.reads, parts.settings)


@of_query
async def _shown(
    page: PageParams,
    include: Annotated[
        Names | None,
        Query(
            description="What comes along: `author`, `tags`, `series`, `content`, and `mine` "
            "(what the reader has to do with them). "
            "By default `author,tags`, unless `fields` says what is shown. "
            f"With content, `limit` is {MOST_WITH_CONTENT} at the most.",
            examples=["author,tags,content"],
        ),
    ] = None,
    fields: Annotated[
        Names | None,
        Query(
            description="Only these fields, the id and what `include` names besides.",
            examples=["title,slug"],
        ),
    ] = None,
) -> frozenset[str]:
    plain = PLAIN_FIELDS if fields is None else names_in(fields, FIELDS, "fields") | {"id"}
    by_default = DEFAULT_INCLUDES if fields is None else ""
    included = names_in(by_default if include is None else include, frozenset(INCLUDES), "include")
    shows = plain.union(*(INCLUDES[name] for name in included))
    if shows & INCLUDES["content"] and page.limit > MOST_WITH_CONTENT:
        raise InvalidQuery(
            f"With their content, at most {MOST_WITH_CONTENT} articles are on a page",
            code="limit_with_content",
            field="limit",
        )
    return shows


@of_query
async def _narrowed(
    shows: Annotated[frozenset[str], Depends(_shown)],
    tag: Annotated[Name | None, Query(description="A tag's slug, id or name.")] = None,
    series: Annotated[Name | None, Query(description="A series' slug or id.")] = None,
    locale: Annotated[Locale | None, Query(description="In this language (BCP 47).")] = None,
    featured: Annotated[bool | None, Query(description="Only those that are, or are not.")] = None,
    pinned: Annotated[bool | None, Query(description="Only those that are, or are not.")] = None,
    favorited_by: Annotated[
        Name | None, Query(description="What somebody likes, by their id or username.")
    ] = None,
) -> ArticleFilter:
    return ArticleFilter(
        shows=shows,
        tag=tag,
        series=series,
        locale=locale,
        featured=featured,
        pinned=pinned,
        favorited_by=favorited_by,
    )


@of_query
async def _filter_of_an_author(
    kind: Annotated[ArticleFilter, Depends(_narrowed)],
    status: Annotated[
        AnyStatus,
        Query(description="What is not published is listed for its authors and editors only."),
    ] = "published",
    q: Annotated[
        Words | None,
        Query(
            description='Words of the article; also `"a phrase"`, `or`, and `-not`. For a phrase, '
            "and where there is nothing but what must be missing, no more than "
            f"{MOST_READ:,} articles are read at a time: such a page may hold few, or none, and "
            "yet have a next one at its `Link`; where there are more, `total` is not told.",
        ),
    ] = None,
    published_after: Annotated[
        Instant | None, Query(description="The earliest date of publication.")
    ] = None,
    published_before: Annotated[
        Instant | None, Query(description="The date of publication is before this.")
    ] = None,
    sort: Annotated[
        ArticleSort, Query(description="A minus means the greatest first.")
    ] = ArticleSort.NEWEST,
) -> ArticleFilter:
    return replace(
        kind,
        status=None if status == "all" else Status(status),
        q=q,
        published_after=published_after,
        published_before=published_before,
        sort=sort,
    )


@of_query
async def _filter(
    wanted: Annotated[ArticleFilter, Depends(_filter_of_an_author)],
    author: Annotated[Name | None, Query(description="An author's id or username.")] = None,
) -> ArticleFilter:
    return replace(wanted, author=author)


Lists = Annotated[ListService, Depends(_list_service)]
ShownFields = Annotated[frozenset[str], Depends(_shown)]
WantedArticles = Annotated[ArticleFilter, Depends(_filter)]
WantedArticlesOfAuthor = Annotated[ArticleFilter, Depends(_filter_of_an_author)]
