"""The terminal: what a developer reads at once."""

import sys
from email.message import EmailMessage

from app.features.mail.schemas import Letter

WIDTH = 72


class TerminalCarrier:
    """Prints the text of each message."""

    async def carry(self, letter: Letter) -> None:
        """Print whom it is to, what about, and what it says."""
        text = letter.message.get_body(("plain",))
        assert isinstance(text, EmailMessage)  # noqa: S101 - tells the type checker
        lines = [
            "─" * WIDTH,
            f"To: {letter.recipient}",
            f"Subject: {letter.message['Subject']}",
            "",
            text.get_content().rstrip(),
            "─" * WIDTH,
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
