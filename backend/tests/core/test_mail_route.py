"""How mail leaves, and who sends it."""

from pathlib import Path

import pytest

from app.core.mail_route import (
    Encryption,
    Folder,
    Relay,
    Sender,
    Terminal,
    parse_mail_url,
    parse_sender,
)


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("console:", Terminal()),
        ("file:mail", Folder(Path("mail"))),
        ("file:/var/mail/out", Folder(Path("/var/mail/out"))),
        ("file:///var/mail/out", Folder(Path("/var/mail/out"))),
        ("smtp://post", Relay("post", 25, Encryption.OPPORTUNISTIC)),
        ("smtp://post:1025", Relay("post", 1025, Encryption.OPPORTUNISTIC)),
        ("smtp://[::1]:1025", Relay("::1", 1025, Encryption.OPPORTUNISTIC)),
        ("smtp://post?starttls=off", Relay("post", 25, Encryption.OFF)),
        ("smtp://post?starttls=required", Relay("post", 25, Encryption.REQUIRED)),
        ("smtp://me:word@post", Relay("post", 587, Encryption.REQUIRED, "me", "word")),
        ("smtp://me:word@post:25?starttls=off", Relay("post", 25, Encryption.OFF, "me", "word")),
        ("smtps://post", Relay("post", 465, Encryption.FROM_THE_START)),
        (
            "smtps://me%40site.test:p%40ss%2Fw%23rd@post",
            Relay("post", 465, Encryption.FROM_THE_START, "me@site.test", "p@ss/w#rd"),
        ),
    ],
)
def test_every_way_of_mail(url: str, route: object) -> None:
    assert parse_mail_url(url) == route


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must be smtp"),
        ("hunter2", "must be smtp"),
        ("http://hunter2", "must be smtp"),
        ("SMTP-hunter2://post", "must be smtp"),
        ("console:hunter2", "must be smtp"),
        ("file:", "must be smtp"),
        ("file:///", "must be smtp"),
        ("file://hunter2/mail", "a folder of this machine"),
        ("smtp://", "percent-encode"),
        ("smtp://me:hunter2", "a port is a number"),
        ("smtp://me:hunt/er2@post", "a port is a number"),
        ("smtp://me:hunter2#@post", "a port is a number"),
        ("smtp://post/hunter2", "percent-encode"),
        ("smtp://post#hunter2", "percent-encode"),
        ("smtp://post:99999", "a port is a number"),
        ("smtp://[hunter2", "a port is a number"),
        ("smtp://hunter2@post", "both a user and a password"),
        ("smtp://:hunter2@post", "both a user and a password"),
        ("smtp://post?starttls=hunter2", "one option"),
        ("smtp://post?password=hunter2", "one option"),
        ("smtps://post?starttls=required", "no starttls"),
        ("smtp://me:hunter2@post?starttls=opportunistic", "starttls=required"),
    ],
)
def test_what_is_none_is_refused_in_words_that_do_not_repeat_it(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_mail_url(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_is_not_shown_by_accident() -> None:
    assert "word" not in repr(parse_mail_url("smtp://me:word@post"))


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("no-reply@example.com", Sender("", "no-reply@example.com")),
        ("Galley <no-reply@localhost>", Sender("Galley", "no-reply@localhost")),
        ('"The River, Ltd." <a@example.com>', Sender("The River, Ltd.", "a@example.com")),
        ("Fluß <a@bücher.example>", Sender("Fluß", "a@bücher.example")),
    ],
)
def test_every_sender(value: str, sender: Sender) -> None:
    assert parse_sender(value) == sender


@pytest.mark.parametrize(
    "value",
    [
        "", "Galley", "Galley <>", "a@example.com, b@example.com",
        "a@example.com\r\nBcc: b@c.example",
        f"{'x' * 101} <a@example.com>",
    ],
)  # fmt: skip
def test_what_is_no_sender_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_sender(value)
