"""Forged, broken and outdated access tokens, and other odd Authorization headers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

HEADERS: tuple[object, ...] = (
    {},
    {"alg": "none", "typ": "JWT"},
    {"alg": "None"},
    {"alg": "RS256", "typ": "JWT"},
    {"alg": ["HS256"]},
    {"alg": None},
    {"alg": "HS256", "typ": "JWT"},
    {"typ": "JWT", "alg": "HS256"},
    [],
    "text",
    None,
    7,
)

# What a header of our own must not say besides.
ADDITIONS: tuple[dict[str, object], ...] = (
    {"kid": "../../../../dev/null"},
    {"kid": "' UNION SELECT 'key"},
    {"kid": None},
    {"kid": ["x"]},
    {"jwk": {"kty": "oct", "k": "AA"}},
    {"jku": "http://192.0.2.1/keys"},
    {"x5u": "http://192.0.2.1/certificate"},
    {"crit": ["exp"], "b64": False},
    {"zip": "DEF"},
)


def forged_claims(good: dict[str, Any]) -> Iterator[object]:
    """Yield claims that even our own signature must not make good."""
    now = good["iat"]
    yield from ({name: value for name, value in good.items() if name != gone} for gone in good)
    changes: dict[str, tuple[object, ...]] = {
        "sub": ("", "0", "-1", "x", "\x00", "9" * 40, 7, None, [], {}, True, "\ud800"),
        "exp": (None, now - 1, now, float(now + 600), 1e308, -(10**400), -1, "never", [], True),
        "iat": (None, now + 3600, 1e308, 10**400, "x", [], True),
        "aud": (None, "galley", ["other"], [], {}, 7),
        "iss": (None, "evil", ["galley", "evil"], [], 7),
        "typ": (None, "refresh", "preview", "reset_password", "invitation", ["access"], 7),
        "sid": (None, 0, -1, "x", str(good["sid"]), 2**63, 10**400, 1.5, True, [], {}),
        "jti": (None, 7, []),
        "nbf": ("x", None, [], 10**400),
    }
    for name, values in changes.items():
        yield from ({**good, name: value} for value in values)
    yield from ([], "text", None, 7, [good])


def authorizations(secret: str, good: str) -> Iterator[bytes]:
    """Yield the values of an Authorization header; none of them signs anybody in.

    They are made of a good token, so that each is wrong in one thing only.
    """
    head, payload, signature = good.split(".")
    ours, claims = _content(head), _content(payload)
    assert _signed(secret, ours, claims) == good, "else no forgery below is any good"
    for header in (*HEADERS, *({**ours, **addition} for addition in ADDITIONS)):
        yield _bearer(_signed(secret, header, claims))
    for forged in forged_claims(claims):
        yield _bearer(_signed(secret, ours, forged))
    yield _bearer(_signed("", ours, claims))
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


def _content(segment: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=="))
    return fields


def _segment(content: object) -> str:
    return _segment_of(json.dumps(content, separators=(",", ":")).encode())


def _segment_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
