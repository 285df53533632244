"""How a map of addresses is written for web servers: decisions without I/O.

Imported paths are strangers' text: what is written is quoted for its format, and what a format
cannot say is left out and counted.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, unquote_to_bytes

from app.core.paging import Slice
from app.features.redirects.schemas import Format, RedirectRead
from app.features.site.rules import path_of

MOST_LINES = 10_000  # All of them are made at once, while nobody else is served.
LONGEST_KEY = 2000  # nginx reads a word of 4,096 bytes at the most, and quoting can double one.

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = re.compile(r"(?:/[\w.-]+)+/?", re.ASCII)
_SLASHES = re.compile(r"/{2,}")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

# Without `:` and `*`, which are placeholders to Netlify, and without `?` and `#`, which end a path.
_KEPT_IN_PATH = "/!&'()+,;=@~%"
# Without `$`, which is a variable to nginx.
_KEPT_IN_TARGET = "/!&()+,=@~%:?#"

# A bucket of nginx's hash holds a key with its length, two pointers, and what aligning them takes.
_SMALLEST_BUCKET = 64
_BESIDES_THE_KEY = 25


@dataclass(frozen=True, slots=True)
class _Line:
    """One old path, as the server compares it and as an address has it, and where it leads."""

    key: str
    path: str
    target: str


def where(address: str, article_path: str) -> str:
    """Return the path that an address stands for: a slug's, or the address if it is a path."""
    return address if address.startswith("/") else path_of(address, article_path)


def written(found: Slice[RedirectRead], wanted: Format) -> str:
    """Return a map as the text of a web server's file, for `nginx` or `netlify`."""
    lines = list(_distinct(found.items))
    notices = _notices(left_out=len(found.items) - len(lines), has_more=found.next is not None)
    return "".join(f"{line}\n" for line in (*notices, *_WRITERS[wanted](lines)))


def _notices(*, left_out: int, has_more: bool) -> Iterator[str]:
    """Yield what a reader of the file has to know."""
    if left_out:
        yield f"# Left out, because they are no path of their own: {left_out}."
    if has_more:
        yield "# This is not the whole map: the Link header has the address of the rest."


def _distinct(redirects: Iterable[RedirectRead]) -> Iterator[_Line]:
    """Yield each path once, whatever its case: nginx ignores it, and the first of several stays.

    A path that leads to itself is left out, because a browser would never arrive.
    """
    seen: set[bytes] = set()
    for redirect in redirects:
        line = _line(redirect)
        if line is None:
            continue
        key = _compared(line.key.encode())
        is_new = key not in seen and key != _compared(unquote_to_bytes(line.target))
        if is_new and len(key) <= LONGEST_KEY:
            seen.add(key)
            yield line


def _compared(key: bytes) -> bytes:
    """Return a key as nginx compares it, which lowers ASCII letters only."""
    return key.lower()


def _line(redirect: RedirectRead) -> _Line | None:
    """Return what is written of a redirect, or None when a path alone cannot say it."""
    path, target = redirect.from_, redirect.to
    if not _PLAIN.fullmatch(target):
        target = _encoded(target, _KEPT_IN_TARGET)
    if _PLAIN.fullmatch(path):
        return _Line(path, path, target)
    if "?" in path or "#" in path:
        return None
    path = _encoded(_SLASHES.sub("/", path), _KEPT_IN_PATH)
    try:
        key = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(key) else _Line(key, path, target)


def _encoded(path: str, kept: str) -> str:
    """Return text fit for an address (RFC 3986); what is encoded already stays as it is."""
    return quote(_STRAY_PERCENT.sub("%25", path), safe=kept)


def _for_nginx(lines: Sequence[_Line]) -> Iterator[str]:
    """Yield the body of `map $uri $galley_redirect { … }`."""
    longest = max((len(line.key.encode()) for line in lines), default=0)
    bucket = _SMALLEST_BUCKET
    while bucket < longest + _BESIDES_THE_KEY:
        bucket *= 2
    yield f"# The http block needs `map_hash_bucket_size {bucket};` or more."
    for line in lines:
        key = line.key.replace("\\", "\\\\").replace('"', '\\"')
        yield f'"{key}" "{line.target}";'


def _for_netlify(lines: Sequence[_Line]) -> Iterator[str]:
    """Yield the lines of `_redirects`."""
    for line in lines:
        yield f"{line.path} {line.target} 308"


_WRITERS: Mapping[Format, Callable[[Sequence[_Line]], Iterator[str]]] = MappingProxyType({
    Format.NGINX: _for_nginx,
    Format.NETLIFY: _for_netlify,
})  # fmt: skip
