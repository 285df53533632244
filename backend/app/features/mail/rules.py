"""How a message is put together (RFC 5322, RFC 2045), from what a template has become."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from email_validator import validate_email

from app.core.mail_route import Sender
from app.core.text import clean_line
from app.features.mail.schemas import Letter, Mail, Written

LONGEST_SUBJECT = 200


def compose(mail: Mail, written: Written, *, sender: Sender, at: datetime) -> Letter:
    """Return the message, in plain text and HTML, that everybody can tell is from a machine.

    Its Message-ID is the mail's own, so a receiver recognises one that was sent twice.
    """
    name = f"{mail.template}-{mail.id}"
    recipient, source = deliverable(mail.to), deliverable(sender.address)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(source, clean_line(sender.name))
    message["To"] = _address(recipient)
    message["Subject"] = clean_line(written.subject)[:LONGEST_SUBJECT]
    message["Date"] = at
    message["Message-ID"] = f"<{name}@{_ascii_domain(source)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in return
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = written.language
    return Letter(name, source, recipient, message)


def deliverable(address: str) -> str:
    """Return an address with its domain in ASCII (RFC 5891), which every mail server understands.

    A name before the @ that is not in ASCII stays so: only some servers take it (RFC 6531).
    """
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain}" if domain.isascii() else f"{local}@{_ascii_domain(address)}"


def _ascii_domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    if domain.isascii():
        return domain
    return validate_email(
        f"a@{domain}", check_deliverability=False, test_environment=True
    ).ascii_domain


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)
