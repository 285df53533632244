"""The sub-application that speaks RealWorld's API, to be mounted below its path."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp
from typing_extensions import override

from app.compat.realworld.articles import router as articles
from app.compat.realworld.comments import router as comments
from app.compat.realworld.people import router as people
from app.features.audit.service import note_refusal
from app.web import problems
from app.web.openapi import VERSION
from app.web.routing import NO_TELEMETRY, add_routes

PATH = "/realworld/api"

DESCRIPTION = """
The API of RealWorld ("Conduit"), spoken over the same services as Galley's own, for front ends that
know no other. Bodies are wrapped and in camelCase; the token comes as `Authorization: Token …`.
"""

SIGN_IN = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "`Token`, a space, and the token that signing in answered.",
}


class Mounted(FastAPI):
    """Leaves crashes to the application that it is mounted on, which logs and answers them.

    Its document says how one signs in here, which is not as routes elsewhere ask for it.
    """

    @override
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["securitySchemes"] = {"token": SIGN_IN}
        for operations in document["paths"].values():
            for operation in operations.values():
                if "security" in operation:
                    ways = operation["security"]
                    operation["security"] = [{"token": []} if way else {} for way in ways]
        return document

    @override
    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        assert isinstance(stack, ServerErrorMiddleware)  # noqa: S101 - tells the type checker
        return stack.app


def make() -> FastAPI:
    """Return the sub-application. Its requests find the process's parts as all others do.

    Its errors are problems like all others; the door that stands before it translates them.
    """
    app = Mounted(
        title="Galley for RealWorld front ends",
        description=DESCRIPTION,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    problems.install(app, on_forbidden=note_refusal)
    add_routes(app, (articles, people, comments))
    return app
