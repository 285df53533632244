"""A way to the database over a port of its own: it can be closed, and can be listened to."""

import asyncio
import struct
from collections import Counter
from collections.abc import Callable

from pydantic import SecretStr
from typing_extensions import override

from app.core.config import Settings

Hear = Callable[[bytes], None]


class Road:
    """Carries what is sent to the database and back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: asyncio.Server | None = None
        self._traffic: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def settings(self) -> Settings:
        """Settings for the same database, over this road. The driver wants some password."""
        password = self._settings.db_password.get_secret_value() or "not asked for"
        detour = {
            "db_host": "127.0.0.1",
            "db_port": self.port,
            "db_password": SecretStr(password),
        }
        return self._settings.model_copy(update=detour)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._traffic:
            writer.close()
        self._traffic.clear()

    def listener(self) -> Hear | None:
        """Return what hears what one connection sends."""
        return None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._settings.db_host, self._settings.db_port
        if host.startswith("/"):
            ends = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            ends = await asyncio.open_connection(host, port)
        self._traffic |= {writer, ends[1]}
        await asyncio.gather(
            self._pour(reader, ends[1], self.listener()), self._pour(ends[0], writer, None)
        )

    async def _pour(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, hear: Hear | None
    ) -> None:
        while data := await source.read(65536):
            if hear is not None:
                hear(data)
            target.write(data)
        target.close()


class Bog(Road):
    """A road that can swallow whatever is sent from then on, but over new connections."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._swallowed = 0

    def swallow(self) -> None:
        """Let nothing come through any more on the connections that there are."""
        self._swallowed += 1

    @override
    async def _pour(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, hear: Hear | None
    ) -> None:
        begun = self._swallowed
        while data := await source.read(65536):
            if begun == self._swallowed:
                target.write(data)
        target.close()


class Wire(Road):
    """A road that writes down what the database is told, whatever sent it, `BEGIN` included.

    The messages are those of PostgreSQL's protocol, version 3 (its manual, section 55.7).
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.executed: list[str] = []
        self.messages: Counter[str] = Counter()

    @property
    def round_trips(self) -> int:
        """How often the database was waited for."""
        return self.messages["S"] + self.messages["Q"]

    def forget(self) -> None:
        """Begin anew."""
        self.executed.clear()
        self.messages.clear()

    @override
    def listener(self) -> Hear:
        return _Listener(self).hear


class _Listener:
    """Knows of one connection what its prepared statements are."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._data = b""
        self._is_greeted = False
        self._prepared: dict[str, str] = {}
        self._bound: dict[str, str] = {}

    def hear(self, data: bytes) -> None:
        self._data += data
        while self._next():
            pass

    def _next(self) -> bool:
        begin = 1 if self._is_greeted else 0
        if len(self._data) < begin + 4:
            return False
        (length,) = struct.unpack_from("!I", self._data, begin)
        end = begin + length
        if len(self._data) < end:
            return False
        kind, body = self._data[:begin].decode(), self._data[begin + 4 : end]
        self._data = self._data[end:]
        if kind:
            self._note(kind, body)
        else:  # A question whether to encrypt has eight bytes; what greets the database has more.
            self._is_greeted = length > 8
        return True

    def _note(self, kind: str, body: bytes) -> None:
        self._wire.messages[kind] += 1
        first, _, rest = body.partition(b"\0")
        second = rest.partition(b"\0")[0].decode()
        name = first.decode()
        if kind == "P":
            self._prepared[name] = second
        elif kind == "B":
            self._bound[name] = self._prepared[second]
        elif kind == "E":
            self._wire.executed.append(self._bound[name])
        elif kind == "Q":
            self._wire.executed.append(name)
