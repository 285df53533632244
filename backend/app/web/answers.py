"""Answers that are JSON already."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response


def json_answer(body: bytes, headers: MutableHeaders, status: int = HTTPStatus.OK) -> Response:
    """Return the answer with this body, and with the headers that were given beside it."""
    answer = Response(body, status, media_type="application/json")
    answer.raw_headers += headers.raw
    return answer
