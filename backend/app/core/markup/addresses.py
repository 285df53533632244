"""Where links, pictures and videos may lead."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
# What browsers, or people's eyes, overlook in the middle of a scheme.
_OVERLOOKED = re.compile(
    r"[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]"
)
_SLASH = re.compile(r"[/?#]")
_COLON = re.compile(r"[:\ufe13\ufe55\uff1a]")
_PATH_END = re.compile(r"[?#]")
_VIDEO = re.compile(r"https://([A-Za-z0-9.-]+)(?:[/?#]\S*)?")


def safe_address(value: str, schemes: Collection[str]) -> str | None:
    """Return an address as a browser would read it, or None unless it is relative or of `schemes`.

    Any colon before the first slash counts as the end of a scheme, whatever characters are hidden
    in it; so a relative address may need a `./` before it.
    """
    address = _CONTROL.sub("", value).strip()
    end = _PATH_END.search(address)
    path = address[: end.start()] if end else address
    address = path.replace("\\", "/") + address[len(path) :]
    before_slash = _OVERLOOKED.sub("", _SLASH.split(address, maxsplit=1)[0])
    scheme, *colon = _COLON.split(before_slash, maxsplit=1)
    return None if colon and scheme.lower() not in schemes else address


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that an installation trusts: for videos to embed, and as its own."""

    video: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, video: Collection[str], own: Collection[str]) -> "Hosts":
        """Take both; a host of ours never embeds, because its sandbox would have no walls."""
        ours = frozenset(host.lower() for host in own)
        return cls(frozenset(host.lower() for host in video) - ours, ours)

    def shows(self, address: str) -> bool:
        """Say whether a video may be embedded from there: HTTPS, exactly that host, no port."""
        video = _VIDEO.fullmatch(address)
        return bool(video and video[1].lower() in self.video)

    def is_foreign(self, address: str) -> bool:
        """Say whether a link that `safe_address` has passed leads to somebody else's host."""
        try:
            host = urlsplit(address).hostname
        except ValueError:
            return True
        return host is not None and host not in self.own
