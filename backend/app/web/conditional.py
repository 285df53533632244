"""Conditional requests (RFC 9110, section 13): ETags, `If-None-Match` and `If-Match`."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Header

from app.core.errors import Stale


def strong_etag(*parts: object) -> str:
    """Return the strong ETag of a version, of what else its answer shows, in short."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def weak_etag(body: bytes) -> str:
    """Return the weak ETag of an answer that has no version of its own."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def short_digest(*parts: object) -> str:
    """Return a few characters that change whenever one of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


def _listed(header: str) -> set[str]:
    """Return the tags of a header without their weakness.

    nginx marks a tag as weak when it compresses the body, so even `If-Match`, which by the letter
    compares strongly, has to take `W/"7-3"` for the `"7-3"` that we sent.
    """
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Say whether the client already has this answer."""
    known = _listed(if_none_match or "")
    return "*" in known or etag.removeprefix("W/") in known


class Versioned(Protocol):
    """What has an id, and a version that counts its changes."""

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Precondition:
    """What an `If-Match` header demands; without the header, nothing."""

    header: str | None = None

    def unless_stale(self, thing: Versioned) -> None:
        """Raise Stale unless the header names the present version of this thing."""
        self.check(thing.id, thing.version)

    def check(self, id_: int, version: int | str) -> None:
        """Raise Stale unless the header names the present version: by its ETag, or in quotes.

        What else an ETag says (an author's new name, say) does not stand in the way of a change.
        """
        if self.header is None:
            return
        here = re.escape(str(version))
        same = re.compile(rf'\*|"{here}"|"{id_}-{here}(-[^"]*)?"')
        if not any(same.fullmatch(tag) for tag in _listed(self.header)):
            raise Stale


async def _precondition(
    if_match: Annotated[
        list[str] | None,
        Header(
            description="The ETag that you read. If it has changed: 412, and nothing is done.",
            examples=['"7-3-1f0c2a9b"'],
        ),
    ] = None,
) -> Precondition:
    return Precondition(", ".join(if_match) if if_match else None)


IfMatch = Annotated[Precondition, Depends(_precondition)]
