"""Whose passkeys they are, and what their counters say."""

from urllib.parse import urlsplit

from app.core.config import Settings
from app.features.passkeys.schemas import RelyingParty

_DEFAULT_PORTS = {"http": 80, "https": 443}


def counts_up(stored: int, signed: int) -> bool:
    """Say whether a signature counter is as it should be (Web Authentication, section 6.1.1).

    One that stands still or goes back means that there are two of what there ought to be once;
    authenticators that share their passkeys between devices keep no count and say 0.
    """
    return signed > stored or signed == stored == 0


def relying_party(settings: Settings) -> RelyingParty:
    """Return who we are to authenticators.

    Passkeys belong to the host of SITE_URL. Its own pages may ask for them, and those of
    BACKEND_CORS_ORIGINS on the same host or below it: browsers let no others.
    """
    host = _ascii_host(settings.site_url)
    others = [each for each in settings.backend_cors_origins if _is_below(_ascii_host(each), host)]
    origins = dict.fromkeys(map(origin, [settings.site_url, *others]))
    return RelyingParty(host, settings.site_title or host, tuple(origins))


def origin(address: str) -> str:
    """Return the origin of a web address as browsers spell it (RFC 6454, section 6.2)."""
    parts = urlsplit(address)
    host = _ascii_host(address)
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _ascii_host(address: str) -> str:
    """Return the host of an address, an international one as it is asked for (RFC 5891)."""
    host = urlsplit(address).hostname or ""
    return host if host.isascii() else host.encode("idna").decode()


def _is_below(host: str, parent: str) -> bool:
    return host == parent or host.endswith(f".{parent}")
