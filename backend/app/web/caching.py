"""Who may keep the answer to a read, and for how long (RFC 9111, RFC 5861).

Whoever sends no credentials is nobody in particular, and everybody like that gets the same answer:
caches on the way may share it for a second. nginx may keep it for longer, to have something to show
when no backend answers, but has to ask again each time: `X-Accel-Expires`, which it does not pass
on, names a time long gone.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

PUBLIC = "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
PERSONAL = "private, no-store"
FOR_AN_OUTAGE = {"X-Accel-Expires": "@1"}

# That something is gone, or elsewhere, replaces what was kept of it.
_GONE = frozenset({HTTPStatus.PERMANENT_REDIRECT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_FOUND = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED})

_BY_READER = (b"vary", b"Authorization")
_SHARED = [
    (name.lower().encode(), value.encode())
    for name, value in {"Cache-Control": PUBLIC, **FOR_AN_OUTAGE}.items()
]


def is_public(request: Request) -> bool:
    """Say whether this is a read by nobody in particular."""
    return request.method == "GET" and "authorization" not in request.headers


def say_who_keeps(response: Response, request: Request) -> None:
    """Say in its headers who may keep the answer to a read, unless they do that already."""
    headers, said = response.headers, {name for name, _ in response.raw_headers}
    if b"vary" in said:
        headers.add_vary_header("Authorization")
    else:
        response.raw_headers.append(_BY_READER)
    if not is_public(request):
        headers.setdefault("Cache-Control", PERSONAL)
    elif response.status_code in _GONE and headers.get("Cache-Control") != "no-store":
        headers.update(FOR_AN_OUTAGE)
    elif response.status_code in _FOUND and b"cache-control" not in said:
        response.raw_headers += _SHARED
