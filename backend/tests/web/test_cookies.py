"""Cookies: what they are called and who is sent them, with and without HTTPS."""

from datetime import UTC, datetime
from http.cookies import Morsel, SimpleCookie
from typing import Literal

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.core.config import Settings
from app.web.cookies import Cookie, Lifetime

UNTIL = datetime(2026, 1, 29, 12, tzinfo=UTC)


def make_cookie(prefix: Literal["__Host-", "__Secure-"] = "__Host-", path: str = "/") -> Cookie:
    return Cookie("biscuit", prefix=prefix, path=path, samesite="lax")


@pytest.fixture
def over_https(settings: Settings) -> Settings:
    """The settings of a site that browsers come to over HTTPS."""
    return settings.model_copy(update={"site_url": "https://blog.example.com"})


@pytest.fixture
def over_http(settings: Settings) -> Settings:
    """Those of one on somebody's own machine."""
    return settings.model_copy(update={"site_url": "http://localhost:8000"})


def sent_with(name: str, value: str) -> Request:
    """Return a request of a browser that keeps one cookie."""
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode())]})


def in_answer(response: Response) -> "Morsel[str]":
    """Return the one cookie that an answer sets."""
    (text,) = response.headers.getlist("set-cookie")
    (morsel,) = SimpleCookie(text).values()
    return morsel


def test_over_https_only_https_carries_it(over_https: Settings) -> None:
    response = Response()
    make_cookie("__Secure-", "/api").set(response, "chocolate", over_https)
    cookie = in_answer(response)
    assert (cookie.key, cookie.value) == ("__Secure-biscuit", "chocolate")
    assert cookie["secure"] is cookie["httponly"] is True
    assert (cookie["path"], cookie["samesite"], cookie["domain"]) == ("/api", "lax", "")


def test_without_https_there_is_no_prefix(over_http: Settings) -> None:
    response = Response()
    make_cookie().set(response, "chocolate", over_http)
    cookie = in_answer(response)
    assert (cookie.key, cookie["secure"], cookie["httponly"]) == ("biscuit", "", True)


@pytest.mark.parametrize(
    ("lifetime", "name", "value"),
    [
        ({"max_age": 600}, "max-age", "600"),
        ({"expires": UNTIL}, "expires", "Thu, 29 Jan 2026 12:00:00 GMT"),
        ({}, "max-age", ""),
    ],
    ids=["seconds", "a date", "until the browser is closed"],
)
def test_it_is_kept_so_long(
    over_https: Settings, lifetime: Lifetime, name: str, value: str
) -> None:
    response = Response()
    make_cookie().set(response, "chocolate", over_https, **lifetime)
    assert in_answer(response)[name] == value


def test_it_is_read_by_its_whole_name(over_https: Settings, over_http: Settings) -> None:
    cookie = make_cookie()
    assert cookie.read(sent_with("__Host-biscuit", "chocolate"), over_https) == "chocolate"
    assert cookie.read(sent_with("biscuit", "planted"), over_https) == ""
    assert cookie.read(sent_with("biscuit", "chocolate"), over_http) == "chocolate"


def test_it_is_taken_back_as_it_was_given(over_https: Settings) -> None:
    response = Response()
    make_cookie("__Secure-", "/api").clear(response, over_https)
    cookie = in_answer(response)
    assert (cookie.key, cookie.value, cookie["max-age"]) == ("__Secure-biscuit", "", "0")
    assert (cookie["path"], cookie["secure"], cookie["httponly"]) == ("/api", True, True)
