"""Messages: what templates become, and what nobody can make them become."""

from email.policy import SMTP
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.mail_route import Sender
from app.features.mail.adapters import templates
from app.features.mail.adapters.templates import write
from app.features.mail.errors import CannotWrite
from app.features.mail.rules import compose
from app.features.mail.schemas import Written
from app.jobs.tasks import GiveUpError
from tests.features.mail.conftest import AT, SENDER, VALUES, letter, mail

NEEDED = {
    "verify-email": {"site_title", "link", "hours"},
    "change-email": {"site_title", "link", "hours"},
    "email-changed": {"site_title", "site_url"},
    "reset-password": {"site_title", "link", "minutes"},
    "password-changed": {"site_title", "site_url"},
    "accept-invitation": {"site_title", "link", "inviter", "role", "days"},
}


@pytest.mark.parametrize("template", NEEDED)
def test_every_message_says_the_same_in_text_and_in_html(template: str) -> None:
    values = {name: f"the-{name}" for name in NEEDED[template]}
    written = write(template, "en", values)
    assert "the-site_title" in written.subject
    assert written.text.endswith("\n")
    for value in values.values():
        assert value in written.text
        assert value in written.html
    assert not any(sign in written.text for sign in "<>{}")


@pytest.mark.parametrize(("days", "words"), [("1", "within 1 day."), ("7", "within 7 days.")])
def test_an_invitation_counts_days(days: str, words: str) -> None:
    values = dict.fromkeys(NEEDED["accept-invitation"], "x") | {"days": days}
    written = write("accept-invitation", "en", values)
    assert words in written.text
    assert words in written.html


@pytest.mark.parametrize("template", NEEDED)
def test_a_message_with_a_gap_is_not_sent(template: str) -> None:
    for missing in NEEDED[template]:
        values = dict.fromkeys(NEEDED[template] - {missing}, "x")
        with pytest.raises(CannotWrite) as caught:
            write(template, "en", values)
        assert isinstance(caught.value, GiveUpError)


def test_a_message_without_a_template_is_not_sent() -> None:
    with pytest.raises(CannotWrite, match="no-such-thing: TemplateNotFound"):
        write("no-such-thing", "en", {})


@pytest.mark.parametrize("locale", ["en", "en-GB", "de", "pt-BR", "zh-Hant-TW"])
def test_a_language_that_nobody_has_written_falls_back_to_english(locale: str) -> None:
    written = write("verify-email", locale, VALUES)
    assert written.language == "en"
    assert '<html lang="en">' in written.html


def test_the_most_particular_language_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {f"hello.{tag}.txt.j2" for tag in ("en", "pt", "pt-BR")}
    monkeypatch.setattr(templates, "_known", known)
    wanted = ["pt-BR", "pt-PT", "pt", "de"]
    assert [templates._language("hello", each) for each in wanted] == ["pt-BR", "pt", "pt", "en"]


def test_values_are_text_in_html() -> None:
    values = {**VALUES, "site_title": "<script>alert(1)</script>"}
    written = write("verify-email", "en", values)
    assert "<script" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "<script>" in written.text


@pytest.mark.parametrize(
    "trick", ["\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\r\n\r\nHi"]
)
def test_no_value_makes_a_header_or_a_body(trick: str) -> None:
    made = letter(values={**VALUES, "site_title": f"River{trick}"})
    assert made.message["Bcc"] is None
    assert b"\nBcc:" not in made.message.as_bytes(policy=SMTP)
    assert [part.get_content_type() for part in made.message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_no_subject_has_a_second_line(break_: str) -> None:
    written = Written("en", f"Hello{break_}Bcc: eve@example.com", "text\n", "<p>text</p>")
    sender = Sender(f"Galley{break_}Bcc: eve@example.com", "no-reply@galley.test")
    message = compose(mail(), written, sender=sender, at=AT).message
    assert message["Subject"] == "Hello Bcc: eve@example.com"
    assert b"\nBcc" not in message.as_bytes(policy=SMTP).replace(b"\r", b"\n")


@pytest.mark.parametrize(
    "to", ["anna@example.com\r\nRCPT TO:<eve@example.com>", "a@b.example, c@d.example", "anna", ""]
)
def test_a_recipient_is_one_address(to: str) -> None:
    with pytest.raises(ValidationError):
        mail(to)


@pytest.mark.parametrize(
    "fields",
    [
        {"template": "../../../etc/passwd"},
        {"template": "verify-email\n"},
        {"locale": "no such language"},
        {"values": {"name": "x" * 4001}},
        {"values": {f"name{number}": "x" for number in range(21)}},
        {"id": "../../x"},
    ],
)
def test_a_mail_is_bounded(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        mail(**fields)


def test_a_message_says_when_it_was_sent_and_that_a_machine_did() -> None:
    message = letter().message
    assert message["Date"].datetime == AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["From"].addresses[0].display_name == SENDER.name


def test_a_long_link_arrives_in_one_piece() -> None:
    link = f"https://blog.test/account/verify-email#token={'a' * 900}"
    plain, _ = letter(values={**VALUES, "link": link}).message.iter_parts()
    assert link in plain.get_content()
    assert max(map(len, plain.as_bytes(policy=SMTP).split(b"\r\n"))) <= 78
