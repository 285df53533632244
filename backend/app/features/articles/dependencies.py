"""What the router of articles asks for, and what is said of an article in a path."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response
from pydantic import AfterValidator

from app.core.clock import Instant
from app.core.places import Locale
from app.core.text import Line, clean_line
from app.features.articles.schemas import (
    FIELDS,
    INCLUDES,
    MOST_READ,
    PLAIN_FIELDS,
    ArticleFilter,
    ArticlePage,
    ArticleRead,
    Sort,
    Wish,
)
from app.features.articles.service import MINE, NEXT, PREVIOUS, RELATED, ArticleService
from app.models import Article, Status, User, WorkingCopy
from app.web.conditional import short_digest, strong_etag
from app.web.pagination import PageParams
from app.web.problems import InvalidQuery
from app.web.session import DbSession, Now, Parts

Words = Annotated[str, Line(1, 200)]
Name = Annotated[str, Line(1, 100)]
AnyStatus = Literal["published", "draft", "scheduled", "deleted", "all"]

DEFAULT_INCLUDES = "author,tags"
MOST_WITH_CONTENT = 20

# Names with commas between them; which names there are, `_names` says.
Names = Annotated[str, Query(max_length=500, pattern=r"^[a-z_]*(,[a-z_]+)*$")]

ArticleRef = Annotated[
    str,
    Path(min_length=1, max_length=200, description="An id or a slug.", examples=["down-the-river"]),
    AfterValidator(clean_line),
]


async def _article_service(session: DbSession, parts: Parts) -> ArticleService:
    return ArticleService(session, parts.settings, parts.renderer)


def _names(given: str, known: frozenset[str], parameter: str) -> frozenset[str]:
    """Return the names in a parameter; raise InvalidQuery for one that is not known."""
    names = frozenset(given.split(",")) - {""}
    if unknown := sorted(names - known):
        raise InvalidQuery(
            f"`{parameter}` knows {', '.join(sorted(known))}, and not {unknown[0]}",
            code="unknown_name",
            field=parameter,
        )
    return names


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
    plain = PLAIN_FIELDS if fields is None else _names(fields, FIELDS, "fields") | {"id"}
    by_default = DEFAULT_INCLUDES if fields is None else ""
    included = _names(by_default if include is None else include, frozenset(INCLUDES), "include")
    shows = plain.union(*(INCLUDES[name] for name in included))
    if shows & INCLUDES["content"] and page.limit > MOST_WITH_CONTENT:
        raise InvalidQuery(
            f"With their content, at most {MOST_WITH_CONTENT} articles are on a page",
            code="limit_with_content",
            field="limit",
        )
    return shows


async def _kind(
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


async def _filter_of_an_author(
    kind: Annotated[ArticleFilter, Depends(_kind)],
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
    sort: Annotated[Sort, Query(description="A minus means the greatest first.")] = Sort.NEWEST,
) -> ArticleFilter:
    return replace(
        kind,
        status=None if status == "all" else Status(status),
        q=q,
        published_after=published_after,
        published_before=published_before,
        sort=sort,
    )


async def _filter(
    wanted: Annotated[ArticleFilter, Depends(_filter_of_an_author)],
    author: Annotated[Name | None, Query(description="An author's id or username.")] = None,
) -> ArticleFilter:
    return replace(wanted, author=author)


async def _wish(
    include: Annotated[
        Names,
        Query(
            description="What comes along: `previous`, `next`, `related`, `mine` (what the reader "
            "has to do with it).",
            examples=["next"],
        ),
    ] = "",
    draft: Annotated[
        bool, Query(description="As its working copy has it; for its authors and editors.")
    ] = False,
    preview: Annotated[
        str | None, Query(max_length=4096, description="The token of a preview link.")
    ] = None,
) -> Wish:
    if draft and preview is not None:
        raise InvalidQuery(
            "Use either `draft` or `preview`, not both", code="draft_and_preview", field="draft"
        )
    known = frozenset({MINE, PREVIOUS, NEXT, RELATED})
    return Wish(_names(include, known, "include"), draft, preview)


Articles = Annotated[ArticleService, Depends(_article_service)]
ShownFields = Annotated[frozenset[str], Depends(_shown)]
WantedArticles = Annotated[ArticleFilter, Depends(_filter)]
WantedArticlesOfAuthor = Annotated[ArticleFilter, Depends(_filter_of_an_author)]
WantedArticle = Annotated[Wish, Depends(_wish)]


class Answer:
    """Makes the answer that shows one whole article, with the ETag of exactly that."""

    def __init__(self, articles: ArticleService, response: Response, now: datetime) -> None:
        """Take the response whose headers say which version this is."""
        self._articles = articles
        self._headers = response.headers
        self._now = now

    async def afresh(
        self, article: Article, *, editor: User, of_working_copy: bool = False
    ) -> ArticleRead:
        """Return the answer about an article that has just been written."""
        written = await self._articles.whole(article.id)
        wish = Wish(draft=of_working_copy)
        page = await self._articles.present(written, wish, reader=editor, at=self._now)
        return self.of(page, of_working_copy=of_working_copy)

    def of(self, page: ArticlePage, *, of_working_copy: bool = False) -> ArticleRead:
        """Return the answer; its ETag is the version, and a digest of all that it shows."""
        if of_working_copy:
            self._keep_private()
        answer = ArticleRead.of(page, self._now)
        copy = page.working_copy if of_working_copy else None
        version = copy_version(page.article, copy)
        digest = short_digest(answer.model_dump_json())
        self._headers["ETag"] = strong_etag(answer.id, version, digest)
        return answer

    def _keep_private(self) -> None:
        """Keep what is not published out of caches and search engines."""
        self._headers["Cache-Control"] = "no-store"
        self._headers["X-Robots-Tag"] = "noindex"


def copy_version(article: Article, copy: WorkingCopy | None) -> str:
    """Return what an ETag calls the version of an article with its working copy."""
    return f"{article.version}.{copy.version}" if copy else str(article.version)


async def _answer(articles: "Articles", response: Response, now: Now) -> Answer:
    return Answer(articles, response, now)


WholeArticle = Annotated[Answer, Depends(_answer)]
