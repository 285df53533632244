"""What is compressed once, and who gets the compressed copy."""

import gzip
import random
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.web.fixed import Fixed, takes_gzip

TEXT = b"We rowed out at dawn. " * 100
PICTURE = random.Random(1).randbytes(600)


def _answer(fixed: Fixed, headers: Mapping[str, str]) -> Response:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": raw}
    return fixed.answer(Request(scope))


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0, GZIP;q=0.8",
        "deflate ,\tgzip ; Q=0.001",
        "*",
        "identity;q=0.5, *",
        "identity, gzip",
        "gzip, identity;q=0",
        "br;q=wrong, gzip",
    ],
)
def test_gzip_goes_to_whoever_takes_it(accepted: str) -> None:
    assert takes_gzip(accepted)


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        ",",
        "br",
        "identity",
        "gzip;q=0",
        "gzip;q=0.000, br",
        "gzip;q=0, *",
        "*;q=0",
        "gzip;q=0.5, identity",
        "gzip;q=2",
        "gzip;q=",
        "gzip;level=9",
        "gzipped",
        "x-gzip-not",
        "gzip br",
    ],
)
def test_a_plain_body_goes_to_everybody_else(accepted: str) -> None:
    assert not takes_gzip(accepted)


def test_a_long_header_is_read_in_no_time() -> None:
    for header in ("gzip" + " " * 100_000 + "x", ";" * 100_000, "gzip;q=0." + "0" * 100_000):
        assert not takes_gzip(header)


class TestABody:
    def test_is_the_same_in_both(self) -> None:
        plain = _answer(Fixed(TEXT, "text/css"), {})
        copy = _answer(Fixed(TEXT, "text/css"), {"Accept-Encoding": "gzip"})
        assert plain.body == TEXT == gzip.decompress(bytes(copy.body))
        assert "Content-Encoding" not in plain.headers
        assert copy.headers["Content-Encoding"] == "gzip"
        assert int(copy.headers["Content-Length"]) == len(copy.body) < len(TEXT) / 10

    def test_says_that_it_depends_on_who_asks(self) -> None:
        fixed = Fixed(TEXT, "text/css")
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            answer = _answer(fixed, headers)
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Content-Type"] == "text/css; charset=utf-8"

    def test_has_two_etags_that_are_the_same_in_every_process(self) -> None:
        asked = [{}, {"Accept-Encoding": "gzip"}] * 2
        etags = [_answer(Fixed(TEXT, "text/css"), each).headers["ETag"] for each in asked]
        assert etags[:2] == etags[2:]
        assert etags[0] != etags[1]
        assert _answer(Fixed(TEXT + b"!", "text/css"), {}).headers["ETag"] not in etags

    def test_that_compression_makes_no_smaller_is_sent_as_it_is(self) -> None:
        answer = _answer(Fixed(PICTURE, "image/png"), {"Accept-Encoding": "gzip"})
        assert answer.body == PICTURE
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/docs", "/docs/swagger-ui.css", "/api/v1/openapi.json"])
class TestOverHttp:
    async def test_each_of_the_two_is_known_again(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        etags = []
        for accepted in ("gzip", "identity"):
            asked = {"Accept-Encoding": accepted}
            first = await client.get(path, headers=asked)
            assert "Accept-Encoding" in first.headers["Vary"].split(", ")
            assert first.headers.get("Content-Encoding", "identity") == accepted
            etags.append(first.headers["ETag"])
            again = await client.get(path, headers={**asked, "If-None-Match": etags[-1]})
            assert again.status_code == 304
            assert again.headers["ETag"] == etags[-1]
        other = await client.get(path, headers={**asked, "If-None-Match": etags[0]})
        assert other.status_code == 200

    async def test_a_head_says_the_same_without_a_body(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        got, head = await client.get(path), await client.head(path)
        assert head.content == b""
        for name in ("Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary"):
            assert head.headers[name] == got.headers[name]

    async def test_a_part_of_it_is_not_to_be_had(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        answer = await client.get(path, headers={"Range": "bytes=0-9"})
        assert answer.status_code == 200
