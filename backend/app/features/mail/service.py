"""Mail: asking for it in a transaction, and sending it from a job."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.mail_route import Folder, Relay, parse_mail_url, parse_sender
from app.features.mail.adapters.console import TerminalCarrier
from app.features.mail.adapters.file import FolderCarrier
from app.features.mail.adapters.smtp import RelayCarrier
from app.features.mail.adapters.templates import write
from app.features.mail.rules import compose
from app.features.mail.schemas import SEND, Letter, Mail
from app.jobs.queue import enqueue


class Carrier(Protocol):
    """Takes finished messages to where they go."""

    async def carry(self, letter: Letter) -> None:
        """Take one message; one that is carried twice is recognised by its name.

        Raises MailRefused when it will never be taken, MailDelayed when it may be later.
        """


class MailService:
    """Mail over one session: it leaves when, and only if, the transaction commits."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def post(self, mail: Mail) -> None:
        """Ask for a message. Its values wait in a table: none of them may be a secret."""
        await enqueue(self._session, SEND, mail)


async def deliver(mail: Mail, *, settings: Settings, at: datetime) -> None:
    """Write a message and send it: for jobs, which are repeated when this fails.

    Raises CannotWrite, MailRefused or MailDelayed.
    """
    written = write(mail.template, mail.locale, mail.values)
    sender = parse_sender(settings.mail_from)
    await carrier_of(settings).carry(compose(mail, written, sender=sender, at=at))


def carrier_of(settings: Settings) -> Carrier:
    """Return the way that MAIL_URL says."""
    route = parse_mail_url(settings.mail_url.get_secret_value())
    if isinstance(route, Relay):
        return RelayCarrier(route)
    return FolderCarrier(route.path) if isinstance(route, Folder) else TerminalCarrier()
