"""Conditional requests (RFC 9110, section 13): ETags, `If-None-Match` and `If-Match`."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Header, Request

from app.core.errors import Stale


def strong_etag(*parts: object) -> str:
    """Return the strong ETag of a version, of what else its answer shows, in short."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def weak_etag(body: bytes) -> str:
    """Return the weak ETag of an answer that has no version of its own."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def short_digest(*parts: object) -> str:
    """Return a few characters that change whenever one of the parts does."""
    return digest_of(repr(parts).encode())


def digest_of(body: bytes) -> str:
    """Return the same of a body."""
    return hashlib.sha256(body).hexdigest()[:8]


def _listed(header: str) -> set[str]:
    """Return the tags of a header without their weakness.

    nginx marks a tag as weak when it compresses the body, so even `If-Match`, which by the letter
    compares strongly, has to take `W/"7-3"` for the `"7-3"` that we sent.
    """
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def is_unchanged(known_etags: str, etag: str) -> bool:
    """Say whether the client already has this answer."""
    known = _listed(known_etags)
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


class NotModified(Exception):
    """The client has the answer already."""

    def __init__(self, etag: str) -> None:
        """Take the ETag that it knows, and still has."""
        super().__init__(etag)
        self.etag = etag


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """The ETags that an `If-None-Match` header names."""

    header: str

    @property
    def check(self) -> Callable[[str], None] | None:
        """What raises NotModified for a validator whose answer the client has; None without any."""
        return self._check if self.header else None

    def _check(self, validator: str) -> None:
        etag = weak_etag(validator.encode())
        # `*` is about any answer that is there: whether there is one, only making it tells.
        if "*" not in _listed(self.header) and is_unchanged(self.header, etag):
            raise NotModified(etag)


async def _known_answers(request: Request) -> KnownAnswers:
    return KnownAnswers(if_none_match(request))


def if_none_match(request: Request) -> str:
    """Return what the `If-None-Match` headers of a request name, or ''."""
    return ",".join(request.headers.getlist("if-none-match"))


IfNoneMatch = Annotated[KnownAnswers, Depends(_known_answers)]
IfMatch = Annotated[Precondition, Depends(_precondition)]
