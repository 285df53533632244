"""The OpenAPI 3.1 document: how Galley describes itself."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from app.web.fixed import Fixed
from app.web.problems import Problem
from app.web.routing import Route

PREFIX = "/api/v1"


def _version() -> str:
    try:
        return version("galley")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = _version()

DESCRIPTION = """
The blog backend that a team starts with one command and never outgrows.

- **Lists** are plain arrays; `Link` headers lead to the other pages.
- **Errors** are `application/problem+json`; `code` is for programs, `detail` for people.
- **Reads** have an `ETag` and answer `If-None-Match` with 304. **Writes** honour `If-Match`.
- **POSTs** that make something take an `Idempotency-Key`: repeated, they make it once.
"""

TAGS = [
    {"name": "auth", "description": "Making an account and signing in."},
    {"name": "users", "description": "People: their own account, public profiles, administration."},
    {"name": "articles", "description": "Reading: lists, and whole pages."},
    {"name": "writing", "description": "Writing, publishing, previews, the bin, many at once."},
    {
        "name": "history",
        "description": "Every version of an article: read, compare, restore.",
    },
    {"name": "tags", "description": "What articles have in common."},
    {"name": "series", "description": "Articles that are read one after the other."},
    {"name": "comments", "description": "What readers say about articles, and its moderation."},
    {"name": "reactions", "description": "Favourites, and what one keeps for later."},
    {"name": "follows", "description": "Following people and tags."},
    {"name": "feed", "description": "What those whom one follows have published."},
    {"name": "notifications", "description": "What others have done that concerns oneself."},
    {"name": "search", "description": "Finding articles by their words."},
    {"name": "site", "description": "What a front end shows on every page, and maps of the site."},
    {"name": "health", "description": "For nginx, Docker and whoever watches them."},
    {"name": "index", "description": "Where to begin."},
]

HEADERS = {
    "ETag": "Names this version: send it as `If-None-Match` to read, as `If-Match` to write.",
    "Idempotent-Replay": "`true` when this is the first answer to the same Idempotency-Key again.",
    "Link": "The addresses of the pages `first`, `prev` and `next` (RFC 8288).",
    "Location": "The address of what was made.",
    "X-Request-ID": "Names this request in the logs.",
    "X-Total-Count": "How many items there are on all pages, with `total=true`.",
}

DOCUMENT: dict[str, Any] = {
    "title": "Galley",
    "summary": "Articles, people and everything between them.",
    "description": DESCRIPTION,
    "version": VERSION,
    "license_info": {"name": "MIT", "identifier": "MIT"},
    "openapi_tags": TAGS,
    "openapi_url": None,
    "docs_url": None,
    "redoc_url": None,
}


class Application(FastAPI):
    """A FastAPI application whose document also says what errors and headers look like."""

    _completed: dict[str, Any] | None = None
    _published: Fixed

    @override
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if document is not self._completed:  # FastAPI makes another when a route has been added.
            _complete(document)
            self._completed = document
            self._published = Fixed(bytes(JSONResponse(document).body), "application/json")
        return document

    def openapi_json(self) -> Fixed:
        """Return the document as it is sent, compressed or not."""
        self.openapi()
        return self._published


def _complete(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    kinds: list[type[Problem]] = [Problem, *Problem.__subclasses__()]
    for kind in kinds:
        problem = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update({**problem.pop("$defs"), kind.__name__: problem})
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _describe_headers(method, operation["responses"])


def _describe_headers(method: str, responses: dict[str, Any]) -> None:
    """Say in a success answer's documentation which headers a client can build on."""
    for status, answer in responses.items():
        names: tuple[str, ...] = ("X-Request-ID",)
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if method == "get" and status == "200":
            names += (
                ("ETag", "Link", "X-Total-Count") if schema.get("type") == "array" else ("ETag",)
            )
        if status == "201":
            names += ("ETag", "Location", "Idempotent-Replay")
        answer["headers"] = {
            name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names
        }


router = APIRouter(route_class=Route, include_in_schema=False)


@router.get(f"{PREFIX}/openapi.json")
async def openapi_document(request: Request) -> Response:
    """Answer with the document of the application that this router is part of."""
    published: Fixed = request.app.openapi_json()
    return published.answer(request)
