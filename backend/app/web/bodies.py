"""The body of a request, read and refused as FastAPI does it."""

import json
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request) -> Any:  # noqa: ANN401 - whatever JSON says
    """Return what the JSON says, and as bytes what does not call itself JSON.

    Raises RequestValidationError for what is no JSON, and HTTPException (400) for what cannot be
    read at all. Where there is nothing, it is Pydantic's own undefined.
    """
    try:
        content = await request.body()
        if not content:
            return PydanticUndefined
        return json.loads(content) if _is_json(request) else content
    except json.JSONDecodeError as error:
        wrong = {"type": "json_invalid", "loc": ("body", error.pos), "msg": "JSON decode error"}
        raise RequestValidationError(
            [wrong | {"input": {}, "ctx": {"error": error.msg}}]
        ) from error
    except HTTPException:
        raise
    except Exception as error:
        detail = "There was an error parsing the body"
        raise HTTPException(HTTPStatus.BAD_REQUEST, detail) from error


def _is_json(request: Request) -> bool:
    """Say so of JSON itself, and of what is written in it (RFC 6839, 3.1)."""
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind, _, subtype = said.partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))
