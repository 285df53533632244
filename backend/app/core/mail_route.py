"""How mail leaves, and who sends it: what MAIL_URL and MAIL_FROM say."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from app.core.text import clean_line

LONGEST_NAME = 100
PORTS = {"smtp": 25, "smtps": 465}
SUBMISSION_PORT = 587

_FORMS = "must be smtp://…, smtps://…, file:FOLDER or console:"


class Encryption(StrEnum):
    """How the way to a mail server is encrypted; the last three are values of `starttls`."""

    FROM_THE_START = "from_the_start"
    REQUIRED = "required"
    OPPORTUNISTIC = "opportunistic"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server that takes our mail (RFC 5321, RFC 6409)."""

    host: str
    port: int
    encryption: Encryption
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that mail is written to."""

    path: Path


@dataclass(frozen=True, slots=True)
class Terminal:
    """Standard output."""


MailRoute = Relay | Folder | Terminal


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the mail: a name for people, which may be empty, and an address."""

    name: str
    address: str


def parse_mail_url(url: str) -> MailRoute:
    """Return the way of mail that a MAIL_URL says; raise ValueError in words that do not repeat it.

    `smtp://user:password@host:port?starttls=required|opportunistic|off`, with user and password
    percent-encoded; `smtps://…` (TLS from the start, RFC 8314); `file:FOLDER`; `console:`.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "console" and colon and not rest:
        return Terminal()
    if scheme == "file" and rest.strip("/"):
        return _folder(rest)
    if scheme in PORTS:
        return _relay(url)
    raise ValueError(_FORMS)


def parse_sender(value: str) -> Sender:
    """Return whom `Name <address>`, or an address alone, names; raise ValueError for the rest."""
    name, address = parseaddr(value)
    domain = address.rpartition("@")[2]
    try:
        validate_email(
            f"{address}.test" if domain == "localhost" else address,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        raise ValueError("must be an address, such as Galley <no-reply@example.com>") from None
    if value.count("@") != 1 or len(name) > LONGEST_NAME or clean_line(name) != name:
        raise ValueError(f"must be one address, with a name of {LONGEST_NAME} characters at most")
    return Sender(name, address)


def _folder(rest: str) -> Folder:
    if rest.startswith("//") and not rest.startswith("///"):
        raise ValueError("must name a folder of this machine: file:FOLDER or file:///FOLDER")
    return Folder(Path(rest.removeprefix("//")))


def _relay(url: str) -> Relay:
    parts, port = _split(url)
    if not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError(
            "must be smtp://user:password@host:port; percent-encode what is special in a password"
        )
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(username) != bool(password):
        raise ValueError("must have both a user and a password, or neither")
    return Relay(
        host=parts.hostname,
        port=port
        or (SUBMISSION_PORT if username and parts.scheme == "smtp" else PORTS[parts.scheme]),
        encryption=_encryption(parts, has_password=bool(password)),
        username=username or None,
        password=password or None,
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an address; the library's own words would repeat some of them."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a well-formed address; a port is a number to 65535") from None
    return parts, port


def _encryption(parts: SplitResult, *, has_password: bool) -> Encryption:
    """Return what is asked for; by default a password never travels in the clear."""
    options = parse_qsl(parts.query, keep_blank_values=True)
    choices = {each.value for each in Encryption if each is not Encryption.FROM_THE_START}
    if any(name != "starttls" or value not in choices for name, value in options):
        raise ValueError("takes one option: ?starttls=required, opportunistic or off")
    if parts.scheme == "smtps":
        if options:
            raise ValueError("smtps:// encrypts from the start and takes no starttls")
        return Encryption.FROM_THE_START
    wanted = Encryption(options[-1][1]) if options else None
    if wanted is Encryption.OPPORTUNISTIC and has_password:
        raise ValueError("a password needs starttls=required: an attacker can prevent the other")
    return wanted or (Encryption.REQUIRED if has_password else Encryption.OPPORTUNISTIC)
