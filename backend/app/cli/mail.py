"""A look at the mail that is only written to a folder."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import typer

from app.core.config import Settings
from app.core.mail_route import Folder, parse_mail_url


def mail() -> None:
    """Show the newest mail, while mail is written to a folder."""
    route = parse_mail_url(Settings.load().mail_url.get_secret_value())
    if not isinstance(route, Folder):
        typer.echo("Mail is not written to a folder; MAIL_URL says where it goes.")
        return
    newest = max(route.path.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, default=None)
    typer.echo(_readable(newest) if newest else f"There is no mail in {route.path}.")


def _readable(file: Path) -> str:
    message = BytesParser(policy=default).parsebytes(file.read_bytes())
    text = message.get_body(("plain",))
    assert isinstance(text, EmailMessage)  # noqa: S101 - tells the type checker
    return f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text.get_content().rstrip()}"
