"""The interactive documentation at `/docs`: Swagger UI, from our own files."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

FILES = Path(__file__).parent / "static" / "docs"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def _page(_: Request) -> Response:
    return FileResponse(
        FILES / "index.html", headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    )


def install(app: FastAPI) -> None:
    """Serve the page and its files."""
    app.add_route("/docs", _page, include_in_schema=False)
    app.mount("/docs", StaticFiles(directory=FILES), name="docs")
