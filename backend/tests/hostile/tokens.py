"""Forged, broken and outdated access tokens, and other odd Authorization headers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]

HEADER = {"alg": "HS256", "typ": "JWT"}
HEADERS: tuple[object, ...] = (
    {},
    {"alg": "none", "typ": "JWT"},
    {"alg": "None"},
    {"alg": "RS256", "typ": "JWT"},
    {"alg": ["HS256"]},
    {"alg": None},
    {**HEADER, "kid": "../../../../dev/null"},
    {**HEADER, "kid": "' UNION SELECT 'key"},
    {**HEADER, "jwk": {"kty": "oct", "k": "AA"}},
    {**HEADER, "jku": "http://192.0.2.1/keys"},
    {**HEADER, "crit": ["exp"], "b64": False},
    {**HEADER, "zip": "DEF"},
    {"typ": "JWT", "alg": "HS256"},
    [],
    "text",
    None,
    7,
)


def forged_claims(account_id: int, at: datetime) -> Iterator[object]:
    """Yield claims that even our own signature must not make good."""
    now = int(at.timestamp())
    good: dict[str, Any] = {
        "sub": str(account_id), "iat": now, "exp": now + 600, "jti": "x",
        "iss": "galley", "aud": "galley-api", "typ": "access",
    }  # fmt: skip
    yield from ({name: value for name, value in good.items() if name != gone} for gone in good)
    changes: dict[str, tuple[object, ...]] = {
        "sub": ("", "0", "-1", "x", "\x00", "9" * 40, 7, None, [], {}, True, "\ud800"),
        "exp": (None, now - 1, now, float(now + 600), 1e308, -(10**400), -1, "never", [], True),
        "iat": (None, now + 3600, 1e308, 10**400, "x", [], True),
        "aud": (None, "galley", ["other"], [], {}, 7),
        "iss": (None, "evil", ["galley", "evil"], [], 7),
        "typ": (None, "refresh", ["access"], 7),
        "jti": (None, 7, []),
        "nbf": ("x", None, [], 10**400),
    }
    for name, values in changes.items():
        yield from ({**good, name: value} for value in values)
    yield from ([], "text", None, 7, [good])


def authorizations(secret: str, account_id: int, at: datetime, good: str) -> Iterator[bytes]:
    """Yield the values of an Authorization header; none of them signs anybody in."""
    claims = {"sub": str(account_id), "exp": int(at.timestamp()) + 600}
    for header in HEADERS:
        yield _bearer(_signed(secret, header, claims))
    for forged in forged_claims(account_id, at):
        yield _bearer(_signed(secret, HEADER, forged))
    yield _bearer(_signed("", HEADER, claims))
    head, payload, signature = good.split(".")
    deep = _segment_of(b'{"a":' * 3000 + b"1" + b"}" * 3000)
    yield from (
        _bearer(".".join(segments))
        for segments in (
            (head, payload, ""), (head, payload), (head, payload, signature[:-2]),
            (head, payload, signature, signature), (deep, payload, signature),
            (head, deep, signature), (head, "", signature), ("", "", ""), ("..", "..", ".."),
            (head, payload + "=", signature), (head, "x" * 10_000, signature),
            (head, "\u00e9", signature), (head + "\n", payload, signature), ("x" * 10_000,), ("",),
            (" " + good + " x",), (f'"{good}"',), (signature, payload, head),
        )
    )  # fmt: skip
    yield from SAMPLES


# A few that are sent to every operation.
SAMPLES = (
    b"Bearer \xff\xfe\xed\xa0\x80",
    b"Bearer \x00.\x00.\x00",
    b"Bearer a, Bearer b",
    b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    b"Bearer " + b"x" * 10_000,
    b"bearer" + b" " * 500 + b"x",
)

# These name no scheme of ours: who sends them has simply not signed in.
OTHER_SCHEMES = (b"", b" ", b"Bearer", b"Basic YTpi", b"Basic \xff", b"Digest x", b"\xff" * 300)


def _bearer(token: str) -> bytes:
    return b"Bearer " + token.encode("utf-8", "surrogatepass")


def _signed(secret: str, header: object, claims: object) -> str:
    content = f"{_segment(header)}.{_segment(claims)}"
    signature = hmac.new(secret.encode(), content.encode(), hashlib.sha256).digest()
    return f"{content}.{_segment_of(signature)}"


def _segment(content: object) -> str:
    return _segment_of(json.dumps(content, separators=(",", ":")).encode())


def _segment_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
