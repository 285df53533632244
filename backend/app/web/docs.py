"""The interactive documentation at `/docs`: Swagger UI, from our own files."""

from functools import cache
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import NotFound
from app.web.fixed import Fixed
from app.web.routing import Route, add_routes

FILES = Path(__file__).parent / "static" / "docs"
PAGE = "index.html"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

router = APIRouter(route_class=Route, include_in_schema=False)


@router.get("/docs")
@router.get("/docs/{name}")
async def file(request: Request) -> Response:
    """Answer with the file of this name, or with the page; raise NotFound."""
    found = _files().get(request.path_params.get("name", PAGE))
    if found is None:
        raise NotFound
    response = found.answer(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


@cache
def _files() -> dict[str, Fixed]:
    return {
        each.name: Fixed(each.read_bytes(), guess_type(each.name)[0] or "text/plain")
        for each in FILES.iterdir()
    }


def install(app: FastAPI) -> None:
    """Serve the page and its files, which are read before there are workers: they share them."""
    _files()
    add_routes(app, (router,))
