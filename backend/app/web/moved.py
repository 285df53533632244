"""Things that have another address now: 308 (RFC 9110, 15.4.9), with a body that says so."""

from typing import Any
from urllib.parse import quote

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from app.web.openapi import PREFIX

AS_IT_IS = "%!$&'()*+,;=:@/?"  # RFC 3986, section 3.4


class Moved(BaseModel):
    """Where the thing is now."""

    id: int
    slug: str
    location: str = Field(examples=["/api/v1/articles/down-the-wide-river"])


def moved(
    request: Request, collection: str, id_: int, slug: str, *, is_private: bool = False
) -> JSONResponse:
    """Return the answer that leads to a thing's present slug, and keeps the query of the request.

    Browsers would keep a permanent redirect for long, and go in circles once the thing gets its old
    slug back: they are told to ask each time, and of a private one, whose query may hold a secret,
    to keep nothing.
    """
    query = quote(request.scope["query_string"], safe=AS_IT_IS)
    location = f"{PREFIX}/{collection}/{slug}{query and '?'}{query}"
    body = Moved(id=id_, slug=slug, location=location)
    kept = "no-store" if is_private else "no-cache"
    headers = {"Location": location, "Cache-Control": kept}
    return JSONResponse(body.model_dump(), 308, headers)


MOVED: dict[int | str, dict[str, Any]] = {
    308: {"model": Moved, "description": "It has another slug now; `Location` says which."}
}
