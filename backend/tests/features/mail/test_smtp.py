"""Sending through a mail server: a real one, which takes, puts off, refuses, or says nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiosmtpd.smtp import SMTP
from typing_extensions import override

from app.core.mail_route import Encryption, Relay
from app.features.mail.adapters import smtp
from app.features.mail.adapters.smtp import RelayCarrier
from app.features.mail.errors import MailDelayed, MailRefused
from app.features.mail.schemas import SEND
from app.jobs.tasks import GiveUpError
from tests.features.mail.conftest import PASSWORD, USER, Open, Post, Tls, authenticate, letter

LOGIN = {"username": USER, "password": PASSWORD}


async def test_a_message_arrives_as_it_was_written(post: Post) -> None:
    await RelayCarrier(post.relay()).carry(letter())
    [envelope] = post.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@galley.test", ["anna@example.com"])
    message = post.message()
    assert message["From"] == "Galley <no-reply@galley.test>"
    assert message["To"] == "anna@example.com"
    assert message["Subject"] == "Confirm your address for The River"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert "https://blog.test/account/verify-email#token=aaa.bbb.ccc\r\n" in plain.get_content()
    assert '<a href="https://blog.test/account/verify-email#token=aaa.bbb.ccc"' in (
        html.get_content()
    )


async def test_words_outside_ascii_arrive(post: Post) -> None:
    values = {"site_title": "Ēriks un 川", "link": "https://blog.test/", "hours": "24"}
    await RelayCarrier(post.relay()).carry(letter(values=values))
    message = post.message()
    assert message["Subject"] == "Confirm your address for Ēriks un 川"
    assert all("Ēriks un 川" in part.get_content() for part in message.iter_parts())


async def test_a_message_that_is_sent_twice_can_be_recognised(post: Post) -> None:
    carrier, twice = RelayCarrier(post.relay()), {"id": "0123456789abcdef"}
    await carrier.carry(letter(**twice))
    await carrier.carry(letter(**twice))
    first, second = (each.content for each in post.received)
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    name = b"Message-ID: <verify-email-0123456789abcdef@galley.test>"
    assert name in first
    assert name in second


@pytest.mark.parametrize("code", [550, 552, 553])
async def test_a_recipient_who_is_refused_is_refused_for_good(post: Post, code: int) -> None:
    post.answers_to_rcpt = [f"{code} <anna@example.com> is unknown here"]
    with pytest.raises(MailRefused, match=str(code)) as caught:
        await RelayCarrier(post.relay()).carry(letter())
    assert isinstance(caught.value, GiveUpError)
    assert post.received == []


async def test_a_message_that_is_refused_is_refused_for_good(post: Post) -> None:
    post.answers_to_data = ["554 this looks like spam"]
    with pytest.raises(MailRefused, match="554"):
        await RelayCarrier(post.relay()).carry(letter())


async def test_a_greylisted_message_is_taken_the_next_time(post: Post) -> None:
    post.answers_to_rcpt = ["451 come back in five minutes"]
    carrier, greylisted = RelayCarrier(post.relay()), letter()
    with pytest.raises(MailDelayed, match="451") as caught:
        await carrier.carry(greylisted)
    assert not isinstance(caught.value, GiveUpError)
    assert post.received == []
    await carrier.carry(greylisted)
    assert post.message()["Message-ID"] == greylisted.message["Message-ID"]


async def test_a_message_that_is_put_off_is_tried_again(post: Post) -> None:
    post.answers_to_data = ["452 the disk is full"]
    with pytest.raises(MailDelayed, match="452"):
        await RelayCarrier(post.relay()).carry(letter())


async def test_no_error_says_whom_a_message_is_to(post: Post) -> None:
    post.answers_to_rcpt = ["550 anna@example.com is unknown", "450 anna@example.com is full"]
    for _ in range(2):
        with pytest.raises((MailRefused, MailDelayed)) as caught:
            await RelayCarrier(post.relay()).carry(letter())
        assert "anna" not in f"{caught.value!r}"
        assert caught.value.__suppress_context__


async def test_a_server_that_is_not_there_may_be_there_later() -> None:
    nobody = Relay("127.0.0.1", 1, Encryption.OFF)
    with pytest.raises(MailDelayed):
        await RelayCarrier(nobody).carry(letter())


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    over.set()
    server.close()
    await server.wait_closed()


async def test_a_server_that_says_nothing_is_given_up(silent_port: int) -> None:
    relay = Relay("127.0.0.1", silent_port, Encryption.OFF)
    with pytest.raises(MailDelayed):
        await RelayCarrier(relay, seconds=0.2).carry(letter())


class Lingering(SMTP):
    """A server that takes a message, and then does not let go."""

    @override
    async def smtp_QUIT(self, arg: str) -> None:
        await asyncio.sleep(3600)


async def test_a_message_that_was_taken_is_not_sent_again_over_a_bad_goodbye(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS_TO_PART", 0.1)
    server = await asyncio.get_running_loop().create_server(lambda: Lingering(post), "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    await RelayCarrier(post.relay()).carry(letter())
    server.close()
    assert len(post.received) == 1


def test_less_time_passes_than_a_job_may_keep_its_transaction_open() -> None:
    assert SEND.time_limit.total_seconds() > smtp.SECONDS + smtp.SECONDS_TO_PART


# Encryption and passwords


async def test_what_must_be_encrypted_is(open_post: Open, tls: Tls) -> None:
    post = await open_post(tls_context=tls.server, require_starttls=True)
    relay = post.relay(Encryption.REQUIRED)
    await RelayCarrier(relay, trusting=tls.trusting).carry(letter())
    assert len(post.received) == 1


async def test_what_must_be_encrypted_is_not_sent_in_the_clear(post: Post) -> None:
    with pytest.raises(MailDelayed):
        await RelayCarrier(post.relay(Encryption.REQUIRED)).carry(letter())
    assert post.received == []


async def test_a_certificate_of_somebody_else_is_not_enough(open_post: Open, tls: Tls) -> None:
    post = await open_post(tls_context=tls.server)
    with pytest.raises(MailDelayed):
        await RelayCarrier(post.relay(Encryption.REQUIRED)).carry(letter())
    assert post.received == []


async def test_encryption_is_used_where_it_is_offered(open_post: Open, tls: Tls) -> None:
    post = await open_post(tls_context=tls.server, require_starttls=True)
    await RelayCarrier(post.relay(Encryption.OPPORTUNISTIC)).carry(letter())
    assert len(post.received) == 1


async def test_where_it_is_not_offered_mail_goes_without(post: Post) -> None:
    await RelayCarrier(post.relay(Encryption.OPPORTUNISTIC)).carry(letter())
    assert len(post.received) == 1


async def test_a_connection_can_be_encrypted_from_the_start(tls: Tls) -> None:
    post = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post), "127.0.0.1", 0, ssl=tls.server)
    post.port = server.sockets[0].getsockname()[1]
    relay = post.relay(Encryption.FROM_THE_START)
    await RelayCarrier(relay, trusting=tls.trusting).carry(letter())
    server.close()
    assert len(post.received) == 1


async def test_a_user_signs_in_once_the_connection_is_encrypted(open_post: Open, tls: Tls) -> None:
    post = await open_post(tls_context=tls.server, authenticator=authenticate, auth_required=True)
    relay = post.relay(Encryption.REQUIRED, **LOGIN)
    await RelayCarrier(relay, trusting=tls.trusting).carry(letter())
    assert len(post.received) == 1


async def test_a_wrong_password_is_not_the_fault_of_the_message(open_post: Open, tls: Tls) -> None:
    post = await open_post(tls_context=tls.server, authenticator=authenticate, auth_required=True)
    relay = post.relay(Encryption.REQUIRED, **{**LOGIN, "password": "of-last-year"})
    with pytest.raises(MailDelayed, match="535") as caught:
        await RelayCarrier(relay, trusting=tls.trusting).carry(letter())
    assert "of-last-year" not in repr(caught.value)
    assert "of-last-year" not in repr(relay)


async def test_a_server_that_takes_no_passwords_is_not_the_fault_of_the_message(
    open_post: Open, tls: Tls
) -> None:
    post = await open_post(tls_context=tls.server)
    relay = post.relay(Encryption.REQUIRED, **LOGIN)
    with pytest.raises(MailDelayed):
        await RelayCarrier(relay, trusting=tls.trusting).carry(letter())


# Addresses outside ASCII


async def test_a_domain_outside_ascii_is_sent_in_ascii(open_post: Open) -> None:
    post = await open_post(enable_SMTPUTF8=False)
    await RelayCarrier(post.relay()).carry(letter("anna@bücher.example"))
    assert post.received[0].rcpt_tos == ["anna@xn--bcher-kva.example"]


async def test_a_name_outside_ascii_is_sent_where_the_server_takes_it(post: Post) -> None:
    await RelayCarrier(post.relay()).carry(letter("jörg@example.com"))
    assert post.received[0].rcpt_tos == ["jörg@example.com"]
    assert post.message()["To"] == "jörg@example.com"


async def test_and_is_refused_in_clear_words_where_it_does_not(open_post: Open) -> None:
    post = await open_post(enable_SMTPUTF8=False)
    with pytest.raises(MailRefused, match="SMTPUTF8"):
        await RelayCarrier(post.relay()).carry(letter("jörg@example.com"))
