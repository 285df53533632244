"""Pages on the wire: query parameters in, a plain array with a `Link` header (RFC 8288) out."""

from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, Query, Request, Response

from app.core.errors import Invalid
from app.core.paging import Cursor, Listing, Page, Slice
from app.web.answers import json_answer
from app.web.conditional import weak_etag
from app.web.solving import of_query

MAX_SKIP = 10_000
LONGEST_QUERY, SURELY_SHORT = 6_000, 600


@of_query
async def _page(
    limit: Annotated[int, Query(ge=1, le=100, description="Items on a page.")] = 20,
    cursor: Annotated[
        str | None,
        Query(
            max_length=2048,
            description="From a `Link` header; opaque, and best for walking a list.",
        ),
    ] = None,
    skip: Annotated[int, Query(ge=0, le=MAX_SKIP, description="Items to leave out first.")] = 0,
    total: Annotated[bool, Query(description="Count everything into `X-Total-Count`.")] = False,
) -> Page:
    if cursor is not None and skip:
        raise Invalid("Use either `cursor` or `skip`, not both", code="cursor_and_skip")
    return Page(limit, Cursor.decode(cursor) if cursor is not None else None, skip, total)


class Links:
    """Writes the neighbours of a page into the headers of its answer."""

    def __init__(self, request: Request, response: Response, page: Page) -> None:
        """Take the request whose address the links repeat, and the answer that they go into.

        Raise Invalid for a query that would make headers longer than servers take.
        """
        # Not request.url: that trusts the Host header, and wants a query that is valid UTF-8.
        query = request.scope["query_string"].decode("utf-8", "replace")
        self._path = quote(request.scope["path"])
        self._asked = parse_qsl(query, keep_blank_values=True)
        # It is written three times, and may have become nine times as long (RFC 3986, 2.1).
        if len(query) > SURELY_SHORT and len(urlencode(self._asked)) > LONGEST_QUERY:
            raise Invalid("The query is too long to be repeated in links", code="query_too_long")
        self._headers = response.headers
        self._page = page

    def to(self, found: Slice[Any]) -> None:
        """Set `Link` (relative references, so that no Host header is trusted) and the total."""
        links = {"first": self._address()}
        if self._page.skip:
            links |= self._by_skip(found)
        else:
            links |= {
                rel: self._address(cursor=cursor.encode())
                for rel, cursor in (("prev", found.previous), ("next", found.next))
                if cursor
            }
        self._headers["Link"] = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
        if found.total is not None:
            self._headers["X-Total-Count"] = str(found.total)

    def answer(self, listing: Listing) -> Response:
        """Return an answer of items that are JSON already, with these headers."""
        self.to(listing)
        if listing.validator is not None:
            self._headers["ETag"] = weak_etag(listing.validator.encode())
        body = f"[{','.join([item.json for item in listing.items])}]"
        return json_answer(body.encode(), self._headers)

    def _by_skip(self, found: Slice[Any]) -> dict[str, str]:
        """Link by skip as the client does, except beyond the last page that skip can reach.

        A page beyond the end has no neighbours: how far back the last items are is not known.
        """
        if not found.items:
            return {}
        page = self._page
        before = min(page.limit, page.skip)
        links = {"prev": self._address(limit=before, skip=page.skip - before)}
        if found.next and page.skip + page.limit <= MAX_SKIP:
            links["next"] = self._address(skip=page.skip + page.limit)
        elif found.next:
            links["next"] = self._address(cursor=found.next.encode())
        return links

    def _address(self, **place: str | int) -> str:
        left_out = {"cursor", "skip", *place}
        kept = [(name, value) for name, value in self._asked if name not in left_out]
        query = urlencode([*kept, *place.items()])
        return f"{self._path}?{query}" if query else self._path


async def _links(request: Request, response: Response, page: "PageParams") -> Links:
    return Links(request, response, page)


PageParams = Annotated[Page, Depends(_page)]
PageLinks = Annotated[Links, Depends(_links)]
