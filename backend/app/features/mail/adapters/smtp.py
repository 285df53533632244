"""A mail server, spoken to in SMTP (RFC 5321)."""

import asyncio
import ssl
from contextlib import suppress

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from app.core.mail_route import Encryption, Relay
from app.features.mail.errors import MailDelayed, MailRefused
from app.features.mail.schemas import Letter

# A job holds its transaction open while it sends: the whole must end within its task's time limit.
# A server that is slower is asked again later, when it may be faster.
SECONDS = 30.0
SECONDS_A_STEP = 10.0
SECONDS_TO_PART = 1.0
PERMANENT = 500


class RelayCarrier:
    """Hands each message to a mail server, over a connection of its own."""

    def __init__(
        self, relay: Relay, *, trusting: ssl.SSLContext | None = None, seconds: float = SECONDS
    ) -> None:
        """Take the server, whose certificates to trust, and how long one message may take."""
        self._relay = relay
        self._trusting = trusting
        self._seconds = seconds

    async def carry(self, letter: Letter) -> None:
        """Send the message; raise MailDelayed for what may pass, MailRefused for what will not.

        A bad password, or a server that does not want to talk to us, is not the message's fault:
        that passes when somebody has put it right.
        """
        client = self._client(letter)
        try:
            async with asyncio.timeout(self._seconds):
                await client.connect()
                await client.send_message(
                    letter.message, sender=letter.sender, recipients=letter.recipient
                )
            await _say_goodbye(client)
        except (SMTPException, OSError, ValueError) as error:
            raise _verdict(error, letter) from None
        finally:
            client.close()

    def _client(self, letter: Letter) -> SMTP:
        relay = self._relay
        upgrades = {Encryption.REQUIRED: True, Encryption.OPPORTUNISTIC: None}
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=relay.encryption is Encryption.FROM_THE_START,
            start_tls=upgrades.get(relay.encryption, False),
            tls_context=self._trusting or _trust(relay.encryption),
            # Or the library looks this machine's name up, which can take longer than all this.
            local_hostname=letter.sender.rpartition("@")[2],
            timeout=min(self._seconds, SECONDS_A_STEP),
        )


def _trust(encryption: Encryption) -> ssl.SSLContext:
    """Return which certificates are good: any, where even no encryption would be good enough."""
    context = ssl.create_default_context()
    if encryption is Encryption.OPPORTUNISTIC:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _say_goodbye(client: SMTP) -> None:
    """End the conversation. The message is taken: how the server answers changes nothing."""
    with suppress(SMTPException, OSError):
        async with asyncio.timeout(SECONDS_TO_PART):
            await client.quit()


def _verdict(error: Exception, letter: Letter) -> Exception:
    """Return our own error for the library's, which would repeat addresses."""
    is_refusal = isinstance(error, SMTPRecipientsRefused | SMTPDataError)
    cause = error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
    if isinstance(cause, SMTPResponseException):
        if is_refusal and cause.code >= PERMANENT:
            return MailRefused(f"the mail server refuses the message ({cause.code})")
        return MailDelayed(f"the mail server does not take the message now ({cause.code})")
    if isinstance(error, SMTPNotSupported) and not letter.recipient.isascii():
        return MailRefused("the mail server takes only addresses in ASCII (no SMTPUTF8)")
    return MailDelayed(f"the mail server cannot be talked to ({type(error).__name__})")
