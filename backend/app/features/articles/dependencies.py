"""What the router of articles asks for, and what is said of an article in a path."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import AfterValidator

from app.core.text import as_id, clean_line
from app.features.articles.schemas import Wish
from app.features.articles.service import ArticleService, Unpublished
from app.features.pages.schemas import (
    MINE,
    NEXT,
    PREVIOUS,
    RELATED,
    ArticleRead,
    PageJson,
)
from app.models import Article, User, WorkingCopy
from app.web.answers import json_answer
from app.web.conditional import digest_of, short_digest, strong_etag
from app.web.moved import moved
from app.web.names import Names, names_in
from app.web.problems import InvalidQuery
from app.web.session import DbSession, Now, Parts, session_of
from app.web.solving import of_query

ArticleRef = Annotated[
    str,
    Path(min_length=1, max_length=200, description="An id or a slug.", examples=["down-the-river"]),
    AfterValidator(clean_line),
]


async def _article_service(session: DbSession, parts: Parts) -> ArticleService:
    return ArticleService(session, parts.settings, parts.renderer)


@of_query
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
    return Wish(names_in(include, known, "include"), draft, preview)


Articles = Annotated[ArticleService, Depends(_article_service)]
WantedArticle = Annotated[Wish, Depends(_wish)]


async def _drafts(wish: WantedArticle, request: Request, parts: Parts) -> ArticleService | None:
    return await _article_service(session_of(request), parts) if wish.is_unpublished else None


# None where only what is published is wanted, which needs no session.
Drafts = Annotated[ArticleService | None, Depends(_drafts)]


class Answer:
    """Makes the answer that shows one whole article, with the ETag of exactly that."""

    def __init__(self, request: Request, response: Response, now: datetime) -> None:
        """Take the request, whose route says its status, and the response with its headers."""
        self._request = request
        self._status = request.scope["route"].status_code or HTTPStatus.OK
        self._headers = response.headers
        self._now = now

    def of(self, page: PageJson, *, asked: str | None = None) -> Response:
        """Return the answer; its ETag is the version, and a digest of all that it shows.

        Whoever has asked by a former slug is led to the present one.
        """
        if _is_former(asked, page.slug):
            return moved(self._request, "articles", page.id, page.slug)
        body = page.json.encode()
        self._headers["ETag"] = strong_etag(page.id, page.version, digest_of(body))
        return json_answer(body, self._headers, self._status)

    def draft(self, page: Unpublished, *, asked: str | None = None) -> ArticleRead | Response:
        """Return the same of what is not published, and keep it out of caches and searches."""
        if _is_former(asked, page.slug):
            return moved(self._request, "articles", page.id, page.slug, is_private=True)
        self._headers["Cache-Control"] = "no-store"
        self._headers["X-Robots-Tag"] = "noindex"
        if isinstance(page, PageJson):
            return self.of(page)
        answer = ArticleRead.of(page, self._now)
        version = copy_version(page.article, page.working_copy)
        digest = short_digest(answer.model_dump_json())
        self._headers["ETag"] = strong_etag(answer.id, version, digest)
        return answer


def _is_former(asked: str | None, slug: str) -> bool:
    return asked is not None and as_id(asked) is None and asked != slug


def copy_version(article: Article, copy: WorkingCopy | None) -> str:
    """Return what an ETag calls the version of an article with its working copy."""
    return f"{article.version}.{copy.version}" if copy else str(article.version)


class AnswerAfresh(Answer):
    """Makes the answer about an article that has just been written."""

    def __init__(
        self, articles: ArticleService, request: Request, response: Response, now: datetime
    ) -> None:
        """Take what reads it in the transaction that has written it, and the rest likewise."""
        super().__init__(request, response, now)
        self._articles = articles

    async def afresh(
        self, article: Article, *, editor: User, of_working_copy: bool = False
    ) -> ArticleRead | Response:
        """Return the article as it is now, or as its working copy has it."""
        if of_working_copy:
            return self.draft(await self._articles.draft(article.id, editor=editor, at=self._now))
        return self.of(await self._articles.written(article.id, editor=editor, at=self._now))


async def _answer(request: Request, response: Response, now: Now) -> Answer:
    return Answer(request, response, now)


async def _answer_afresh(
    articles: Articles, request: Request, response: Response, now: Now
) -> AnswerAfresh:
    return AnswerAfresh(articles, request, response, now)


WholeArticle = Annotated[Answer, Depends(_answer)]
WrittenArticle = Annotated[AnswerAfresh, Depends(_answer_afresh)]
