"""What people send when they mean harm, or do not know better."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

DEEP = 10_000
MEBIBYTE = 1024 * 1024

# Text as it stands inside a JSON string, escapes and all.
TEXTS = (
    r"",
    r" ",
    r"\u0000",
    r"before\u0000after",
    r"\ud800",
    r"\udfff\ud800",
    r"half an emoji: \ud83d",
    r"\u202eright to left",
    r"\u200b\u200d\ufeff",
    r"\u2028\u2029\r\n\t\u000b\u0085",
    r"\u001b[31m\u0007\u0008",
    r"\uffff\ufffe\ufdd0",
    "a" + r"\u0301" * 3000,
    r"\u0958" * 100,
    r"\ufb2c" * 200,
    "\N{FAMILY}\u200d\N{RAINBOW}" * 40,
    "مرحبا بالعالم" * 3,
    "' OR 1=1; DROP TABLE users; --",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${jndi:ldap://x/a} #{1} %s %n %(x)s {0} {x.__class__}",
    "../../../../etc/passwd",
    "%" * 300,
    "%_" * 100 + r"\\",
    "x" * 300,
    "x" * 900_000,
    "admin",
    "me",
    "0",
    "\u0661\u0662\u0663",
    "\u00b2",
    "-1",
    "1e400",
    str(2**63),
    "9" * 5000,
    "person@example.com\\r\\nBcc: x@example.com",
    "@" * 100,
    "http://[",
    "http://[::1]:99999999/",
    "javascript:alert(1)",
    "http://\\u0000.example.com",
    "xn--" + "a" * 300,
)

DATES = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00+99:99",
    "2026-01-01T00:00:00",
    "2026-01-01",
    "20260101T000000Z",
    "1700000000",
    "-1e10",
    "infinity",
    "now",
)

NUMBERS = (
    "0", "-0", "-1", "1", "101", "10001", "0.1", "1e3", "1e400", "-1e400", "1e-400",
    "NaN", "Infinity", "-Infinity", str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1),
    str(2**64), "1" + "0" * 5000, "0x10", "1_000", "+1", " 1 ",
)  # fmt: skip

STRUCTURES = (
    "null", "true", "false", "[]", "{}", "[[]]", "[null]", '{"": null}', '[{"$ref": "#"}]',
    "[" + '"x",' * 3000 + '"x"]', "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500,
    "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP, '["tag", 7]',
    r'["\u0000"]', r'["\ud800"]', '["\\u0958\\u0958"]', '"unfinished', "\\", "'single'",
)  # fmt: skip


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


_VALUES = (*(f'"{text}"' for text in (*TEXTS, *DATES)), *NUMBERS, *STRUCTURES)
JSON_VALUES = tuple(filter(_is_json, _VALUES))
BROKEN_JSON_VALUES = tuple(value for value in _VALUES if not _is_json(value))

# Whole bodies; what reads like one stands in every encoding that somebody might try.
BODIES = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'"text"',
    b"NaN",
    b"{",
    b'{"title": "x"',
    b'{"title": "x",}',
    b'{"title" "x"}',
    b"{'title': 'x'}",
    b'{"a": 1} {"b": 2}',
    b'\xef\xbb\xbf{"title": "x"}',
    '{"title": "x"}'.encode("utf-16"),
    '{"title": "x"}'.encode("utf-32"),
    b'{"title": "\xff\xfe"}',
    b'{"title": "\xed\xa0\x80"}',
    b'{"title": "\xc0\x80"}',
    b'{"\\u0000": 1, "\\ud800": 2, "__proto__": {}, "__class__": []}',
    b'{"' + b"k" * 5000 + b'": 1}',
    b"\x00" * 100,
    b"[" * DEEP,
    b"=&=&&;;%%%=%zz&%00=%ff",
    b"username=a&username=b&password=",
    b"a=1&" * 2000,
    b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
)

CONTENT_TYPES = (
    b"",
    b"text/plain",
    b"text/html",
    b"application/xml",
    b"application/json; charset=utf-16",
    b"application/json; charset=nonsense",
    b"application/json; charset=\xff",
    b"APPLICATION/JSON",
    b"application/json,application/json",
    b"application/vnd.api+json",
    b"application/",
    b"json",
    b"/;;;==",
    b"application/x-www-form-urlencoded; charset=utf-7",
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=b",
    b"multipart/form-data; boundary=" + b"b" * 300,
    b'multipart/form-data; boundary="\xff"',
    b"x" * 8000,
)

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nanna\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="password"; filename="x"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="\xff\x00"\r\n\r\n\xff\r\n--b--\r\n',
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nnever ends',
    b"--b\r\n: : :\r\n\r\n--b--",
    b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 1500 + b"--b--\r\n",
)

HEADER_VALUES = (
    b"",
    b" ",
    b"*",
    b"x" * 300,
    b"x" * 8000,
    b"evil\r\nSet-Cookie: a=b",
    b"evil\nX: y",
    b"\x00",
    b"\xff\xfe\xed\xa0\x80",
    "é — ü".encode(),
    "é".encode("latin-1"),
    b'"',
    b'""',
    b'W/"',
    b'W/"1", "2", *',
    b'"' + b"," * 2000 + b'"',
    b"%00%zz",
    b"9" * 100,
    b"' OR 1=1 --",
)

OTHER_HEADERS = {
    "host": (b"", b"evil.example", b"[", b"[::1", b"a@b:c:d", b"x:99999999", b"\xff", b"a b\r\nc"),
    "accept": (b"", b"text/html;q=\xff", b"*/*;q=NaN", b"," * 500),
    "accept-encoding": (b"gzip;q=nan, *;q=-1", b"\xff"),
    "if-none-match": HEADER_VALUES,
    "x-request-id": (b"x" * 300, b"a\r\nb: c", b"\xff", b"<script>"),
    "x-forwarded-for": (b"' OR 1=1", b"::1, " * 500, b"\xff"),
    "x-forwarded-proto": (b"javascript", b"\xff"),
    "origin": (b"null", b"https://evil.example", b"\xff", b"x" * 300),
    "cookie": (b"a=b; " * 500, b"=\xff;=;\x00"),
    "range": (b"bytes=-1", b"bytes=0-0,1-1,\xff"),
    "content-length": (b"-1", b"1e3", b"\xb2", b"9" * 5000, b"0", b"nan", str(2**63).encode()),
    "transfer-encoding": (b"chunked, identity", b"\xff"),
    "expect": (b"100-continue", b"\xff"),
    "x-http-method-override": (b"DELETE",),
}  # fmt: skip

METHODS = (
    "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "PUT", "GET ", "get", "", "\xff", "X" * 300,
)  # fmt: skip

PATH_VALUES = (
    "%00", "a%00b", "%", "%zz", "%e", "%" * 200, "%25" * 60, "%ff%fe", "%ed%a0%80", "%c0%80",
    "%2e%2e", "..%2f..%2fetc", "%2f", "a%2fb", "%5c", "%0d%0a", "%20", "%e2%80%ae", "%d9%a1",
    "%c2%b2", "0", "-1", "+1", "1.0", "1e9", "NaN", "true", "null", "me", str(2**63 - 1),
    str(2**63), "9" * 90, "9" * 5000, "x" * 300, "x" * 20_000, "'%20OR%201=1--", "%3Cscript%3E",
    "a" + "%cc%81" * 60, "%e0%a5%98" * 80, "%f0%9f%91%aa", "%E2%84%AA", "%C4%B0",
)  # fmt: skip

# Percent-encoding as it stands in a query, broken where it can be broken.
RAW_QUERY_VALUES = (
    "", "%", "%%%%", "%" * 600, "%25" * 100, "%zz", "%00", "%ff", "%ed%a0%80", "%u0041",
    "+" * 300, "&=&;;", "a%26b=c", "%0d%0aX:%20y", "#", "?", "[]", "x" * 20_000,
)  # fmt: skip


def query_values() -> Iterator[str]:
    """Yield values for one query parameter, percent-encoded as far as they will be."""
    yield from RAW_QUERY_VALUES
    short = (json.loads(f'"{text}"') for text in TEXTS if len(text) < MEBIBYTE // 10)
    for text in (*short, *DATES, *NUMBERS):
        yield quote(text.encode("utf-8", "surrogatepass"), safe="")


def cursors(sorts: tuple[str, ...]) -> Iterator[str]:
    """Yield things that look like cursors: base64 of JSON, and wrong in every other way."""
    moment = "2026-01-15T12:00:00+00:00"
    keys: tuple[object, ...] = (
        "",
        "\x00",
        "\ud800",
        "x" * 500,
        moment,
        *DATES,
        "' OR 1=1",
        None,
        7,
        [],
        True,
        {},
    )
    ids: tuple[object, ...] = (0, -1, 2**63 - 1, 2**63, 10**30, 1.5, "1", None, True, [])
    for sort in sorts:
        yield from (_cursor([sort, key, 1, False]) for key in keys)
    yield from (_cursor([sorts[0], moment, number, False]) for number in ids)
    yield from (_cursor([sorts[0], moment, 1, backward]) for backward in (0, None, "x", True))
    yield from map(_cursor, ([], {}, None, "text", 7, [1] * 5, ["x"] * 4, float("nan"), "abcd"))
    yield from ("", "=", "====", "a", "\u00e9", "!!!!", "AAAA", "%%%", "bnVsbA", "x" * 2049)
    yield base64.urlsafe_b64encode(b"[" * 1500).decode()
    yield base64.urlsafe_b64encode(b"\xff\xfe[").decode()


def _cursor(fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
