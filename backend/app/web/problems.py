"""Errors on the wire: `application/problem+json` (RFC 9457), by one table of kinds."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import errors
from app.core.db import DATABASE_ERRORS, is_passing
from app.core.services import Services
from app.web.caching import FOR_AN_OUTAGE, is_public
from app.web.routing import allowed_methods
from app.web.session import session_of
from app.web.state import services_of

log = structlog.stdlib.get_logger("galley.problems")

MEDIA_TYPE = "application/problem+json"
LONGEST_LOCATION = 100
MOST_PROBLEMS = 100

STATUSES: Mapping[type[errors.GalleyError], HTTPStatus] = {
    errors.Rejected: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
    HTTPStatus.GATEWAY_TIMEOUT: "timeout",
}


class OnForbidden(Protocol):
    """Is told that somebody who is signed in may not do something, by the operation's id."""

    async def __call__(
        self, services: Services, session: AsyncSession, *, method: str, operation: str, code: str
    ) -> None:
        """Note it. It must raise nothing, and `session` is the request's, which is over."""


class InvalidQuery(errors.Invalid):
    """A parameter of the query breaks a rule that its type cannot say; `field` names it."""


class FieldProblem(BaseModel):
    """One thing that is wrong with one part of a request."""

    loc: list[str | int] = Field(
        description="The way to it: `body`, `query`, `path` or `header` first.",
        examples=[["body", "title"]],
    )
    code: str = Field(description="A stable name for programs.", examples=["string_too_short"])
    detail: str = Field(
        description="Words for people.", examples=["String should have at least 1 character"]
    )


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). Some have members of their own, which `code` names."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="Always `about:blank`: the status says the kind.")
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What went wrong, for people.", examples=["Article not found"])
    code: str = Field(description="What went wrong, for programs.", examples=["article_not_found"])
    request_id: str = Field(description="Names this request in the logs.")
    errors: list[FieldProblem] | None = Field(
        None, description="With 422: what is wrong, 100 things at the most, and never a value."
    )


def problem_response(
    request_id: str,
    status: int,
    detail: str,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    problems: list[FieldProblem] | None = None,
    members: Mapping[str, str | list[str]] | None = None,
) -> Response:
    """Return a problem; 401 and 503 get the headers that RFC 9110 wants beside them."""
    known = HTTPStatus(status)
    problem = Problem(
        title=known.phrase,
        status=known,
        detail=detail,
        code=code or _CODES.get(known, known.name.lower()),
        request_id=request_id,
        errors=problems,
        **(members or {}),
    )
    extra = dict(headers or {})
    if known is HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", "Bearer")
    if known is HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", "1")
    extra.setdefault("Cache-Control", "no-store")
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, int(status), extra, MEDIA_TYPE)


def describe(
    *statuses: int, besides: Mapping[int, type[Problem]] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of error answers, for the `responses` of a route.

    `besides` has kinds of problems with members of their own that a status can also come with.
    """
    kinds = besides or {}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": _schema(kinds.get(status))}},
        }
        for status in statuses
    }


def _schema(besides: type[Problem] | None) -> dict[str, Any]:
    kinds: list[type[Problem]] = [Problem] if besides is None else [Problem, besides]
    references = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]
    return references[0] if besides is None else {"anyOf": references}


def install(app: FastAPI, on_forbidden: OnForbidden | None = None) -> None:
    """Make every error of an application a problem; have it noted what somebody may not do."""
    app.add_exception_handler(errors.GalleyError, _refused)
    if on_forbidden is not None:
        app.add_exception_handler(errors.Forbidden, _noting(on_forbidden))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, _database)


# What is answered in place of what was public before: it must not come back in an outage.
_REPLACES = (errors.NotFound, errors.Unauthenticated, errors.Forbidden)


def _request_id(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.GalleyError)  # noqa: S101 - tells the type checker
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers, problems = _headers(error), None
    if isinstance(error, _REPLACES) and is_public(request):
        headers |= FOR_AN_OUTAGE
    if isinstance(error, errors.Invalid):
        part = "query" if isinstance(error, InvalidQuery) else "body"
        loc: list[str | int] = [part, error.field] if error.field else []
        problems = [FieldProblem(loc=loc, code=error.code, detail=error.detail)]
    return problem_response(
        _request_id(request),
        status,
        error.detail,
        code=error.code,
        headers=headers,
        problems=problems,
        members=error.extra,
    )


def _noting(on_forbidden: OnForbidden) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what refuses somebody who is signed in, and has it noted under which name."""

    async def forbidden(request: Request, error: Exception) -> Response:
        if getattr(request.state, "account_id", None) is not None:
            assert isinstance(error, errors.Forbidden)  # noqa: S101 - tells the type checker
            operation = str(getattr(request.scope.get("route"), "operation_id", ""))
            await on_forbidden(
                services_of(request),
                session_of(request),  # over by now
                method=request.method,
                operation=operation,
                code=error.code,
            )
        return await _refused(request, error)

    return forbidden


def _headers(error: errors.GalleyError) -> dict[str, str]:
    """Return when to come back, and what is left of an allowance (draft-ietf-httpapi-ratelimit)."""
    headers = {}
    if isinstance(error, errors.Unavailable | errors.TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.TooMany) and error.allowance is not None:
        headers["RateLimit-Policy"] = error.allowance.policy
        headers["RateLimit"] = error.allowance.state
    return headers


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - tells the type checker
    problems = list(_field_problems(error.errors()))
    return problem_response(
        _request_id(request),
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid; `errors` says what to change",
        code="invalid",
        problems=problems,
    )


def _field_problems(found: Iterable[Mapping[str, Any]]) -> Iterable[FieldProblem]:
    """Describe each problem once: a parameter that two dependencies share is checked twice."""
    distinct = {(problem["loc"], problem["type"], problem["msg"]): problem for problem in found}
    for problem in islice(distinct.values(), MOST_PROBLEMS):
        loc = [part if isinstance(part, int) else _printable(part) for part in problem["loc"]]
        detail = str(problem["msg"]).removeprefix("Value error, ")
        yield FieldProblem(loc=loc, code=str(problem["type"]), detail=detail)


def _printable(part: object) -> str:
    """Return a field's name fit for UTF-8: an unknown field may be called anything."""
    return str(part)[:LONGEST_LOCATION].encode("utf-8", "replace").decode()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - tells the type checker
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
    return problem_response(
        _request_id(request), error.status_code, str(error.detail), headers=headers
    )


async def _database(request: Request, error: Exception) -> Response:
    if not is_passing(error):
        raise error
    log.warning("database unavailable", error=type(error).__name__)
    return await _refused(request, errors.Unavailable())
