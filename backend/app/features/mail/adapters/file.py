"""A folder of messages, each in a file (RFC 5322) that mail programs open."""

import asyncio
import os
from email.policy import SMTPUTF8
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.features.mail.schemas import Letter


class FolderCarrier:
    """Writes each message to a file of its own, for its owner's eyes only."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made when the first message comes."""
        self._folder = folder

    async def carry(self, letter: Letter) -> None:
        """Write the file; a message that comes again replaces itself."""
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Such a file has mode 0600. Nobody sees it half written: the rename is atomic.
        with NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            try:
                file.write(letter.message.as_bytes(policy=SMTPUTF8))
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(self._folder / f"{letter.name}.eml")
            except BaseException:
                Path(file.name).unlink()
                raise
