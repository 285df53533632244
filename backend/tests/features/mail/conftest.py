"""A real mail server to send to, and messages to send."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.mail_route import Encryption, Relay, Sender
from app.features.mail.adapters.templates import write
from app.features.mail.rules import compose
from app.features.mail.schemas import Letter, Mail

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SENDER = Sender("Galley", "no-reply@galley.test")
VALUES = {
    "site_title": "The River",
    "link": "https://blog.test/account/verify-email#token=aaa.bbb.ccc",
    "hours": "24",
}
USER, PASSWORD = "galley", "p@ss:w/ord"


@dataclass
class Post:
    """A mail server: what it was given, and what it is told to answer."""

    port: int = 0
    received: list[Envelope] = field(default_factory=list)
    answers_to_rcpt: list[str] = field(default_factory=list)
    answers_to_data: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        answer = self.answers_to_rcpt.pop(0) if self.answers_to_rcpt else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers_to_data.pop(0) if self.answers_to_data else "250 OK"
        if answer.startswith("250"):
            self.received.append(envelope)
        return answer

    def relay(self, encryption: Encryption = Encryption.OFF, **login: str) -> Relay:
        return Relay("127.0.0.1", self.port, encryption, **login)

    def message(self) -> EmailMessage:
        """The one message that has come, parsed."""
        [envelope] = self.received
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


Open = Callable[..., Awaitable[Post]]


@pytest.fixture
async def open_post() -> AsyncIterator[Open]:
    """Opens mail servers of any kind, in this loop, and closes them."""
    servers = []

    async def open_one(**options: Any) -> Post:  # noqa: ANN401 - of aiosmtpd
        post = Post()
        loop = asyncio.get_running_loop()
        settings = {"enable_SMTPUTF8": True, "hostname": "post.test", **options}
        server = await loop.create_server(lambda: SMTP(post, **settings), "127.0.0.1", 0)
        servers.append(server)
        post.port = server.sockets[0].getsockname()[1]
        return post

    yield open_one
    for server in servers:
        server.close()


@pytest.fixture
async def post(open_post: Open) -> Post:
    """A plain mail server."""
    return await open_post()


def authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, given: object) -> AuthResult:
    """Know one user."""
    assert isinstance(given, LoginPassword)
    known = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@dataclass(frozen=True)
class Tls:
    """What a mail server needs to encrypt, and what trusts it."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for 127.0.0.1 that nobody else has signed."""
    file = tmp_path_factory.mktemp("tls") / "post.pem"
    file.write_bytes(_certificate())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Tls(server, ssl.create_default_context(cafile=str(file)))


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def mail(to: str = "anna@example.com", **fields: Any) -> Mail:  # noqa: ANN401 - of any field
    """A mail to somebody."""
    given = {"template": "verify-email", "locale": "en", "values": VALUES, **fields}
    return Mail(to=to, **given)


def letter(to: str = "anna@example.com", **fields: Any) -> Letter:  # noqa: ANN401 - likewise
    """The same, finished."""
    asked = mail(to, **fields)
    written = write(asked.template, asked.locale, asked.values)
    return compose(asked, written, sender=SENDER, at=AT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "mail" / "out"
