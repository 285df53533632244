"""What can go wrong with mail. No message names an address, or repeats what a server said."""

from app.jobs.tasks import GiveUpError


class MailRefused(GiveUpError):
    """The server will never take this message, or not for this recipient."""


class MailDelayed(Exception):
    """The server does not take the message now; it may later."""


class CannotWrite(GiveUpError):
    """The message itself cannot be made: a template is missing, or a value that it needs."""
