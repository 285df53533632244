"""The shapes of mail: what is asked for, and what leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from app.core.places import Locale
from app.core.text import Email, Line
from app.jobs.tasks import Task

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Value = Annotated[str, Line(0, 4000)]
Lines = Annotated[list[dict[Word, Value]], Field(max_length=50)]


class Mail(BaseModel):
    """One message to one person: a template, and what stands in its gaps.

    It waits in the queue's table, so no value may be a secret. Who mails a link with a token puts a
    row's id into a job of its own, and delivers what it makes of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Word
    to: Email
    locale: Locale
    values: Annotated[Mapping[Word, Value | Lines], Field(max_length=20)] = {}
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = Field(
        default_factory=lambda: uuid4().hex,
        description="Names the message: sent twice, it is recognised as the same one.",
    )


SEND = Task("mail.send", Mail)


@dataclass(frozen=True, slots=True)
class Written:
    """What a template has become: a subject, and the text in two forms."""

    language: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished message, in its envelope. Its name is the same each time it is sent."""

    name: str
    sender: str
    recipient: str
    message: EmailMessage
