"""Speaks to the application as a server does, without a client's manners in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from app.core.services import Services
from tests.hostile.document import Ask

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, byte for byte."""

    status: int
    headers: Headers
    body: bytes


class Wire:
    """One connection to the application."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._state = {"services": services}

    async def send(self, ask: Ask) -> Answer:
        """Send a request; whatever escapes the application is raised here, as in a server."""
        said: list[Message] = []
        incoming = self._incoming(ask.body)

        async def receive() -> Message:
            return next(incoming)

        async def send(message: Message) -> None:
            said.append(message)

        await self._app(self._scope(ask), receive, send)
        start, *rest = said
        return Answer(
            status=start["status"],
            headers=Headers(raw=list(start["headers"])),
            body=b"".join(message.get("body", b"") for message in rest),
        )

    def _scope(self, ask: Ask) -> dict[str, object]:
        given = {name for name, _ in ask.headers}
        usual = [(b"host", b"galley.test"), (b"content-length", str(len(ask.body)).encode())]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": ask.method,
            "scheme": "http",
            "path": unquote(ask.path.decode("latin-1")),
            "raw_path": ask.path,
            "root_path": "",
            "query_string": ask.query,
            "headers": [*ask.headers, *(pair for pair in usual if pair[0] not in given)],
            "client": ("192.0.2.1", 40000),
            "server": ("galley.test", 80),
            "state": dict(self._state),
        }

    @staticmethod
    def _incoming(body: bytes) -> Iterator[Message]:
        for start in range(0, len(body) or 1, CHUNK):
            more = start + CHUNK < len(body)
            yield {"type": "http.request", "body": body[start : start + CHUNK], "more_body": more}
        while True:
            yield {"type": "http.disconnect"}
