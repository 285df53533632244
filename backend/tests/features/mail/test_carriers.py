"""Mail to a folder and to the terminal, for the first evening and for development."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from app.features.mail.adapters.console import TerminalCarrier
from app.features.mail.adapters.file import FolderCarrier
from tests.features.mail.conftest import letter


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _parsed(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


async def test_a_message_becomes_a_file_that_mail_programs_open(folder: Path) -> None:
    await FolderCarrier(folder).carry(letter(id="0123456789abcdef"))
    [file] = _files(folder)
    assert file.name == "verify-email-0123456789abcdef.eml"
    assert _parsed(file)["To"] == "anna@example.com"


async def test_a_message_that_comes_again_replaces_itself(folder: Path) -> None:
    carrier, same = FolderCarrier(folder), letter()
    await carrier.carry(same)
    await carrier.carry(same)
    assert len(_files(folder)) == 1
    await carrier.carry(letter())
    assert len(_files(folder)) == 2


async def test_only_the_owner_reads_the_folder_and_its_files(folder: Path) -> None:
    await FolderCarrier(folder).carry(letter())
    [file] = _files(folder)
    assert (_mode(folder), _mode(file)) == (0o700, 0o600)


async def test_a_name_outside_ascii_is_written_as_it_is(folder: Path) -> None:
    await FolderCarrier(folder).carry(letter("jörg@bücher.example"))
    [file] = _files(folder)
    assert _parsed(file)["To"] == "jörg@xn--bcher-kva.example"


async def test_what_cannot_be_written_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("app.features.mail.adapters.file.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await FolderCarrier(folder).carry(letter())
    assert _files(folder) == []


async def test_the_terminal_shows_what_a_reader_would_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await TerminalCarrier().carry(letter())
    printed = capsys.readouterr().out
    assert "To: anna@example.com\nSubject: Confirm your address for The River\n" in printed
    assert "https://blog.test/account/verify-email#token=aaa.bbb.ccc" in printed
    assert "<p>" not in printed
