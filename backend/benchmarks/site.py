"""The stack as a client sees it: what is looked up, or made, before anything is measured."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.wrk import Load, Request

API = "/api/v1"
PASSWORD = "we set out at five"  # noqa: S105 - of people who live for five minutes
# More than there are of any service.
PROCESSES = 20
_NEXT = re.compile(r"[?&]cursor=([^&>]+)[^>]*>; rel=\"next\"")


class Unexpected(Exception):
    """The stack answered otherwise than it must."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return what the body says."""
        return json.loads(self.body)


class Site:
    """Talks to nginx over one connection."""

    def __init__(self, address: str) -> None:
        """Take the address, `http://nginx:8080`."""
        parts = urlsplit(address)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> Answer:
        """Send one request; a connection that nginx has closed is opened again."""
        for attempt in range(2):
            try:
                self._connection.request(method, path, body or None, dict(headers or {}))
                answer = self._connection.getresponse()
                named = {name.lower(): value for name, value in answer.getheaders()}
                return Answer(answer.status, named, answer.read())
            except (HTTPException, OSError):
                self._connection.close()
                if attempt:
                    raise
        raise AssertionError

    def expect(
        self,
        status: int,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Answer:
        """Do the same, and raise Unexpected for another status."""
        answer = self.ask(method, path, headers, body)
        if answer.status != status:
            raise Unexpected(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """Read a page that has to be there."""
        return self.expect(200, "GET", path, headers)

    def sign_up(self, username: str) -> str:
        """Make an account, unless it is there, and return a token for it."""
        account = {"email": f"{username}@bench.test", "username": username, "password": PASSWORD}
        self.ask("POST", f"{API}/users", {"Content-Type": "application/json"}, json.dumps(account))
        form = urlencode({"username": username, "password": PASSWORD})
        form_type = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.expect(200, "POST", f"{API}/auth/login", form_type, form)
        return str(answer.json()["access_token"])

    def cursor(self, before: str) -> str:
        """Return the cursor of the newest article that was published before a moment."""
        link = self.get(f"{API}/articles?limit=1&published_before={before}").headers["link"]
        found = _NEXT.search(link)
        if found is None:
            raise Unexpected(f"no next page before {before}: {link}")
        return found[1]

    def settle(self, request: Request, load: Load) -> None:
        """Send a request until every process behind nginx has had the time to prepare itself."""
        headers = dict(load.headers) | {"Host": load.host}
        for _ in range(PROCESSES):
            answer = self.ask(request.method, request.path, headers, request.body)
            if not answer.status < HTTPStatus.BAD_REQUEST:
                raise Unexpected(f"{request.path}: {answer.status} {answer.body[:300]!r}")
