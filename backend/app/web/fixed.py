"""What never changes within a release: compressed once, instead of by nginx at each request."""

import gzip
import re

from starlette.requests import Request
from starlette.responses import Response

from app.web.conditional import digest_of

_HARDEST = 9

# A coding, and how much it is wanted: everything, where nothing else is said.
_CODING = re.compile(r"([^\s;]+)(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.IGNORECASE)


class Fixed:
    """A body that stays as it is while the process lives, and its compressed copy.

    They are two representations of one thing (RFC 9110, 8.8.3.3), so each has an ETag of its own.
    """

    def __init__(self, body: bytes, media_type: str) -> None:
        """Take the body and compress it, which takes 20 ms for a megabyte."""
        self._body = body
        # Without the time, which gzip would write into it, the copy is the same in every process.
        self._copy = gzip.compress(body, _HARDEST, mtime=0)
        self._media_type = media_type
        self._digest = digest_of(body)

    def answer(self, request: Request) -> Response:
        """Return the copy to whoever takes it and is better off with it, or else the body."""
        headers = {"Vary": "Accept-Encoding", "ETag": f'"{self._digest}"'}
        accepted = ",".join(request.headers.getlist("accept-encoding"))
        if len(self._copy) >= len(self._body) or not takes_gzip(accepted):
            return Response(self._body, headers=headers, media_type=self._media_type)
        headers |= {"Content-Encoding": "gzip", "ETag": f'"{self._digest}-gzip"'}
        return Response(self._copy, headers=headers, media_type=self._media_type)


def takes_gzip(accepted: str) -> bool:
    """Say whether an `Accept-Encoding` (RFC 9110, 12.5.3) wants gzip, no less than a plain body.

    What cannot be read in it counts as not said: a plain body is right for everybody.
    """
    found = (_CODING.fullmatch(each.strip()) for each in accepted.split(","))
    weights = {each[1].lower(): float(each[2] or 1) for each in found if each}
    wanted = weights.get("gzip", weights.get("*", 0))
    return wanted > 0 and wanted >= weights.get("identity", 0)
