"""How an export is packed until it is sent: pure data, no I/O."""

import json
import zlib
from collections.abc import AsyncIterator, Iterable

from pydantic import BaseModel

from app.core.schemas import AnswerModel

FASTEST = 1
CHUNK = 64 * 1024


class Parcel:
    """A JSON object that is written piece by piece, and kept compressed until it is sent.

    Text shrinks to a third or less, and only one chunk of it is ever unpacked.
    """

    def __init__(self) -> None:
        """Begin an object without members."""
        self.size = 0
        self._packer = zlib.compressobj(FASTEST)
        self._packed: list[bytes] = []
        self._between = "{"

    def put(self, name: str, value: BaseModel | int | str) -> None:
        """Add a member."""
        written = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value)
        self._write(f"{self._between}{json.dumps(name)}:{written}")
        self._between = ","

    def start(self, name: str) -> None:
        """Start a member that is an array; `extend` adds to it, and `end` ends it."""
        self._write(f"{self._between}{json.dumps(name)}:[")
        self._between = ""

    def extend(self, items: Iterable[AnswerModel]) -> None:
        """Add items to the array."""
        for item in items:
            self._write(self._between + item.model_dump_json())
            self._between = ","

    def end(self) -> None:
        """End the array."""
        self._write("]")
        self._between = ","

    def close(self) -> None:
        """End the object; nothing can be added any more."""
        self._write("}")
        self._packed.append(self._packer.flush())

    def _write(self, text: str) -> None:
        data = text.encode()
        self.size += len(data)
        if packed := self._packer.compress(data):
            self._packed.append(packed)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the document in chunks."""
        unpacker = zlib.decompressobj()
        for packed in self._packed:
            chunk = unpacker.decompress(packed, CHUNK)
            while chunk:
                yield chunk
                chunk = unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
        if rest := unpacker.flush():
            yield rest
